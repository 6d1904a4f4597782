//! A conversation policy back to an earlier value: the rules and the statement of a save, in a
//! transaction of history's.

use crate::{
    domain::{conversation_policy::plan, merge_patch::patch_between, settings::Overrides},
    server::{
        foundation::error::ServiceError,
        postgres::{ChangeDescription, Transaction},
        restore::{Current, Planned, Restore, Row},
    },
};
use futures::future::BoxFuture;
use sqlx::types::Json;

/// The policies of organizations.
pub struct ConversationPolicies;

impl Restore for ConversationPolicies {
    fn lock<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _description: &'a ChangeDescription,
    ) -> BoxFuture<'a, Result<Option<Current>, ServiceError>> {
        Box::pin(async move {
            let row = sqlx::query!(
                r#"SELECT policy AS "policy: Json<Overrides>", version
                   FROM conversation_policies WHERE id = $1 FOR NO KEY UPDATE"#,
                row.id
            )
            .fetch_optional(&mut **transaction)
            .await?
            .ok_or(ServiceError::NotFound("This organization"))?;
            Ok(Some(Current {
                value: row.policy.0,
                version: row.version,
                name: None,
                beneath: Overrides::new(),
            }))
        })
    }

    fn plan<'a>(
        &'a self,
        _transaction: &'a mut Transaction,
        _row: Row,
        current: Option<&'a Current>,
        wanted: &'a Overrides,
    ) -> BoxFuture<'a, Result<Planned, ServiceError>> {
        let before = current.map(|current| current.value.clone()).unwrap_or_default();
        let planned = plan(&before, &patch_between(&before, wanted)).map(Some);
        Box::pin(async move { Ok(planned) })
    }

    fn write<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _exists: bool,
        next: Option<&'a Overrides>,
    ) -> BoxFuture<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            let empty = Overrides::new();
            sqlx::query!(
                "UPDATE conversation_policies SET policy = $2 WHERE id = $1",
                row.id,
                Json(next.unwrap_or(&empty)) as _
            )
            .execute(&mut **transaction)
            .await?;
            Ok(())
        })
    }

    /// Nobody remembers a policy.
    fn stored(&self, _row: Row, _version: i64) {}
}
