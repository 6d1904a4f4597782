//! `GET /api/openapi.json`: the description of all routes.
//!
//! It is made from the operations and their types, but not by the program: compiling what makes it
//! takes longer than it is worth. The tests make it (`openapi_made`) and hold `docs/openapi.json`
//! against it; `scripts/openapi` writes it anew.

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
