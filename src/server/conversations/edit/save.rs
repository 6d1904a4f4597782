//! Saving content as a new version, in a transaction with whatever belongs to it.

use super::{
    ConversationService, Standing, Version, check_version, conflict, keep_versions, store,
};
use crate::{
    domain::{
        conversations::{ConversationContent, Status},
        generation::quality::rate,
        preferences::values::QualityThresholds,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use uuid::Uuid;

/// What is to be saved, checked.
pub struct Change {
    pub content: ConversationContent,
    pub reason: Option<String>,
    pub restored_from: Option<i32>,
    pub person: Uuid,
    /// Of the person.
    pub thresholds: QualityThresholds,
}

impl ConversationService {
    /// By which a person's change is rated. Read before a transaction begins: it may take a
    /// connection of its own.
    pub(in crate::server) async fn thresholds(
        &self,
        person: Uuid,
    ) -> Result<QualityThresholds, ServiceError> {
        self.preferences.thresholds(person).await
    }

    /// Saves it in a transaction of [`Self::begin_change`]. Content that already stands changes
    /// nothing.
    ///
    /// # Errors
    /// 400 for an archived one; 409 with what stands when that is another version than `base`.
    pub(in crate::server) async fn save(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        base: i64,
        change: Change,
    ) -> Result<(), ServiceError> {
        let Change { content, reason, restored_from, person, thresholds } = change;
        let standing = Standing::lock(transaction, id).await?;
        if let Some(version) = restored_from {
            check_version(transaction, id, &standing, version).await?;
        }
        if standing.says(&content) {
            return Ok(());
        }
        if standing.status == Status::Archived {
            let sentence = "It is archived. Bring it back before you edit it.";
            return Err(ServiceError::field("", sentence));
        }
        if base != i64::from(standing.version) {
            return Err(conflict(transaction, id, &standing, base, person).await?);
        }
        let rating = standing
            .is_rewritten_by(&content)
            .then(|| rate(content.tier, &content.turns, &thresholds));
        let version = Version { number: standing.version + 1, reason, restored_from, person };
        keep_versions(transaction, id, &standing, &content, &version).await?;
        store(transaction, id, &standing, &content, rating, &version).await?;
        self.tell_of_edit(transaction, id, &standing, &version).await
    }

    /// The refusal of a change that is based on another version than the one that stands.
    ///
    /// # Errors
    /// As said, and when the database does not answer.
    pub(in crate::server) async fn check_base(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        base: i64,
        person: Uuid,
    ) -> Result<(), ServiceError> {
        let standing = Standing::lock(transaction, id).await?;
        if base == i64::from(standing.version) {
            return Ok(());
        }
        Err(conflict(transaction, id, &standing, base, person).await?)
    }
}
