//! Reviewing: a queue that several people work through, and what they decide.
//!
//! Whoever sees a conversation may not yet decide about it: that is for its author and for the
//! members of its organization. Row-level security says who sees it, so each change begins as the
//! person and goes on as the system.

mod claims;
mod decide;
mod disagreements;
mod figures;
mod queue;
mod sentences;
mod undo;

use crate::{
    domain::conversations::{ConversationView, GateFailure, Status},
    server::{
        conversations::{self, Workspaces},
        foundation::{context::RequestContext, error::ServiceError},
        notifications::NotificationService,
        postgres::{Database, Transaction, go_on_as_system},
    },
};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This conversation");

/// The service for reviews. Cheap to clone.
#[derive(Clone)]
pub struct ReviewService {
    db: Database,
    notifications: NotificationService,
}

/// What a decision is held against, locked until the end of the transaction.
struct Standing {
    status: Status,
    version: i32,
    turn_count: i32,
    is_decided: bool,
    gate_failures: Vec<GateFailure>,
    author: Option<Uuid>,
    organization: Option<Uuid>,
    public_id: String,
    title: String,
}

impl ReviewService {
    pub fn new(db: Database, notifications: NotificationService) -> Self {
        Self { db, notifications }
    }

    /// A transaction of the person, and whose conversations they review: those of their lists.
    async fn begin(
        &self,
        request: &RequestContext,
        person: Uuid,
    ) -> Result<(Transaction, Workspaces), ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        let whose = Workspaces::of(&mut transaction, person).await?;
        Ok((transaction, whose))
    }

    /// A transaction of the system on a conversation that the person sees and may decide about.
    ///
    /// # Errors
    /// 404 when they do not see it, 403 when they only read it.
    async fn begin_on(
        &self,
        request: &RequestContext,
        person: Uuid,
        conversation: Uuid,
    ) -> Result<Transaction, ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        let is_theirs = sqlx::query_scalar!(
            r#"SELECT coalesce(created_by = $2
                   OR organization_id = (SELECT auth.own_organization()), false) AS "theirs!"
                 FROM conversations WHERE id = $1"#,
            conversation,
            person
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        if !is_theirs {
            return Err(ServiceError::Forbidden(
                "Only the author and members of the organization decide about this conversation.",
            ));
        }
        go_on_as_system(&mut transaction).await?;
        Ok(transaction)
    }
}

/// Locks a conversation, so that decisions about it follow one another.
async fn lock(transaction: &mut Transaction, id: Uuid) -> Result<Standing, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT status, version, turn_count, is_decided,
                  gate_failures AS "gate_failures: Json<Vec<GateFailure>>", created_by,
                  organization_id, public_id, title
             FROM conversations WHERE id = $1 FOR NO KEY UPDATE"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NOT_FOUND)?;
    Ok(Standing {
        status: row.status.parse().map_err(ServiceError::Internal)?,
        version: row.version,
        turn_count: row.turn_count,
        is_decided: row.is_decided,
        gate_failures: row.gate_failures.0,
        author: row.created_by,
        organization: row.organization_id,
        public_id: row.public_id,
        title: row.title,
    })
}

/// The conversation as it stands.
async fn view(transaction: &mut Transaction, id: Uuid) -> Result<ConversationView, ServiceError> {
    conversations::read_one(transaction, id).await?.ok_or(NOT_FOUND)
}

/// Somebody was first: what stands, for whoever has to look again.
async fn conflict(
    transaction: &mut Transaction,
    id: Uuid,
    message: String,
) -> Result<ServiceError, ServiceError> {
    let current = serde_json::to_value(view(transaction, id).await?).unwrap_or(Value::Null);
    Ok(ServiceError::Conflict { message, fields: Vec::new(), current })
}
