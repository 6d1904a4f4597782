//! `GET /api/openapi.json`: the description of all routes.
//!
//! It is made from the operations and their types, once, by a test (`openapi_made`), which holds
//! `docs/openapi.json` against it; `scripts/openapi` writes it anew. The program hands out the
//! file.

use super::routes::Routes;
use crate::{api::probes::ReadDescription, server::access::Access};
use axum::{http::header::CONTENT_TYPE, response::IntoResponse};

pub(super) const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

pub fn routes() -> Routes {
    Routes::new().raw::<ReadDescription, _, _>(Access::Anyone, read)
}

async fn read() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION)
}
