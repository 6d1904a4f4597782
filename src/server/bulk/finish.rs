//! The end of a job.

use super::{BulkService, notices};
use crate::{
    domain::bulk::{BulkAction, BulkState},
    server::{foundation::error::ServiceError, notifications::Recipients, postgres::Transaction},
};
use sqlx::types::Json;
use uuid::Uuid;

impl BulkService {
    /// Ends a job whose row the transaction holds, and tells the authors of what somebody else
    /// changed, once each. What went meanwhile is counted as such.
    pub(super) async fn conclude(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        state: BulkState,
        error: Option<&str>,
    ) -> Result<(), ServiceError> {
        let job = sqlx::query!(
            r#"UPDATE bulk_jobs SET state = $2, error = $3, lease_id = NULL, lease_until = NULL,
                 finished_at = CASE WHEN $2 = 'undone' THEN finished_at ELSE now() END,
                 undone_at = CASE WHEN $2 = 'undone' THEN now() END,
                 kept = CASE WHEN $2 = 'undone' THEN changed - restored ELSE kept END,
                 skipped = CASE WHEN $2 = 'done' AND total > changed + failed + (
                     SELECT coalesce(sum(count::integer), 0)
                     FROM jsonb_each_text(skipped) AS own (reason, count))
                   THEN skipped || jsonb_build_object('gone',
                     coalesce((skipped ->> 'gone')::integer, 0) + total - changed - failed - (
                       SELECT coalesce(sum(count::integer), 0)
                       FROM jsonb_each_text(skipped) AS own (reason, count)))
                   ELSE skipped END
               WHERE id = $1
               RETURNING action AS "action: Json<BulkAction>", created_by, undone_by,
                 started_at IS NOT NULL AS "was_started!", changed, restored"#,
            id,
            state.as_str(),
            error
        )
        .fetch_one(&mut **transaction)
        .await?;
        let undoes = job.undone_by.is_some();
        let by = if undoes { job.undone_by } else { job.created_by };
        let job_done = notices::Done { id, action: &job.action.0, undoes };
        self.tell_authors(transaction, job_done, by).await?;
        if let (Some(author), true) = (job.created_by, undoes && job.created_by != job.undone_by) {
            let who = name(transaction, by).await?;
            let notice = notices::undone_for_starter(job_done, who, job.restored);
            let author = Recipients::Person(author);
            self.notifications.send_in(transaction, &author, &notice).await?;
        }
        if let (Some(why), Some(person)) = (error, by) {
            let notice = notices::failed(job_done, why);
            let person = Recipients::Person(person);
            self.notifications.send_in(transaction, &person, &notice).await?;
        }
        Ok(())
    }

    async fn tell_authors(
        &self,
        transaction: &mut Transaction,
        done: notices::Done<'_>,
        by: Option<Uuid>,
    ) -> Result<(), ServiceError> {
        // Proposals change nothing.
        if !done.action.is_undoable() {
            return Ok(());
        }
        let state = if done.undoes { "restored" } else { "changed" };
        let authors = sqlx::query!(
            r#"SELECT own.created_by AS "author!", count(*) AS "count!"
               FROM bulk_job_items AS item
               JOIN conversations AS own ON own.id = item.conversation_id
               WHERE item.job_id = $1 AND item.state = $2
                 AND own.created_by IS DISTINCT FROM $3 AND own.created_by IS NOT NULL
               GROUP BY own.created_by ORDER BY own.created_by"#,
            done.id,
            state,
            by
        )
        .fetch_all(&mut **transaction)
        .await?;
        if authors.is_empty() {
            return Ok(());
        }
        let who = name(transaction, by).await?;
        for row in authors {
            let notice = notices::changed(done, &who, row.count);
            let author = Recipients::Person(row.author);
            self.notifications.send_in(transaction, &author, &notice).await?;
        }
        Ok(())
    }
}

/// What whoever did it is called: the authors are of their organization.
async fn name(transaction: &mut Transaction, person: Option<Uuid>) -> Result<String, ServiceError> {
    let name = sqlx::query_scalar!("SELECT display_name FROM auth.users WHERE id = $1", person)
        .fetch_optional(&mut **transaction)
        .await?;
    Ok(name.unwrap_or_else(|| "Somebody".into()))
}
