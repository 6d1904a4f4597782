//! Exports: files of frozen conversations, written once by whichever server has the lease, and sent
//! by any.
//!
//! | | |
//! |---|---|
//! | `plan` | which conversations, and how they are written |
//! | `create` | begins an export, stops one, tells how they stand |
//! | `rows` | exports as people read them |
//! | `worker`, `lease` | who writes which export |
//! | `write`, `sink` | conversations, made into the pieces of a file |
//! | `download` | sends a file, also while it is written |
//! | `tidy` | what is removed after a while |
//!
//! What an export has is frozen (`server/selections`), with what the documents of a bundle say of
//! people and of a version (`rows::Bundled`), and a file depends on nothing else. So a server that
//! goes on for one that died writes the same bytes again from the beginning, and whoever has
//! fetched a part of the file gets the rest of the same one.

mod create;
mod download;
mod lease;
mod plan;
mod rows;
mod sink;
mod tidy;
mod worker;
mod write;

pub use download::{Download, Part};

use crate::server::{
    conversation_policy::ConversationPolicyService, foundation::error::ServiceError,
    postgres::Database, preferences::PreferenceService,
};
use std::sync::Arc;
use tokio::sync::Notify;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This export");

/// The service for exports. Cheap to clone.
#[derive(Clone)]
pub struct ExportService {
    db: Database,
    preferences: PreferenceService,
    policies: ConversationPolicyService,
    /// Something waits for a worker of this server.
    queued: Arc<Notify>,
    /// A file that this server writes has more than before.
    grown: Arc<Notify>,
}

impl ExportService {
    pub fn new(
        db: Database,
        preferences: PreferenceService,
        policies: ConversationPolicyService,
    ) -> Self {
        Self { db, preferences, policies, queued: Arc::default(), grown: Arc::default() }
    }
}
