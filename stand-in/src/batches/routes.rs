//! The interface of batches.

use super::{Batch, lines, reading};
use crate::{
    Shared,
    answer::{object, refuse},
    connection::Breaker,
    serving::{Asking, serve},
    shared::Asked,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, Response, header, request::Parts},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// What batches are asked for, as scripts name it.
const CREATE: &str = "POST /v1/messages/batches";
const LIST: &str = "GET /v1/messages/batches";
const READ: &str = "GET /v1/messages/batches/{id}";
const CANCEL: &str = "POST /v1/messages/batches/{id}/cancel";
const RESULTS: &str = "GET /v1/messages/batches/{id}/results";
const DELETE: &str = "DELETE /v1/messages/batches/{id}";

pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/messages/batches", post(create).get(list))
        .route("/v1/messages/batches/{id}", get(read).delete(delete))
        .route("/v1/messages/batches/{id}/cancel", post(cancel))
        .route("/v1/messages/batches/{id}/results", get(results))
}

fn asked(shared: &Shared, parts: Parts, body: Bytes) -> Asked {
    Asked {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        at_ms: shared.now(),
    }
}

fn host(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.unwrap_or("127.0.0.1").to_owned()
}

fn unknown(id: &str) -> Response<Body> {
    refuse(404, &format!("Message Batch {id} not found."))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let host = host(&parts.headers);
    let mut asked = asked(&shared, parts, Bytes::new());
    let incoming = reading::read(&shared, shared.workspace(&asked.headers), body).await;
    let bytes = incoming.bytes;
    asked.body = json!({ "requests": incoming.count, "bytes": bytes }).to_string().into();
    serve(&shared, asked, CREATE, &breaker, async |asking: Asking| match incoming.items {
        Err((status, why)) => refuse(status, &why),
        Ok(items) => shared.change(|batches, _, now| {
            object(&batches.make(asking.workspace, items, bytes, now).json(&host, now))
        }),
    })
    .await
}

#[derive(Deserialize)]
struct Paging {
    before_id: Option<String>,
    after_id: Option<String>,
    limit: Option<String>,
}

async fn list(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Query(paging): Query<Paging>,
    request: Request,
) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let host = host(&parts.headers);
    let asked = asked(&shared, parts, Bytes::new());
    serve(&shared, asked, LIST, &breaker, async |asking: Asking| {
        shared.change(|batches, _, now| page(&batches.list(&asking.workspace), &paging, &host, now))
    })
    .await
}

/// Of all, the newest first, those after or right before the one that is named.
fn page(all: &[&Batch], paging: &Paging, host: &str, now: u64) -> Response<Body> {
    let limit = paging.limit.as_deref().map_or(Ok(20), str::parse::<usize>);
    let Some(limit) = limit.ok().filter(|limit| (1..=1000).contains(limit)) else {
        return refuse(400, "limit: Input should be greater than 0 and at most 1000");
    };
    let place = |id: &str| all.iter().position(|batch| batch.id == id).ok_or(unknown(id));
    let (after, before) = (paging.after_id.as_deref(), paging.before_id.as_deref());
    let (shown, has_more) = match (after.map(place), before.map(place)) {
        (Some(Err(refusal)), _) | (_, Some(Err(refusal))) => return refusal,
        (Some(Ok(_)), Some(Ok(_))) => {
            return refuse(400, "Only one of before_id and after_id may be given.");
        }
        (_, Some(Ok(before))) => (&all[before.saturating_sub(limit)..before], before > limit),
        (after, None) => {
            let rest = &all[after.map_or(0, |place| place.map_or(0, |place| place + 1))..];
            (&rest[..rest.len().min(limit)], rest.len() > limit)
        }
    };
    let data: Vec<_> = shown.iter().map(|batch| batch.json(host, now)).collect();
    object(&json!({
        "data": data, "has_more": has_more,
        "first_id": shown.first().map(|batch| &batch.id),
        "last_id": shown.last().map(|batch| &batch.id),
    }))
}

/// Does something with the batch that is named, if it is the workspace's.
async fn with(
    (shared, breaker, request): (Arc<Shared>, Breaker, Request),
    (kind, id): (&str, String),
    act: impl FnOnce(&mut Batch, &str, u64) -> Response<Body>,
) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let host = host(&parts.headers);
    let asked = asked(&shared, parts, Bytes::new());
    serve(&shared, asked, kind, &breaker, async |asking: Asking| {
        shared.change(|batches, _, now| match batches.find(&asking.workspace, &id) {
            Some(batch) => act(batch, &host, now),
            None => unknown(&id),
        })
    })
    .await
}

async fn read(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    with((shared, breaker, request), (READ, id), |batch, host, now| {
        let mut response = object(&batch.json(host, now));
        if batch.ended.is_none() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        response
    })
    .await
}

async fn cancel(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    with((shared, breaker, request), (CANCEL, id), |batch, host, now| {
        if batch.ended.is_some() {
            return refuse(400, &format!("Message Batch {} has already ended.", batch.id));
        }
        batch.canceled_ms = batch.canceled_ms.or(Some(now));
        object(&batch.json(host, now))
    })
    .await
}

async fn delete(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    with((shared, breaker, request), (DELETE, id), |batch, _, _| {
        if batch.ended.is_none() {
            let why =
                "In progress batches cannot be deleted. Consider canceling the batch instead.";
            return refuse(400, why);
        }
        batch.deleted = true;
        object(&json!({ "id": batch.id, "type": "message_batch_deleted" }))
    })
    .await
}

async fn results(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let asked = asked(&shared, parts, Bytes::new());
    serve(&shared, asked, RESULTS, &breaker, async |asking: Asking| {
        let found = shared.change(|batches, _, now| {
            let batch = batches.find(&asking.workspace, &id).ok_or_else(|| unknown(&id))?;
            let none = || refuse(404, &format!("Message Batch {id} has no available results."));
            let archived = batch.is_archived(now);
            let end = batch.ended.as_ref().filter(|_| !archived).ok_or_else(none)?;
            batch.read += 1;
            Ok((batch.items.clone(), end.results.clone()))
        });
        match found {
            Ok((items, results)) => lines::stream(&shared, items, results, asking.faults),
            Err(refusal) => refusal,
        }
    })
    .await
}
