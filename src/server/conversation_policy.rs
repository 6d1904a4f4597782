//! What an organization decides about its conversations, and the work that follows from it.

pub mod restore;
mod retention;

use crate::{
    domain::{
        accounts::Scope,
        conversation_policy::{ConversationPolicy, ConversationPolicyAnswer, Retention, plan},
        settings::Overrides,
    },
    server::{
        accounts::rows::NO_ORGANIZATION,
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        notifications::NotificationService,
        organizations::own_role,
        postgres::{Database, Transaction, describe_change, go_on_as_system},
    },
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// The service for conversation policies. Cheap to clone.
#[derive(Clone)]
pub struct ConversationPolicyService {
    db: Database,
    notifications: NotificationService,
}

/// A row as it stands.
struct Row {
    policy: Json<Overrides>,
    version: i64,
    updated_at: DateTime<Utc>,
}

impl ConversationPolicyService {
    pub fn new(db: Database, notifications: NotificationService) -> Self {
        Self { db, notifications }
    }

    /// What applies to the conversations of an organization; without one the defaults. For other
    /// services: whose conversations they are is known by then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(&self, organization: Option<Uuid>) -> Result<ConversationPolicy, ServiceError> {
        let Some(organization) = organization else { return Ok(ConversationPolicy::default()) };
        let stored = sqlx::query_scalar!(
            r#"SELECT policy AS "policy: Json<Overrides>" FROM conversation_policies
               WHERE organization_id = $1"#,
            organization
        )
        .fetch_optional(&mut *self.db.pool().acquire().await?)
        .await?;
        Ok(stored.map(|Json(policy)| ConversationPolicy::of(&policy)).unwrap_or_default())
    }

    /// The policy as a member of the organization sees it.
    pub async fn read(
        &self,
        request: &RequestContext,
        organization: Uuid,
    ) -> Result<ConversationPolicyAnswer, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let row = sqlx::query_as!(
            Row,
            r#"SELECT policy AS "policy: Json<Overrides>", version, updated_at
               FROM conversation_policies WHERE organization_id = $1"#,
            organization
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NO_ORGANIZATION)?;
        let answer = answer(&mut transaction, organization, row).await?;
        transaction.commit().await?;
        Ok(answer)
    }

    /// Stores a change, or only tells what would follow from it when `preview`.
    ///
    /// # Errors
    /// 403 for members who do not manage the organization, 404 for strangers, 409 when somebody
    /// else saved first.
    pub async fn change(
        &self,
        request: &RequestContext,
        organization: Uuid,
        patch: &Overrides,
        base_version: Option<i64>,
        preview: bool,
    ) -> Result<ConversationPolicyAnswer, ServiceError> {
        request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.db.as_person(request).await?;
        if !own_role(&mut transaction, organization).await?.manages() {
            return Err(ServiceError::Forbidden(
                "Only owners and admins of the organization decide about its conversations.",
            ));
        }
        let change = ChangeContext { action: Some("updated"), ..ChangeContext::default() };
        describe_change(&mut transaction, request, &change).await?;
        let row = lock(&mut transaction, organization).await?;
        let before = &row.policy.0;
        ServiceError::check_version("This was", base_version, row.version, before)?;
        let after = plan(before, patch).map_err(ServiceError::Validation)?;
        if preview || after == *before {
            let row = Row { policy: Json(after), ..row };
            return answer(&mut transaction, organization, row).await;
        }
        let row = store(&mut transaction, organization, &after).await?;
        let answer = answer(&mut transaction, organization, row).await?;
        transaction.commit().await?;
        Ok(answer)
    }
}

/// The row, held until the end of the transaction.
async fn lock(transaction: &mut Transaction, organization: Uuid) -> Result<Row, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT policy AS "policy: Json<Overrides>", version, updated_at
           FROM conversation_policies WHERE organization_id = $1 FOR NO KEY UPDATE"#,
        organization
    );
    row.fetch_optional(&mut **transaction).await?.ok_or(NO_ORGANIZATION)
}

async fn store(
    transaction: &mut Transaction,
    organization: Uuid,
    policy: &Overrides,
) -> Result<Row, ServiceError> {
    Ok(sqlx::query_as!(
        Row,
        r#"UPDATE conversation_policies SET policy = $2 WHERE organization_id = $1
           RETURNING policy AS "policy: Json<Overrides>", version, updated_at"#,
        organization,
        Json(policy) as _
    )
    .fetch_one(&mut **transaction)
    .await?)
}

/// What people are told of a policy. Goes on as the system.
async fn answer(
    transaction: &mut Transaction,
    organization: Uuid,
    row: Row,
) -> Result<ConversationPolicyAnswer, ServiceError> {
    let effective = ConversationPolicy::of(&row.policy.0);
    go_on_as_system(transaction).await?;
    let would_archive = count(transaction, organization, &effective.retention).await?;
    Ok(ConversationPolicyAnswer {
        policy: row.policy.0,
        effective,
        version: row.version,
        updated_at: row.updated_at,
        would_archive,
    })
}

/// How many conversations retention would archive now, by the condition that it archives by.
async fn count(
    transaction: &mut Transaction,
    organization: Uuid,
    retention: &Retention,
) -> Result<i64, ServiceError> {
    if !retention.enabled {
        return Ok(0);
    }
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM conversations_past_retention($1, $2, $3)"#,
        organization,
        retention.archive_after_days,
        &statuses(retention)
    )
    .fetch_one(&mut **transaction)
    .await?)
}

fn statuses(retention: &Retention) -> Vec<String> {
    let statuses = retention.archived_statuses();
    statuses.into_iter().map(|status| status.as_str().to_owned()).collect()
}
