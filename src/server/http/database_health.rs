//! `/api/database/…`: the health of the database.

use crate::server::state::AppState;
use axum::Router;

pub fn routes() -> Router<AppState> {
    Router::new()
}
