//! Coverage: how many conversations there are of which kind, and how long they are. Of those that a
//! list has: the person's own that belong to no organization, and those of their organization.

mod matrix;
mod tokens;

use crate::server::{conversation_policy::ConversationPolicyService, postgres::Database};

/// The service for coverage. Cheap to clone.
#[derive(Clone)]
pub struct CoverageService {
    db: Database,
    policies: ConversationPolicyService,
}

impl CoverageService {
    pub fn new(db: Database, policies: ConversationPolicyService) -> Self {
        Self { db, policies }
    }
}
