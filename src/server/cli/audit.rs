//! `train audit …`

use super::{Failure, attach};
use crate::server::{config::Config, database::Database, error::ServiceError, history};
use clap::Subcommand;
use sqlx::Executor;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Check that nobody altered or removed a row of the history; exit code 1 if somebody did
    Verify,
    /// Move what is older than TRAIN_HISTORY_DAYS into the archive, as the server does once a day
    Archive,
}

pub(super) async fn run(command: Audit, config: &Config) -> Result<(), Failure> {
    match command {
        Audit::Verify => verify(attach(config).await?.0).await,
        Audit::Archive => archive(config).await,
    }
}

async fn archive(config: &Config) -> Result<(), Failure> {
    let Some(days) = config.history_days else {
        println!("Everything is kept: TRAIN_HISTORY_DAYS is 0.");
        return Ok(());
    };
    let (database, _) = attach(config).await?;
    let moved = history::archive(database.pool(), days).await;
    database.close().await;
    println!("Archived {} changes that are older than {days} days.", moved?);
    Ok(())
}

async fn verify(database: Database) -> Result<(), Failure> {
    // A long history takes longer than any request may.
    let mut transaction = database.begin().await.map_err(ServiceError::from)?;
    transaction.execute("SET LOCAL statement_timeout = 0").await.map_err(ServiceError::from)?;
    let checked = sqlx::query!(
        r#"SELECT target_id AS "target_id!", version, problem AS "problem!" FROM public.verify_audit_chain()"#
    )
    .fetch_all(&mut *transaction)
    .await;
    let counted = sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM public.configuration_audit_log)
             + (SELECT count(*) FROM public.configuration_audit_archive) AS "rows!""#
    )
    .fetch_one(&mut *transaction)
    .await;
    let _ = transaction.rollback().await; // It only read.
    database.close().await;
    let (problems, rows) =
        (checked.map_err(ServiceError::from)?, counted.map_err(ServiceError::from)?);
    for row in &problems {
        let version = row.version.map_or_else(String::new, |version| format!(" version {version}"));
        println!("{}{version}: {}", row.target_id, row.problem);
    }
    if problems.is_empty() {
        println!("The history is whole: {rows} rows, each following from the one before it.");
        return Ok(());
    }
    Err(Failure(format!("The history was tampered with: {} findings.", problems.len())))
}
