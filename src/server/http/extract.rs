//! What handlers of their own take from a request: who asks.

use crate::{
    api::error::ApiError,
    domain::error_code::ErrorCode,
    server::{context::RequestContext, error::ServiceError},
};
use axum::extract::FromRequestParts;
use http::request::Parts;

/// Who asks. The middleware has put it there; a service decides what they may.
#[derive(Clone, Debug)]
pub struct Context(pub RequestContext);

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ServiceError> {
        let context = parts.extensions.get::<RequestContext>().cloned();
        context
            .map(Self)
            .ok_or_else(|| ServiceError::Internal("a route outside of the middleware".into()))
    }
}

/// What stands in the path names nothing.
pub(super) fn nothing_there() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is nothing with this identifier.")
}
