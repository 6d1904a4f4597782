//! Gives each request its place among what its person, or a stranger's address, has done at once.

use crate::{
    api::{
        events::FollowEvents, exports::DownloadExport, generation::GenerateConversation,
        operation::Operation, revisions::ProposeRevision,
    },
    server::{
        foundation::{
            context::RequestContext,
            shares::{Kind, Share, Turns, Whose},
        },
        http::state::AppState,
    },
};
use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http::Method;
use std::sync::Arc;

/// Behind authentication. An answer that is still being made while it is sent keeps its place until
/// then.
pub async fn limit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let context = request.extensions().get::<RequestContext>();
    let person = context.and_then(|context| context.actor.as_ref());
    let whose = person.map_or_else(
        || Whose::address(context.and_then(|context| context.ip)),
        |actor| Whose::Person(actor.user_id),
    );
    match state.shares.take(kind(&request), whose).await {
        Ok(share) => {
            let share = Arc::new(share);
            request.extensions_mut().insert(Turns::of(&share));
            hold(next.run(request).await, share)
        }
        Err(error) => error.into_response(),
    }
}

fn kind(request: &Request) -> Kind {
    match (request.method(), request.uri().path()) {
        (&Method::GET, FollowEvents::PATH) => Kind::Events,
        (&Method::POST, GenerateConversation::PATH) => Kind::Generations,
        (&Method::POST, path) if fits(path, ProposeRevision::PATH) => Kind::Generations,
        (&Method::GET, path) if fits(path, DownloadExport::PATH) => Kind::Downloads,
        _ => Kind::Work,
    }
}

/// Whether it is the path of an operation: all but the id.
fn fits(path: &str, operation: &str) -> bool {
    let around = operation.split_once("{id}");
    around.is_some_and(|(before, after)| path.starts_with(before) && path.ends_with(after))
}

fn hold(response: Response, share: Arc<Share>) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |data| {
            let _share = &share;
            data
        }))
    })
}
