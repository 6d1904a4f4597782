//! The rows that tell what became of each backup, and the schedule.

use super::dump::Written;
use crate::{
    domain::database::{Backup, BackupSchedule, BackupState},
    server::{foundation::error::ServiceError, postgres::Pool},
};
use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

/// Listed at most; the rest stays in the table.
const LISTED: i64 = 200;

/// Who or what began a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Initiator {
    Person(Uuid),
    Schedule,
    /// Somebody at the command line.
    Command,
}

/// As stored.
struct Row {
    id: Uuid,
    state: String,
    file_name: String,
    started_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    size_bytes: i64,
    database_bytes: Option<i64>,
    checksum: Option<String>,
    entries: Option<i64>,
    server_version: Option<String>,
    initiated_by_name: Option<String>,
    scheduled: bool,
    attempts: i32,
    error_message: Option<String>,
}

impl From<Row> for Backup {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            // The table takes no other words.
            state: row.state.parse().unwrap_or(BackupState::Failed),
            file_name: row.file_name,
            started_at: row.started_at,
            completed_at: row.completed_at,
            size_bytes: row.size_bytes,
            database_bytes: row.database_bytes,
            checksum: row.checksum,
            entries: row.entries,
            server_version: row.server_version,
            initiated_by_name: row.initiated_by_name,
            scheduled: row.scheduled,
            attempts: row.attempts,
            error_message: row.error_message,
        }
    }
}

/// Held by the server that makes a backup, over all servers of the database. PostgreSQL gives it
/// back when the connection ends, however its server ended.
#[derive(Debug)]
pub struct Turn(PgConnection);

impl Turn {
    /// `None` when another server, or this one, is at it.
    pub async fn take(options: &PgConnectOptions) -> Result<Option<Self>, ServiceError> {
        let mut connection =
            PgConnection::connect_with(&options.clone().application_name("train backup")).await?;
        connection
            .execute(
                "SET ROLE service_role; SET idle_session_timeout = 0; SET statement_timeout = \
                '10s'",
            )
            .await?;
        let taken = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock(hashtextextended('train.backup', 0)) AS "taken!""#
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(taken.then_some(Self(connection)))
    }

    pub async fn give_back(self) {
        // Ending the connection gives it back as well.
        let _ = self.0.close().await;
    }
}

pub async fn list(pool: &Pool) -> Result<Vec<Backup>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, state, file_name, started_at, completed_at, size_bytes, database_bytes,
         checksum, entries, server_version,
           initiated_by_name, scheduled, attempts, error_message
         FROM public.database_backups ORDER BY started_at DESC, id LIMIT $1",
        LISTED
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Backup::from).collect())
}

/// The newest verified backup, and whether others follow by themselves.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub newest: Option<DateTime<Utc>>,
    pub scheduled: bool,
}

pub async fn standing(pool: &Pool) -> Result<Standing, ServiceError> {
    let found = sqlx::query_as!(
        Standing,
        r#"SELECT (SELECT max(started_at) FROM public.database_backups
           WHERE state = 'verified') AS newest,
             enabled AS "scheduled!" FROM public.database_backup_schedule"#
    );
    Ok(found.fetch_one(pool).await?)
}

pub async fn find(pool: &Pool, id: Uuid) -> Result<Option<Backup>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, state, file_name, started_at, completed_at, size_bytes, database_bytes,
         checksum, entries, server_version,
           initiated_by_name, scheduled, attempts, error_message
         FROM public.database_backups WHERE id = $1",
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Backup::from))
}

/// Those that are said to run; the caller has the turn, so nobody runs them.
pub async fn abandoned(pool: &Pool) -> Result<Vec<Backup>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, state, file_name, started_at, completed_at, size_bytes, database_bytes,
         checksum, entries, server_version,
           initiated_by_name, scheduled, attempts, error_message
         FROM public.database_backups WHERE state = 'running'"
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Backup::from).collect())
}

/// Verified ones beyond the newest `keep`.
pub async fn beyond(pool: &Pool, keep: i64) -> Result<Vec<Backup>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, state, file_name, started_at, completed_at, size_bytes, database_bytes,
         checksum, entries, server_version,
           initiated_by_name, scheduled, attempts, error_message
         FROM public.database_backups WHERE state = 'verified' ORDER BY started_at DESC, id
           OFFSET $1",
        keep
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Backup::from).collect())
}

