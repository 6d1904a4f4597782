//! `/api/database/…`: operations and schedules.

use crate::server::state::AppState;
use axum::Router;

pub fn routes() -> Router<AppState> {
    Router::new()
}
