//! What handlers take from a request: who asks, and identifiers in the path.

use crate::{
    api::error::ApiError,
    server::{context::RequestContext, error::ServiceError},
};
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use uuid::Uuid;

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

/// One identifier in the path. What is not one names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

/// Two of them, in the order of the path.
#[derive(Clone, Copy, Debug)]
pub struct Ids(pub Uuid, pub Uuid);

/// What stands in the path names nothing.
pub(super) fn nothing_there() -> ApiError {
    ApiError::new(404, "not_found", "There is nothing with this identifier.")
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(id) =
            Path::<Uuid>::from_request_parts(parts, state).await.map_err(|_| nothing_there())?;
        Ok(Self(id))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((first, second)) = Path::<(Uuid, Uuid)>::from_request_parts(parts, state)
            .await
            .map_err(|_| nothing_there())?;
        Ok(Self(first, second))
    }
}
