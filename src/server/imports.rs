//! Imports: conversations from files.
//!
//! | | |
//! |---|---|
//! | `steps` | what people do: begin one, start it, drop it |
//! | `upload` | the file, piece by piece |
//! | `rows` | imports as they stand |
//! | `worker`, `lease` | who works on which import |
//! | `check`, `batch` | reads a file, and keeps what was found in it |
//! | `store` | makes conversations of it: all of them, or none |
//! | `finish` | the end of an import, and who is told of it |
//! | `tidy` | what is removed after a while |
//!
//! A server that dies loses nothing: another one checks the file anew, or imports it.

mod batch;
mod check;
mod finish;
mod lease;
mod rows;
mod steps;
mod store;
mod tidy;
mod upload;
mod worker;

use crate::server::{
    foundation::error::ServiceError, notifications::NotificationService, postgres::Database,
    preferences::PreferenceService,
};
use std::sync::Arc;
use tokio::sync::Notify;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This import");

/// The service for imports. Cheap to clone.
#[derive(Clone)]
pub struct ImportService {
    db: Database,
    preferences: PreferenceService,
    notifications: NotificationService,
    /// Something waits for a worker of this server.
    queued: Arc<Notify>,
}

impl ImportService {
    pub fn new(
        db: Database,
        preferences: PreferenceService,
        notifications: NotificationService,
    ) -> Self {
        Self { db, preferences, notifications, queued: Arc::default() }
    }
}
