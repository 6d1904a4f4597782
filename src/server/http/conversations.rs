//! `/api/conversations…`.

use super::{
    Context, Id,
    idempotency::idempotency_key,
    json::JsonBody,
    routes::{Routes, get, post},
    settle::Settled,
    typed,
};
use crate::{
    domain::account::Scope,
    domain::conversation::{
        ConversationRequest, ConversationView, GenerateAnswer, NewConversation,
    },
    server::{
        access::Access,
        context::RequestContext,
        error::ServiceError,
        generation::{GenerationService, Progress},
        idempotency::IdempotencyKey,
        state::AppState,
    },
};
use axum::{
    Extension, Json,
    extract::State,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt};
use http::{HeaderMap, Method, header};
use serde::Serialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use utoipa::ToSchema;

const GENERATE: &str = "/api/conversations/generate";

pub fn routes() -> Routes {
    Routes::new()
        .route(GENERATE, post(Access::Person(Scope::ConversationsWrite), generate))
        .route("/api/conversations/{id}", get(Access::Person(Scope::ConversationsRead), read))
}

/// `{conversation}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationAnswer {
    #[schema(example = true)]
    success: bool,
    conversation: ConversationView,
}

/// Makes one conversation with Claude, within what the AI configuration allows. With `Accept:
/// text/event-stream` the answer is a stream: `started`, `delta`, `retry`, then `done` with the
/// same answer or `failed` with the same error; closing it stops the generation, and what Claude
/// had written is billed. The same request under the same `Idempotency-Key` makes and bills one
/// conversation; another request under it is refused.
#[utoipa::path(post, path = "/api/conversations/generate", tag = "Conversations",
    request_body = ConversationRequest, params(("Idempotency-Key" = Option<Uuid>, Header)),
    responses(
        (status = 200, description =
            "With `Accept: text/event-stream`", content_type = "text/event-stream", body = String),
        (status = 201, body = GenerateAnswer),
        (status = 409, description =
            "A gate refused: `key_missing`, `model_retired`, …; `request_repeated` or \
            `idempotency_key_reused`"),
        (status = 429, description =
            "`budget_exceeded`, `rate_limited`, `concurrency_limited`, or Claude's own limit"),
        (status = 502, description = "Claude failed; `code` says how"),
        (status = 504)))]
async fn generate(
    State(state): State<AppState>,
    Context(request): Context,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ServiceError> {
    let key = idempotency_key(&headers, &Method::POST, GENERATE, &body)?;
    let invalid = |field| ServiceError::Validation(vec![field]);
    let body: ConversationRequest = typed::read(body).map_err(invalid)?;
    let new = NewConversation::parse(&body).map_err(ServiceError::Validation)?;
    if !wants_stream(&headers) {
        let answer = state.generation.generate(&request, new, key, None).await?;
        // No server remembers conversations, nor what they cost.
        let answer = (http::StatusCode::CREATED, Extension(Settled), Json(answer));
        return Ok(answer.into_response());
    }
    let stream = follow(state.generation.clone(), request, new, key);
    let stream = Sse::new(stream).keep_alive(KeepAlive::default());
    Ok((Extension(Settled), stream).into_response())
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
    let (sink, progress) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let answer = generation.generate(&request, new, key, Some(sink.clone())).await;
        let end = match answer {
            Ok(answer) => Progress::Done(Box::new(answer)),
            Err(error) => Progress::Failed(Box::new(request.fail(error))),
        };
        let _ = sink.send(end);
    });
    UnboundedReceiverStream::new(progress).map(|progress| Ok(event(&progress)))
}

fn event(progress: &Progress) -> Event {
    let (name, data) = match progress {
        Progress::Started { request_id, model, worst_case } => {
            ("started", json!({"requestId": request_id, "model": model, "worstCase": worst_case}))
        }
        Progress::Delta { text } => ("delta", json!({"text": text})),
        Progress::Retry { attempt, delay_ms, message } => {
            ("retry", json!({"attempt": attempt, "delayMs": delay_ms, "message": message}))
        }
        Progress::Done(answer) => ("done", serde_json::to_value(answer).unwrap_or(Value::Null)),
        Progress::Failed(error) => ("failed", serde_json::to_value(error).unwrap_or(Value::Null)),
    };
    Event::default().event(name).data(data.to_string())
}

/// One conversation with its turns.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "Conversations",
    responses((status = 200, body = ConversationAnswer)))]
async fn read(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Result<Json<ConversationAnswer>, ServiceError> {
    let conversation = state.generation.conversation(&request, id).await?;
    Ok(Json(ConversationAnswer { success: true, conversation }))
}
