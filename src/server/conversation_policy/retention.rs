//! Retention: archives what nobody has changed for as long as the organization says, and tells
//! those who manage it, once a day.

use super::{ConversationPolicyService, statuses};
use crate::{
    domain::{
        conversation_policy::{ConversationPolicy, Retention},
        local_path::LocalPath,
        money::grouped,
        notifications::{Category, Notification, Severity},
        settings::Overrides,
    },
    server::{foundation::error::ServiceError, notifications::Recipients, postgres::Transaction},
};
use chrono::Utc;
use sqlx::types::Json;
use uuid::Uuid;

/// How many are archived in one transaction.
const BATCH: i64 = 500;

impl ConversationPolicyService {
    /// One run of the periodic job, for all organizations; answers how many conversations it
    /// archived. What a run leaves that is cut off, the next one does.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn archive_old(&self) -> Result<u64, ServiceError> {
        let organizations = sqlx::query_scalar!(
            "SELECT organization_id FROM conversation_policies
             WHERE policy #> '{retention,enabled}' = 'true' OR archived_untold > 0
             ORDER BY organization_id"
        )
        .fetch_all(&mut *self.db.pool().acquire().await?)
        .await?;
        let mut archived = 0;
        for organization in organizations {
            while let Some(count) = self.archive_some(organization).await? {
                archived += count;
            }
            self.tell(organization).await?;
        }
        Ok(archived)
    }

    /// Archives up to [`BATCH`] conversations; `None` when there is nothing left to look at.
    async fn archive_some(&self, organization: Uuid) -> Result<Option<u64>, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let Some(retention) = lock_policy(&mut transaction, organization).await? else {
            return Ok(None);
        };
        let statuses = statuses(&retention);
        // Whoever has one of them locked is working at it.
        let locked = sqlx::query_scalar!(
            "SELECT whole.id FROM conversations AS whole
             WHERE whole.id IN (
               SELECT past.id FROM conversations_past_retention($1, $2, $3) AS past LIMIT $4)
             ORDER BY whole.id FOR NO KEY UPDATE OF whole SKIP LOCKED",
            organization,
            retention.archive_after_days,
            &statuses,
            BATCH
        )
        .fetch_all(&mut *transaction)
        .await?;
        if locked.is_empty() {
            return Ok(None);
        }
        // Asked again now that they are locked: one may have been claimed or changed meanwhile.
        let archived = sqlx::query!(
            "WITH past AS MATERIALIZED (
               SELECT whole.id, whole.status, whole.version, whole.is_decided
               FROM conversations_past_retention($1, $2, $3) AS past
               JOIN conversations AS whole ON whole.id = past.id WHERE past.id = ANY ($4)
             ), archived AS (
               UPDATE conversations AS whole SET status = 'archived', archived_from = past.status
               FROM past WHERE whole.id = past.id
             )
             INSERT INTO conversation_reviews
               (conversation_id, action, status, status_before, was_decided, version)
             SELECT id, 'archived', 'archived', status, is_decided, version FROM past",
            organization,
            retention.archive_after_days,
            &statuses,
            &locked
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        sqlx::query!(
            "UPDATE conversation_policies SET archived_untold = archived_untold + $2
             WHERE organization_id = $1",
            organization,
            i64::try_from(archived).unwrap_or(i64::MAX)
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(archived))
    }

    /// Tells the owners and admins what was archived since they were told last, unless that was
    /// today: then the next run does.
    async fn tell(&self, organization: Uuid) -> Result<(), ServiceError> {
        let today = Utc::now().date_naive();
        let mut transaction = self.db.begin().await?;
        let archived = sqlx::query_scalar!(
            "SELECT archived_untold FROM conversation_policies
             WHERE organization_id = $1 AND archived_untold > 0
               AND told_on IS DISTINCT FROM $2 FOR NO KEY UPDATE",
            organization,
            today
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(archived) = archived else { return Ok(()) };
        sqlx::query!(
            "UPDATE conversation_policies SET archived_untold = 0, told_on = $2
             WHERE organization_id = $1",
            organization,
            today
        )
        .execute(&mut *transaction)
        .await?;
        let title = match archived {
            1 => "A conversation was archived".to_owned(),
            count => format!("{} conversations were archived", grouped(&count.to_string())),
        };
        let notification = Notification {
            category: Category::SystemAlerts,
            severity: Severity::Info,
            title,
            text: "Nobody had changed them for as long as your organization keeps such ones. \
                   They can be brought back: filter the conversations by the status Archived."
                .into(),
            link: LocalPath::parse("/conversations?status=archived"),
            dedupe_key: format!("retention:{organization}:{today}"),
        };
        let managers = Recipients::Managers(organization);
        self.notifications.send_in(&mut transaction, &managers, &notification).await?;
        transaction.commit().await?;
        tracing::info!(%organization, archived, "retention archived conversations");
        Ok(())
    }
}

/// What applies until the end of the transaction; `None` when nothing is archived.
async fn lock_policy(
    transaction: &mut Transaction,
    organization: Uuid,
) -> Result<Option<Retention>, ServiceError> {
    let stored = sqlx::query_scalar!(
        r#"SELECT policy AS "policy: Json<Overrides>" FROM conversation_policies
           WHERE organization_id = $1 FOR NO KEY UPDATE"#,
        organization
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let retention = stored.map(|Json(policy)| ConversationPolicy::of(&policy).retention);
    Ok(retention.filter(|retention| retention.enabled))
}
