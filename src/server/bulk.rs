//! Bulk jobs: one change of many conversations, done by whichever server has the lease.
//!
//! | | |
//! |---|---|
//! | `prepare` | which conversations, frozen, and what will become of them |
//! | `standing` | what a job makes of a conversation, or why it leaves it alone |
//! | `worker`, `lease` | who works on which job |
//! | `run`, `undo`, `revise` | some conversations at a time, forward and back |
//! | `items`, `write`, `rows` | the rows: of items, of conversations and of jobs |
//! | `finish`, `notices` | the end of a job, and who is told of it |
//! | `tidy` | what is removed after a while |
//!
//! Each batch is one transaction: it holds the job's row, locks its conversations, looks at each
//! again, and writes what became of it together with the counts. So a server that dies loses
//! nothing and does nothing twice, whoever goes on. Items are in the order in which their
//! conversations were made: a batch then writes few pages of the table and of most of its indexes.

mod finish;
mod items;
mod lease;
mod notices;
mod place;
mod prepare;
mod revise;
mod rows;
mod run;
mod standing;
mod tidy;
mod undo;
mod worker;
mod write;

use crate::{
    domain::{
        accounts::Scope,
        bulk::{BulkJobView, BulkState},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        notifications::NotificationService,
        postgres::{Database, Transaction, go_on_as_system},
        preferences::PreferenceService,
        revisions::RevisionService,
    },
};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This job");

/// The service for bulk jobs. Cheap to clone.
#[derive(Clone)]
pub struct BulkService {
    db: Database,
    preferences: PreferenceService,
    notifications: NotificationService,
    revisions: RevisionService,
    /// Something waits for a worker of this server.
    queued: Arc<Notify>,
}

impl BulkService {
    pub fn new(
        db: Database,
        preferences: PreferenceService,
        notifications: NotificationService,
        revisions: RevisionService,
    ) -> Self {
        Self { db, preferences, notifications, revisions, queued: Arc::default() }
    }

    /// The last jobs of the caller and of their organization.
    pub async fn list(&self, request: &RequestContext) -> Result<Vec<BulkJobView>, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let jobs = rows::list(&mut transaction).await?;
        transaction.commit().await?;
        Ok(jobs)
    }

    /// # Errors
    /// 404 for a job that the caller does not see.
    pub async fn read(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<BulkJobView, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let job = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        job.ok_or(NOT_FOUND)
    }

    /// Starts a prepared job.
    ///
    /// # Errors
    /// 404 for a job that the caller does not see; 409 when it was started already, and when it was
    /// prepared too long ago.
    pub async fn start(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<BulkJobView, ServiceError> {
        let (mut transaction, job) = self.begin_on(request, id).await?;
        if job.state != BulkState::Prepared {
            return Err(conflict("It was started already.", &job));
        }
        let started = sqlx::query!(
            "UPDATE bulk_jobs SET state = 'queued', started_at = now(), changed = 0,
               skipped = '{}'
             WHERE id = $1 AND created_at > now() - interval '1 hour'",
            id
        )
        .execute(&mut *transaction)
        .await?;
        if started.rows_affected() == 0 {
            let sentence = "It was prepared more than an hour ago. Select the conversations again.";
            return Err(conflict(sentence, &job));
        }
        self.answer(transaction, id).await
    }

    /// Forgets a prepared job, or stops one that waits or runs: what it changed stays. One that is
    /// over stays as it is.
    ///
    /// # Errors
    /// 404 for a job that the caller does not see, 403 for one that is neither theirs nor of an
    /// organization that they manage.
    pub async fn stop(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<BulkJobView, ServiceError> {
        let (mut transaction, job) = self.begin_on(request, id).await?;
        match job.state {
            BulkState::Prepared => {
                sqlx::query!("DELETE FROM bulk_jobs WHERE id = $1", id)
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                let state = BulkState::Cancelled;
                Ok(BulkJobView { state, can_stop: false, can_undo: false, ..job })
            }
            BulkState::Queued | BulkState::Running => {
                self.conclude(&mut transaction, id, BulkState::Cancelled, None).await?;
                self.answer(transaction, id).await
            }
            _ => {
                transaction.commit().await?;
                Ok(job)
            }
        }
    }

    /// Brings back what a job changed.
    ///
    /// # Errors
    /// 404 for a job that the caller does not see, 403 for one that is neither theirs nor of an
    /// organization that they manage; 409 when there is nothing to bring back.
    pub async fn undo(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<BulkJobView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let (mut transaction, job) = self.begin_on(request, id).await?;
        let refusal = match job.state {
            BulkState::Prepared => Some("It was not started."),
            BulkState::Queued | BulkState::Running => {
                Some("It is not done yet. Stop it first, or wait for it.")
            }
            BulkState::Undoing => Some("It is being undone already."),
            BulkState::Undone => Some("It was undone already."),
            _ if !job.action.is_undoable() => {
                Some("What Claude proposed changed nothing yet. Drop the proposals instead.")
            }
            _ if job.changed <= job.restored + job.kept => Some("There is nothing to bring back."),
            BulkState::Done | BulkState::Cancelled | BulkState::Failed => None,
        };
        if let Some(sentence) = refusal {
            return Err(conflict(sentence, &job));
        }
        sqlx::query!(
            "UPDATE bulk_jobs SET state = 'undoing', undone_by = $2, error = NULL,
               lease_id = NULL, lease_until = NULL
             WHERE id = $1",
            id,
            person
        )
        .execute(&mut *transaction)
        .await?;
        self.answer(transaction, id).await
    }

    /// A transaction of the system on a job that the person sees and may change, locked.
    async fn begin_on(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<(Transaction, BulkJobView), ServiceError> {
        request.allow(Scope::ConversationsWrite)?;
        let mut transaction = self.db.as_person(request).await?;
        rows::find(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        let is_theirs = sqlx::query_scalar!(
            r#"SELECT coalesce(created_by = auth.uid()
                 OR organization_id = (SELECT auth.administered_organization()), false)
                 AS "theirs!"
               FROM bulk_jobs WHERE id = $1"#,
            id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        if !is_theirs {
            return Err(ServiceError::Forbidden(
                "Only whoever started a job and who manages the organization change it.",
            ));
        }
        go_on_as_system(&mut transaction).await?;
        sqlx::query!("SELECT id FROM bulk_jobs WHERE id = $1 FOR NO KEY UPDATE", id)
            .fetch_optional(&mut *transaction)
            .await?;
        let job = rows::find(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        Ok((transaction, job))
    }

    /// Answers the job as it stands, and wakes a worker.
    async fn answer(
        &self,
        mut transaction: Transaction,
        id: Uuid,
    ) -> Result<BulkJobView, ServiceError> {
        let job = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        self.queued.notify_waiters();
        job.ok_or(NOT_FOUND)
    }
}

fn conflict(sentence: &str, job: &BulkJobView) -> ServiceError {
    let current = serde_json::to_value(job).unwrap_or(Value::Null);
    ServiceError::Conflict { message: sentence.into(), fields: Vec::new(), current }
}
