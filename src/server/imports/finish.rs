//! The end of an import, and who is told of it: whoever began it, once.

use super::{
    ImportService,
    lease::{self, Lease},
};
use crate::{
    domain::{
        local_path::LocalPath,
        money::grouped,
        notifications::{Category, Notification, Severity},
    },
    server::{foundation::error::ServiceError, notifications::Recipients, postgres::Transaction},
};
use sqlx::Executor as _;
use uuid::Uuid;

impl ImportService {
    /// Ends one that cannot be done. Nothing of it is kept but what is wrong with it.
    pub(super) async fn fail(&self, lease: &Lease, why: &str) -> Result<(), ServiceError> {
        let mut transaction = self.db.begin().await?;
        if !lease::hold(&mut transaction, lease).await? {
            return Ok(());
        }
        let file = sqlx::query_scalar!(
            "UPDATE imports SET state = 'failed', error = $2, finished_at = now(),
               lease_id = NULL, lease_until = NULL
             WHERE id = $1 RETURNING file_name",
            lease.import,
            why
        )
        .fetch_one(&mut *transaction)
        .await?;
        remove_file(&mut transaction, lease.import).await?;
        self.tell(&mut transaction, lease, &failed(lease.import, &file, why)).await?;
        Ok(transaction.commit().await?)
    }

    pub(super) async fn tell(
        &self,
        transaction: &mut Transaction,
        lease: &Lease,
        notification: &Notification,
    ) -> Result<(), ServiceError> {
        let person = Recipients::Person(lease.person);
        self.notifications.send_in(transaction, &person, notification).await?;
        Ok(())
    }
}

/// Removes the file and what was found in it; problems stay.
pub(super) async fn remove_file(
    transaction: &mut Transaction,
    import: Uuid,
) -> Result<(), ServiceError> {
    transaction.execute("SET LOCAL statement_timeout = '9min'").await?;
    sqlx::query!(
        "WITH rows AS (DELETE FROM import_rows WHERE import_id = $1)
         DELETE FROM import_chunks WHERE import_id = $1",
        import
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(super) fn done(import: Uuid, file: &str, imported: i32) -> Notification {
    let count = match imported {
        1 => "One conversation was imported".into(),
        count => format!("{} conversations were imported", grouped(&count.to_string())),
    };
    Notification {
        category: Category::GenerationComplete,
        severity: Severity::Success,
        title: format!("{count}: {file}"),
        text: "Your thresholds say where each of them stands.".into(),
        link: LocalPath::parse("/conversations"),
        dedupe_key: format!("import:{import}"),
    }
}

fn failed(import: Uuid, file: &str, why: &str) -> Notification {
    Notification {
        category: Category::Errors,
        severity: Severity::Error,
        title: format!("An import failed: {file}"),
        text: why.to_owned(),
        link: LocalPath::parse("/datasets/imports"),
        dedupe_key: format!("import:{import}"),
    }
}
