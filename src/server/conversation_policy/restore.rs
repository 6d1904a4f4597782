//! A conversation policy back to an earlier value: the rules and the statements of a save, in a
//! transaction of history's.

use super::{lock, store};
use crate::{
    domain::{
        conversation_policy::plan, field_error::FieldError, merge_patch::patch_between,
        settings::Overrides,
    },
    server::{
        foundation::error::ServiceError,
        postgres::Transaction,
        restore::{RestoreValue, Row},
    },
};

/// The policies of organizations.
pub struct ConversationPolicies;

impl RestoreValue for ConversationPolicies {
    async fn hold(
        &self,
        transaction: &mut Transaction,
        row: Row,
    ) -> Result<(Overrides, i64), ServiceError> {
        let stored = lock(transaction, row.owner.id()).await?;
        Ok((stored.policy.0, stored.version))
    }

    fn next(&self, before: Overrides, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>> {
        plan(&before, &patch_between(&before, wanted))
    }

    async fn store(
        &self,
        transaction: &mut Transaction,
        row: Row,
        next: &Overrides,
    ) -> Result<(), ServiceError> {
        store(transaction, row.owner.id(), next).await.map(drop)
    }

    /// Nobody remembers a policy.
    fn forget(&self, _row: Row) {}
}
