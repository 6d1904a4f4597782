//! The steps of an import that people take.

use super::{ImportService, NOT_FOUND, finish::remove_file, rows};
use crate::{
    domain::{
        accounts::Scope,
        error_code::ErrorCode,
        imports::{ImportProblem, ImportRequest, ImportState, ImportView},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        idempotency::{self, IdempotencyKey, Use},
        postgres::{Transaction, go_on_as_system},
    },
};
use uuid::Uuid;

/// The most that one person has open at a time: being sent, looked at or waiting to be started.
const MOST_OPEN: i64 = 5;
/// Problems of a page.
const PAGE: i64 = 500;

impl ImportService {
    /// The caller's last imports.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, request: &RequestContext) -> Result<Vec<ImportView>, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let imports = rows::list(&mut transaction, person).await?;
        transaction.commit().await?;
        Ok(imports)
    }

    /// The same `key` begins one import.
    ///
    /// # Errors
    /// 400 for a file that cannot be imported; 429 while too many are open.
    pub async fn create(
        &self,
        request: &RequestContext,
        import: ImportRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<ImportView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let import = import.check().map_err(ServiceError::Validation)?;
        let id = IdempotencyKey::made_id(key.as_ref(), person);
        let mut transaction = self.db.as_person(request).await?;
        if let Some(key) = &key
            && idempotency::take(&mut transaction, person, key).await? == Use::Repeated
        {
            let begun = rows::find(&mut transaction, id).await?;
            transaction.commit().await?;
            return begun.ok_or(NOT_FOUND);
        }
        let organization = sqlx::query_scalar!("SELECT auth.own_organization()")
            .fetch_one(&mut *transaction)
            .await?;
        go_on_as_system(&mut transaction).await?;
        check_open(&mut transaction, person).await?;
        // Its key may be forgotten before what was made under it.
        let kept = sqlx::query!(
            "INSERT INTO imports (id, created_by, organization_id, file_name, size_bytes, origin,
               license)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
            id,
            person,
            organization,
            import.file_name,
            import.size_bytes,
            import.origin,
            import.license
        )
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() == 0 {
            return Err(idempotency::reused());
        }
        let made = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        made.ok_or(NOT_FOUND)
    }

    /// # Errors
    /// 404 for one that is not the caller's.
    pub async fn read(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<ImportView, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let import = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        import.ok_or(NOT_FOUND)
    }

    /// Some problems, behind the one with this number.
    ///
    /// # Errors
    /// 404 for an import that is not the caller's.
    pub async fn problems(
        &self,
        request: &RequestContext,
        id: Uuid,
        after: Option<i32>,
    ) -> Result<Vec<ImportProblem>, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        rows::find(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        let problems = sqlx::query_as!(
            ImportProblem,
            "SELECT number, line, message FROM import_problems
             WHERE import_id = $1 AND number > $2 ORDER BY number LIMIT $3",
            id,
            after.unwrap_or(0),
            PAGE
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(problems)
    }

    /// Lets a server make conversations of what was found.
    ///
    /// # Errors
    /// 404 for one that is not the caller's; 409 when it is at another step, or there is nothing
    /// to import.
    pub async fn start(
        &self,
        request: &RequestContext,
        id: Uuid,
        takes_duplicates: bool,
    ) -> Result<ImportView, ServiceError> {
        let (mut transaction, import) = self.begin_on(request, id).await?;
        let refusal = match import.state {
            ImportState::Checked if import.valid == 0 => {
                Some("None of its conversations can be imported. Mend the file, and send it again.")
            }
            ImportState::Checked if !takes_duplicates && import.valid == import.duplicates => {
                Some("All that it has is here already. Import the duplicates as well, or drop it.")
            }
            ImportState::Checked => None,
            ImportState::Uploading => Some("Its file has not come whole."),
            ImportState::Checking => Some("It is still being checked."),
            ImportState::Importing => Some("It is being imported already."),
            ImportState::Done => Some("It was imported already."),
            ImportState::Failed => Some("It failed. Send the file again."),
            ImportState::Cancelled => Some("It was dropped. Send the file again."),
        };
        if let Some(sentence) = refusal {
            return Err(ServiceError::refused(ErrorCode::ImportUnready, sentence));
        }
        sqlx::query!(
            "UPDATE imports SET state = 'importing', takes_duplicates = $2 WHERE id = $1",
            id,
            takes_duplicates
        )
        .execute(&mut *transaction)
        .await?;
        self.answer(transaction, id).await
    }

    /// Drops one that is not done: nothing of it is imported. One that is over stays as it is.
    ///
    /// # Errors
    /// 404 for one that is not the caller's; 409 for one that is done.
    pub async fn stop(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<ImportView, ServiceError> {
        let (mut transaction, import) = self.begin_on(request, id).await?;
        match import.state {
            ImportState::Done => {
                let sentence = "It was imported already. Change or delete its conversations in \
                    their list.";
                return Err(ServiceError::refused(ErrorCode::ImportUnready, sentence));
            }
            ImportState::Failed | ImportState::Cancelled => {}
            _ => {
                sqlx::query!(
                    "UPDATE imports SET state = 'cancelled', finished_at = now(), lease_id = NULL,
                       lease_until = NULL
                     WHERE id = $1",
                    id
                )
                .execute(&mut *transaction)
                .await?;
            }
        }
        let stopped = self.answer(transaction, id).await?;
        // Afterwards: a server that works on it holds its rows and waits for the import itself.
        let mut transaction = self.db.begin().await?;
        remove_file(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(stopped)
    }

    /// A transaction of the system on an import of the caller's, locked.
    pub(super) async fn begin_on(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<(Transaction, ImportView), ServiceError> {
        request.allow(Scope::ConversationsWrite)?;
        let mut transaction = self.db.as_person(request).await?;
        rows::find(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        go_on_as_system(&mut transaction).await?;
        sqlx::query!("SELECT id FROM imports WHERE id = $1 FOR NO KEY UPDATE", id)
            .fetch_optional(&mut *transaction)
            .await?;
        let import = rows::find(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        Ok((transaction, import))
    }

    /// Answers the import as it stands, and wakes a worker.
    pub(super) async fn answer(
        &self,
        mut transaction: Transaction,
        id: Uuid,
    ) -> Result<ImportView, ServiceError> {
        let import = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        self.queued.notify_waiters();
        import.ok_or(NOT_FOUND)
    }
}

async fn check_open(transaction: &mut Transaction, person: Uuid) -> Result<(), ServiceError> {
    // Two at once would both find a free place.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('train.imports.' || $1::text, 0))",
        person.to_string()
    )
    .execute(&mut **transaction)
    .await?;
    let open = sqlx::query_scalar!(
        r#"SELECT count(*) AS "open!" FROM imports
           WHERE created_by = $1 AND state IN ('uploading', 'checking', 'checked', 'importing')"#,
        person
    )
    .fetch_one(&mut **transaction)
    .await?;
    if open < MOST_OPEN {
        return Ok(());
    }
    Err(ServiceError::Limited {
        code: ErrorCode::TooManyAtOnce,
        message: format!("{MOST_OPEN} of your imports are open. Import or drop one first."),
        retry_after: 60,
    })
}
