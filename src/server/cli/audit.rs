//! `train audit …`

use super::{Failure, attach};
use crate::server::{config::Config, error::ServiceError};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Check that nobody altered or removed a row of the history; exit code 1 if somebody did
    Verify,
}

pub(super) async fn run(command: Audit, config: &Config) -> Result<(), Failure> {
    let Audit::Verify = command;
    let (database, _) = attach(config).await?;
    let checked = sqlx::query!(
        r#"SELECT target_id AS "target_id!", version, problem AS "problem!" FROM public.verify_audit_chain()"#
    )
    .fetch_all(database.pool())
    .await;
    let counted = sqlx::query_scalar!(r#"SELECT count(*) AS "rows!" FROM public.configuration_audit_log"#)
        .fetch_one(database.pool())
        .await;
    database.close().await;
    let (problems, rows) = (checked.map_err(ServiceError::from)?, counted.map_err(ServiceError::from)?);
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
