//! `GET /api/openapi.json`: the description of all routes.
//!
//! It is made from the handlers and types themselves, but not by the program: compiling what makes
//! it takes longer than it is worth. The tests make it (`openapi_made`, feature `openapi`) and hold
//! `docs/openapi.json` against it; `scripts/openapi` writes it anew.

use super::routes::{Routes, get};
use crate::server::access::Access;
use axum::{http::header::CONTENT_TYPE, response::IntoResponse};

pub(super) const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

pub fn routes() -> Routes {
    Routes::new().route("/api/openapi.json", get(Access::Anyone, read))
}

/// This description, OpenAPI 3.1.
#[utoipa::path(get, path = "/api/openapi.json", tag = "Health",
    responses(
        (status = 200, description =
            "OpenAPI 3.1", body = std::collections::HashMap<String, serde_json::Value>)))]
pub(super) async fn read() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION)
}
