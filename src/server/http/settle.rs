//! A change is answered when no server answers from memory what was before it: whoever reads next,
//! wherever, reads the change.

use crate::server::http::state::AppState;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{Method, header};

/// On an answer: there is nothing to wait for. Its handler has waited, or changed nothing that any
/// server remembers.
#[derive(Clone, Copy, Debug)]
pub struct Settled;

/// Waits after whatever may have changed something. For every route, so that none can be forgotten;
/// those that are called often say when they need not wait.
pub async fn after_changes(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let changes = may_change(&request);
    let mut response = next.run(request).await;
    let settled = response.extensions_mut().remove::<Settled>().is_some();
    let done = response.status().is_success() || response.status().is_redirection();
    if changes && done && !settled {
        state.events.settle().await;
    }
    response
}

/// Pages read by posting JSON to their functions; what they change there comes from forms.
fn may_change(request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    let reads = request.uri().path().starts_with("/api/fn/")
        && kind.is_some_and(|kind| kind.starts_with(b"application/json"));
    !reads
}
