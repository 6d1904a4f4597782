//! `train migrate …`

use super::{Failure, database_config};
use crate::server::{
    config::Config,
    database::{migrations, reach},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    /// Apply what is missing
    Up,
    /// Take the newest step back, with what it owned
    Down,
    /// List the steps and whether they are applied
    Status,
}

pub(super) async fn run(command: Migrate, config: &Config) -> Result<(), Failure> {
    let mut reached = reach(&database_config(config, 1), true).await?;
    let done = change(command, &reached.options).await;
    if let Some(cluster) = reached.cluster.take() {
        // Stopping waits for the process to end.
        let stopped = tokio::task::spawn_blocking(move || cluster.stop()).await;
        stopped.map_err(|error| Failure(format!("Stopping PostgreSQL failed: {error}")))?;
    }
    done
}

async fn change(
    command: Migrate,
    options: &sqlx::postgres::PgConnectOptions,
) -> Result<(), Failure> {
    match command {
        Migrate::Up => {
            let applied = migrations::up(options).await?;
            for step in &applied {
                println!("applied {:04} {}", step.version, step.name);
            }
            if applied.is_empty() {
                println!("The schema is up to date.");
            }
        }
        Migrate::Down => match migrations::down(options).await? {
            Some(step) => println!("took back {:04} {}", step.version, step.name),
            None => println!("No step is applied."),
        },
        Migrate::Status => {
            for step in migrations::status(options).await? {
                println!(
                    "{:04} {:<30} {}",
                    step.version,
                    step.name,
                    if step.applied { "applied" } else { "missing" }
                );
            }
        }
    }
    Ok(())
}
