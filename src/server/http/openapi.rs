//! `GET /api/openapi.json`: the description of all routes.
//!
//! It is made from the operations and their types, once, by a test (`openapi_made`), which holds
//! `docs/openapi.json` against it; `scripts/openapi` writes it anew. The program hands out the
//! file.

use super::{
    respond::{Head, Respond},
    routes::Routes,
};
use crate::{
    api::probes::ReadDescription,
    server::{
        foundation::error::ServiceError,
        http::{access::Access, operation::Call},
    },
};
use axum::{
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

pub(super) const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

pub fn routes() -> Routes {
    Routes::new().raw::<ReadDescription>()
}

impl Respond for ReadDescription {
    const ACCESS: Access = Access::Anyone;

    async fn respond(_: Call<Self>, _: Head) -> Result<Response, ServiceError> {
        Ok(([(CONTENT_TYPE, "application/json")], DESCRIPTION).into_response())
    }
}
