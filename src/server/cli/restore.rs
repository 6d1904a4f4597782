//! `train restore`

use super::{Failure, attach, database_config, record};
use crate::server::{
    config::Config,
    database::backups::{Restored, restore, switch},
    foundation::{error::ServiceError, operator::Subject},
    postgres::{Database, reach},
};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(required_unless_present = "switch_to", requires = "into")]
    file: Option<PathBuf>,
    /// The name of the new database; one that exists is never touched
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
    /// Make a restored database the one of the server's own PostgreSQL, while no server is running
    #[arg(long, value_name = "NAME", conflicts_with_all = ["file", "into"])]
    switch_to: Option<String>,
}

pub(super) async fn run(command: Restore, config: &Config) -> Result<(), Failure> {
    match command {
        Restore { file: Some(file), into: Some(name), .. } => {
            let (database, _) = attach(config).await?;
            let interrupted = async {
                // Without a way to listen for it nothing interrupts.
                if tokio::signal::ctrl_c().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let done = restore(&database, &config.backups(), &file, &name, interrupted).await;
            let noted = match &done {
                Ok(restored) => note(&database, &file, restored).await,
                Err(_) => Ok(()),
            };
            database.close().await;
            noted?;
            report(&done.map_err(Failure)?, config);
            Ok(())
        }
        Restore { switch_to: Some(name), .. } => switch_to(&name, config).await,
        Restore { .. } => Err(Failure(
            "Say which backup and into which database: train restore FILE --into NAME".into(),
        )),
    }
}

async fn note(database: &Database, file: &Path, restored: &Restored) -> Result<(), ServiceError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let details = json!({"file": name, "checksumKnown": restored.checksum_known});
    let subject = Subject { id: None, name: Some(&restored.database) };
    record::note_alone(database, "restore", subject, details).await
}

fn report(restored: &Restored, config: &Config) {
    println!(
        "Restored into the database “{}”, at step {} of the schema.",
        restored.database, restored.step
    );
    for (table, rows) in &restored.rows {
        println!("{rows:>12}  {table}");
    }
    println!("The history is whole.");
    if !restored.checksum_known {
        println!("No checksum was known for the file: it could not be held against one.");
    }
    if restored.steps_missing > 0 {
        println!(
            "{} newer steps of the schema are applied when the server starts on it.",
            restored.steps_missing
        );
    }
    if !restored.without.is_empty() {
        println!(
            "Without the extensions {}, which only a superuser can make here.",
            restored.without.join(" and ")
        );
    }
    if config.database_url.is_some() {
        println!("To use it: stop the servers, name it in DATABASE_URL, and start them again.");
    } else {
        println!(
            "To use it: stop the server, run “train restore --switch-to {}”, and start it again.",
            restored.database
        );
    }
}

/// The cluster is started for this alone: whatever was connected to the database would keep its
/// name from changing.
async fn switch_to(name: &str, config: &Config) -> Result<(), Failure> {
    if config.database_url.is_some() {
        return Err(Failure(
            "With an external database, name the restored one in DATABASE_URL instead.".into(),
        ));
    }
    let mut reached = reach(&database_config(config, 1), false).await?;
    let superuser = reached.options.clone().username("postgres").database("postgres");
    let done = switch(&superuser, name).await;
    if let Some(cluster) = reached.cluster.take() {
        // Stopping waits for the process to end.
        let stopped = tokio::task::spawn_blocking(move || cluster.stop()).await;
        stopped.map_err(|error| Failure(format!("Stopping PostgreSQL failed: {error}")))?;
    }
    let switched = done.map_err(Failure)?;
    println!(
        "The server uses what was restored as “{name}” from its next start on. What it used before \
            is kept as “{}”.",
        switched.before
    );
    // In the database that takes over, with what it lacks of the schema: the other is only kept.
    let (database, _) = attach(config).await?;
    let subject = Subject { id: None, name: Some(name) };
    let details = json!({"before": switched.before});
    let noted = record::note_alone(&database, "restore --switch-to", subject, details).await;
    database.close().await;
    Ok(noted?)
}
