//! Conversations: listing, reading, editing them, and what is said about them.

mod alike;
mod comments;
mod counts;
mod edit;
mod examine;
mod facets;
mod list;
mod openings;
mod read;
mod rerate;
mod search;
mod versions;

pub use edit::Change;
pub use examine::turns_hash;
pub use list::{Filter, Order, Workspaces, push_filters, read_query};
pub use read::read_one;
pub use rerate::Tenths;

use crate::{
    domain::{accounts::Scope, conversations::ConversationView},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        notifications::NotificationService,
        postgres::Database,
        preferences::PreferenceService,
    },
};

/// The service for conversations. Cheap to clone.
#[derive(Clone)]
pub struct ConversationService {
    db: Database,
    preferences: PreferenceService,
    notifications: NotificationService,
}

impl ConversationService {
    pub fn new(
        db: Database,
        preferences: PreferenceService,
        notifications: NotificationService,
    ) -> Self {
        Self { db, preferences, notifications }
    }

    /// Makes those conversations searchable that came since the last time; answers how many.
    pub async fn index(&self) -> Result<u64, ServiceError> {
        search::index_conversations(self.db.pool()).await
    }

    /// Examines those conversations that came or changed since the last time: near duplicates and
    /// findings are marked; answers how many.
    pub async fn examine(&self) -> Result<u64, ServiceError> {
        examine::examine_conversations(self.db.pool()).await
    }

    /// One conversation with its turns, by its id or its public id.
    pub async fn conversation(
        &self,
        request: &RequestContext,
        id: &str,
    ) -> Result<ConversationView, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let view = read::find(&mut transaction, id).await?;
        transaction.commit().await?;
        view.ok_or(ServiceError::NotFound("This conversation"))
    }
}
