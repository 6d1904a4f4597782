//! The steps of the schema: applied at start, and one by one by `train migrate`.

use super::{OpenError, Pool};
use crate::server::foundation::{
    error::ServiceError,
    operator::{self, Subject},
};
use sqlx::{
    Connection, Executor, PgConnection,
    migrate::{Migrate, MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use std::time::Duration;

/// Every step from `migrations/`, within the program.
static STEPS: Migrator = sqlx::migrate!();

/// A step waits this long for a lock before it lets the others pass and tries again.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// One step of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub version: i64,
    /// From the file's name, for example `accounts`.
    pub name: String,
    pub applied: bool,
}

/// Applies what is missing, under a lock: of several servers that start at once one does it and the
/// others wait. Answers with the steps that it applied.
pub async fn up(options: &PgConnectOptions) -> Result<Vec<Step>, OpenError> {
    let mut tries = 1;
    loop {
        let mut connection = connect(options).await?;
        let before = read(&mut connection).await?;
        // Not `run`: a task that awaits it cannot be spawned ("implementation of `Acquire` is not
        // general enough").
        match STEPS.run_direct(None, &mut connection, false).await {
            Ok(()) => {
                let after = read(&mut connection).await?;
                connection.close().await?;
                let applied = after
                    .into_iter()
                    .zip(before)
                    .filter(|(after, before)| after.applied && !before.applied);
                return Ok(applied.map(|(after, _)| after).collect());
            }
            Err(error) if waited_too_long(&error) && tries < TRIES => {
                tries += 1;
                tracing::info!(%error, "a step of the schema waits for a lock; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(explain(error)),
        }
    }
}

/// Takes the newest applied step back, with what it owned. `None` when none is applied.
pub async fn down(options: &PgConnectOptions) -> Result<Option<Step>, OpenError> {
    let mut connection = connect(options).await?;
    let applied: Vec<Step> =
        read(&mut connection).await?.into_iter().filter(|step| step.applied).collect();
    let Some((newest, older)) = applied.split_last() else { return Ok(None) };
    let target = older.last().map_or(0, |step| step.version);
    STEPS.undo(&mut connection, target).await.map_err(explain)?;
    connection.close().await?;
    Ok(Some(Step { applied: false, ..newest.clone() }))
}

/// How many connections servers and commands of ours have to the database. Those of `train migrate`
/// do not count: PostgreSQL takes a moment to forget one that was closed.
pub async fn users(options: &PgConnectOptions) -> Result<i64, OpenError> {
    let mut connection = connect(options).await?;
    let others = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM pg_stat_activity WHERE datname = current_database()
             AND application_name LIKE 'train%' AND application_name <> 'train migrate'"#
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(others)
}

/// Notes in the lasting record that a step was taken back, unless the record went with it.
pub async fn note_down(options: &PgConnectOptions, step: &Step) -> Result<(), ServiceError> {
    let mut connection = connect(options).await.map_err(|error| {
        ServiceError::Internal(format!("{error} The step was taken back and is not on record."))
    })?;
    let kept = sqlx::query_scalar!(
        r#"SELECT to_regclass('public.administrative_actions') IS NOT NULL AS "kept!""#
    );
    if kept.fetch_one(&mut connection).await? {
        let details = serde_json::json!({"step": step.version});
        let subject = Subject { id: None, name: Some(&step.name) };
        operator::note(&mut connection, "migrate down", subject, details).await?;
    }
    Ok(connection.close().await?)
}

/// Every step, and whether it is applied.
pub async fn status(options: &PgConnectOptions) -> Result<Vec<Step>, OpenError> {
    let mut connection = connect(options).await?;
    let steps = read(&mut connection).await?;
    connection.close().await?;
    Ok(steps)
}

/// Whether the database behind a pool of requests has every step that this program knows. One with
/// newer steps has them too: while servers are replaced one after the other, the new ones have
/// applied theirs and the old ones go on.
pub async fn is_current(pool: &Pool) -> Result<bool, sqlx::Error> {
    let known = STEPS
        .iter()
        .filter(|step| step.migration_type.is_up_migration())
        .map(|step| step.version)
        .max();
    // Nobody else may read the list of steps.
    let mut transaction = pool.begin_with("BEGIN READ ONLY; SET LOCAL ROLE train_owner").await?;
    let newest =
        sqlx::query_scalar!("SELECT max(version) FROM public._sqlx_migrations WHERE success")
            .fetch_one(&mut *transaction)
            .await;
    transaction.rollback().await?;
    match newest {
        Ok(newest) => Ok(newest >= known),
        // undefined_table: not one step was ever applied.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Ok(false),
        Err(error) => Err(error),
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let mut connection =
        PgConnection::connect_with(&options.clone().application_name("train migrate")).await?;
    // A waiting ALTER TABLE makes everybody else wait behind it: give up soon, and come again.
    let session = "SET ROLE train_owner; SET search_path = public; SET lock_timeout = '5s'; SET \
        statement_timeout = 0";
    connection.execute(session).await?;
    Ok(connection)
}

async fn read(connection: &mut PgConnection) -> Result<Vec<Step>, OpenError> {
    let known = sqlx::query_scalar!(
        r#"SELECT to_regclass('public._sqlx_migrations') IS NOT NULL AS "known!""#
    );
    let applied = if known.fetch_one(&mut *connection).await? {
        connection.list_applied_migrations("_sqlx_migrations").await.map_err(explain)?
    } else {
        Vec::new()
    };
    let steps = STEPS.iter().filter(|step| step.migration_type.is_up_migration());
    Ok(steps
        .map(|step| Step {
            version: step.version,
            name: step.description.replace(' ', "_"),
            applied: applied.iter().any(|one| one.version == step.version),
        })
        .collect())
}

fn waited_too_long(error: &MigrateError) -> bool {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = error else {
        return false;
    };
    // lock_not_available, deadlock_detected
    cause
        .as_database_error()
        .and_then(|cause| cause.code())
        .is_some_and(|code| code == "55P03" || code == "40P01")
}

fn explain(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::SchemaNewer { version },
        MigrateError::VersionMismatch(version) => OpenError::SchemaAltered { version },
        MigrateError::Execute(error) => OpenError::Database(error),
        error => OpenError::Migration(error),
    }
}