/// The checksum of a verified backup of this name.
pub async fn checksum(pool: &Pool, file_name: &str) -> Result<Option<String>, ServiceError> {
    let found = sqlx::query_scalar!(
        "SELECT checksum FROM public.database_backups WHERE file_name = $1",
        file_name
    );
    Ok(found.fetch_optional(pool).await?.flatten())
}

/// `database_bytes`: the system's own role may not ask for the size.
pub async fn begin(
    pool: &Pool,
    id: Uuid,
    file_name: &str,
    (version, database_bytes): (&str, i64),
    by: &Initiator,
) -> Result<Backup, ServiceError> {
    let person = match by {
        Initiator::Person(person) => Some(*person),
        Initiator::Schedule | Initiator::Command => None,
    };
    let name = (*by == Initiator::Command).then_some("Command line");
    let row = sqlx::query_as!(
        Row,
        r#"INSERT INTO public.database_backups (id, file_name, database_bytes, server_version,
           initiated_by, initiated_by_name, scheduled)
         VALUES ($1, $2, $3, $4, $5, coalesce($6,
           (SELECT display_name FROM auth.users WHERE id = $5)), $7)
         RETURNING id, state, file_name, started_at, completed_at, size_bytes, database_bytes,
         checksum, entries, server_version,
           initiated_by_name, scheduled, attempts, error_message"#,
        id,
        file_name,
        database_bytes,
        version,
        person,
        name,
        *by == Initiator::Schedule,
    )
    .fetch_one(pool)
    .await?;
    Ok(row.into())
}

pub async fn progress(pool: &Pool, id: Uuid, size: i64) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.database_backups SET size_bytes = $2 WHERE id = $1 AND state = 'running'",
        id,
        size
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A try failed and another follows: which one that is, and why.
pub async fn tried(pool: &Pool, id: Uuid, attempt: i32, message: &str) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.database_backups SET attempts = $2, error_message = $3, size_bytes = 0
         WHERE id = $1 AND state = 'running'",
        id,
        attempt,
        message
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn verified(pool: &Pool, id: Uuid, written: &Written) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.database_backups SET state = 'verified', completed_at = clock_timestamp(),
         size_bytes = $2, checksum = $3, entries = $4,
           error_message = NULL
         WHERE id = $1 AND state = 'running'",
        id,
        written.size,
        written.checksum,
        written.entries
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn failed(pool: &Pool, id: Uuid, message: &str) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.database_backups SET state = 'failed', completed_at = clock_timestamp(),
         error_message = $2
         WHERE id = $1 AND state = 'running'",
        id,
        message
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn removed(pool: &Pool, id: Uuid) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.database_backups SET state = 'removed' WHERE id = $1 AND state <> 'running'",
        id
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn schedule(pool: &Pool) -> Result<BackupSchedule, ServiceError> {
    Ok(sqlx::query_as!(
        BackupSchedule,
        "SELECT enabled, cron, time_zone, keep, next_run FROM public.database_backup_schedule"
    )
    .fetch_one(pool)
    .await?)
}

pub async fn set_schedule(
    pool: &Pool,
    schedule: &BackupSchedule,
    by: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.database_backup_schedule
         SET enabled = $1, cron = $2, time_zone = $3, keep = $4, next_run = $5, updated_by = $6,
         updated_at = now()",
        schedule.enabled,
        schedule.cron,
        schedule.time_zone,
        schedule.keep,
        schedule.next_run,
        by
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Moves a due run on. True for the one server that may make it.
pub async fn claim(
    pool: &Pool,
    due: Option<DateTime<Utc>>,
    next: Option<DateTime<Utc>>,
) -> Result<bool, ServiceError> {
    let claimed = sqlx::query!(
        "UPDATE public.database_backup_schedule SET next_run = $2 WHERE enabled AND next_run IS \
            NOT DISTINCT FROM $1",
        due,
        next
    )
    .execute(pool)
    .await?;
    Ok(claimed.rows_affected() == 1)
}
