//! `/api/database/…`: alerts and their rules.

use crate::server::state::AppState;
use axum::Router;

pub fn routes() -> Router<AppState> {
    Router::new()
}
