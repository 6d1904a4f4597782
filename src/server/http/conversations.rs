//! `/api/conversations…`.

use super::{answer::sse, dispatch, routes::Routes, settle::Settled};
use crate::{
    api::{
        conversations::{
            ConversationAnswer, GenerateConversation, GenerationEvent, ReadConversation,
        },
        events::ServerSent,
    },
    domain::{accounts::Scope, conversations::NewConversation},
    server::{
        access::Access,
        context::RequestContext,
        error::ServiceError,
        generation::GenerationService,
        idempotency::IdempotencyKey,
        operation::{Call, Handle},
        state::AppState,
    },
};
use axum::{
    Extension,
    extract::{Request, State},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt};
use http::{HeaderMap, header};
use serde_json::Value;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

pub fn routes() -> Routes {
    let writer = Access::Person(Scope::ConversationsWrite);
    Routes::new().raw::<GenerateConversation, _, _>(writer, generate).on::<ReadConversation>()
}

/// The answer as a whole or as a stream, whichever is asked for.
async fn generate(State(state): State<AppState>, request: Request) -> Response {
    let streams = wants_stream(request.headers());
    let call = match dispatch::read::<GenerateConversation>(state, request).await {
        Ok(call) => call,
        Err(error) => return error.into_response(),
    };
    let Call { state, request, body, key, .. } = call;
    let new = match NewConversation::parse(&body) {
        Ok(new) => new,
        Err(fields) => return ServiceError::Validation(fields).into_response(),
    };
    // No server remembers conversations, nor what they cost.
    let settled = Extension(Settled);
    if streams {
        let stream = follow(state.generation.clone(), request, new, key);
        return (settled, Sse::new(stream).keep_alive(KeepAlive::default())).into_response();
    }
    match state.generation.generate(&request, new, key, None).await {
        Ok(answer) => (settled, dispatch::write::<GenerateConversation>(answer)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}

/// The generation as events. Dropping the stream drops the receiver, which stops it.
fn follow(
    generation: GenerationService,
    request: RequestContext,
    new: NewConversation,
    key: Option<IdempotencyKey>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let (sink, events) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let answer = generation.generate(&request, new, key, Some(sink.clone())).await;
        let end = match answer {
            Ok(answer) => GenerationEvent::Done(Box::new(answer)),
            Err(error) => GenerationEvent::Failed(Box::new(request.fail(error))),
        };
        let _ = sink.send(end);
    });
    UnboundedReceiverStream::new(events).map(|event| Ok(sse(written(&event))))
}

/// What is done says so, as the answer in one piece does.
fn written(event: &GenerationEvent) -> (String, Value) {
    let (name, mut data) = event.write();
    if matches!(event, GenerationEvent::Done(_)) {
        data["success"] = true.into();
    }
    (name, data)
}

impl Handle for ReadConversation {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let conversation = call.state.generation.conversation(&call.request, call.at).await?;
        Ok(ConversationAnswer { conversation })
    }
}
