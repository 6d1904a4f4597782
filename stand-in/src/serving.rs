//! Each request is written down, and answered as it was told or as is usual.

use crate::{
    Behaviour, Shared,
    answer::{self, Ask, JSON, refuse, whole},
    batches::ResultFaults,
    connection::Breaker,
    models, parse,
    shared::Asked,
    usage::input_tokens,
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Query, Request, State},
    http::Response,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Of a message: more is refused.
const MOST_BYTES: usize = 33 * 1024 * 1024;

pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/models", get(list_models))
}

/// What a usual answer has to know.
pub struct Asking {
    pub workspace: String,
    /// Of results; none otherwise.
    pub faults: ResultFaults,
}

/// Counts a request that the client gives up before its answer begins.
struct Unanswered<'a>(Option<&'a Shared>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.abandon();
        }
    }
}

/// `kind`: the request as scripts name it. `usual`: what to answer if nothing else was asked for.
pub async fn serve(
    shared: &Arc<Shared>,
    asked: Asked,
    kind: &str,
    breaker: &Breaker,
    usual: impl AsyncFnOnce(Asking) -> Response<Body>,
) -> Response<Body> {
    let body = asked.body.clone();
    let has_version = asked.headers.contains_key("anthropic-version");
    let workspace = shared.workspace(&asked.headers);
    let Some(behaviour) = shared.receive(asked, kind) else {
        return refuse(401, "invalid x-api-key");
    };
    if !has_version {
        return refuse(400, "anthropic-version: header is required");
    }
    let mut unanswered = Unanswered(Some(shared));
    if !shared.options.latency.is_zero() {
        tokio::time::sleep(shared.options.latency).await;
    }
    let asking = |faults| Asking { workspace: workspace.clone(), faults };
    let none = ResultFaults::default();
    let response = match behaviour {
        Behaviour::Default => usual(asking(none)).await,
        Behaviour::Results(faults) => usual(asking(faults)).await,
        Behaviour::Slow { latency_ms } => {
            tokio::time::sleep(Duration::from_millis(latency_ms)).await;
            usual(asking(none)).await
        }
        Behaviour::Closed => {
            breaker.cut();
            whole(500, JSON, Body::empty())
        }
        Behaviour::Lost => {
            let response = usual(asking(none)).await;
            breaker.cut();
            response
        }
        Behaviour::StatusAfter { status } => {
            usual(asking(none)).await;
            refuse(status, "The stand-in was told to refuse, and did it all the same.")
        }
        behaviour => {
            let request = parse(&body);
            let ask = Ask { shared, workspace: &workspace, request: &request };
            answer::answer(ask, behaviour).await
        }
    };
    unanswered.0 = None;
    response
}

/// A request with its whole body.
async fn whole_request(shared: &Shared, request: Request) -> Result<Asked, Response<Body>> {
    let (parts, body) = request.into_parts();
    let at_ms = shared.now();
    let body = to_bytes(body, MOST_BYTES).await;
    let body = body.map_err(|_| refuse(413, "Request exceeds the maximum size"))?;
    Ok(Asked { method: parts.method, uri: parts.uri, headers: parts.headers, body, at_ms })
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response<Body> {
    let asked = match whole_request(&shared, request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let body = asked.body.clone();
    serve(&shared, asked, "POST /v1/messages", &breaker, async |asking: Asking| {
        answer::usual(&shared, &asking.workspace, &body)
    })
    .await
}

async fn count_tokens(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response<Body> {
    let asked = match whole_request(&shared, request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let counted = json!({ "input_tokens": input_tokens(&parse(&asked.body)) });
    let kind = "POST /v1/messages/count_tokens";
    serve(&shared, asked, kind, &breaker, async |_| answer::object(&counted)).await
}

#[derive(Deserialize)]
struct Paging {
    after_id: Option<String>,
    limit: Option<usize>,
}

async fn list_models(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Query(paging): Query<Paging>,
    request: Request,
) -> Response<Body> {
    let page = models::page(paging.after_id.as_deref(), paging.limit.unwrap_or(20));
    let (parts, _) = request.into_parts();
    let asked = Asked {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: Bytes::new(),
        at_ms: shared.now(),
    };
    serve(&shared, asked, "GET /v1/models", &breaker, async |_| answer::object(&page)).await
}
