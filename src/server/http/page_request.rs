//! What the body of a server function begins with.

use super::state::AppState;
use crate::server::foundation::{
    context::RequestContext,
    error::ServiceError,
    shares::{Turn, Turns},
};
use crate::{api::error::ApiError, domain::error_code::ErrorCode};
use leptos::prelude::use_context;

/// For the body of a server function: the application, who asks, and its turn among what the page
/// or call consists of, to be kept to the end.
pub async fn page_request() -> Result<(AppState, RequestContext, Turn), ApiError> {
    let known = use_context::<AppState>().zip(use_context::<RequestContext>());
    let Some(((state, request), turns)) = known.zip(use_context::<Turns>()) else {
        let outside = ServiceError::Internal("a server function outside of the router".into());
        return Err(outside.into_api(""));
    };
    match turns.take().await {
        Some(turn) => Ok((state, request, turn)),
        None => Err(request
            .fail(ServiceError::refused(ErrorCode::Cancelled, "Nobody waits for this any more."))),
    }
}
