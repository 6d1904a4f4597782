//! `/api/database/…`: the monthly report.

use crate::server::state::AppState;
use axum::Router;

pub fn routes() -> Router<AppState> {
    Router::new()
}
