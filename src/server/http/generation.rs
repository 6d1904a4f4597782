//! `/api/conversations/generate`.

use super::{
    answer::sse,
    dispatch::write,
    respond::{Head, Respond},
    routes::Routes,
    settle::Settled,
};
use crate::{
    api::{
        events::ServerSent,
        generation::{GenerateConversation, GenerationEvent},
    },
    domain::{accounts::Scope, conversations::NewConversation},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        generation::GenerationService,
        http::{access::Access, operation::Call},
        idempotency::IdempotencyKey,
    },
};
use axum::{
    Extension,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt};
use serde_json::Value;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

pub fn routes() -> Routes {
    Routes::new().raw::<GenerateConversation>()
}

impl Respond for GenerateConversation {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    /// As a whole or as a stream, whichever is asked for.
    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let Call { state, request, body, key, .. } = call;
        let new = NewConversation::parse(&body).map_err(ServiceError::Validation)?;
        let answer = if head.wants_events {
            let stream = follow(state.generation.clone(), request, new, key);
            Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
        } else {
            write::<Self>(state.generation.generate(&request, new, key, None).await?)
        };
        // No server remembers conversations, nor what they cost.
        Ok((Extension(Settled), answer).into_response())
    }
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
