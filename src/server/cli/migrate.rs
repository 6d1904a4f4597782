//! `train migrate …`

use super::{Failure, confirm, database_config};
use crate::server::{
    config::Config,
    postgres::{migrations, reach},
};
use clap::Subcommand;
use sqlx::postgres::PgConnectOptions;

#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    /// Apply what is missing
    Up,
    /// Take the newest step back, with what it owned; not beside a running server
    Down {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the steps and whether they are applied
    Status,
}

pub(super) async fn run(command: Migrate, config: &Config) -> Result<(), Failure> {
    // A server would go on with tables that are no longer there. The embedded one is found by its
    // lock here, others below.
    let beside = !matches!(command, Migrate::Down { .. });
    let mut reached = reach(&database_config(config, 1), beside).await?;
    let done = change(command, &reached.options).await;
    if let Some(cluster) = reached.cluster.take() {
        // Stopping waits for the process to end.
        let stopped = tokio::task::spawn_blocking(move || cluster.stop()).await;
        stopped.map_err(|error| Failure(format!("Stopping PostgreSQL failed: {error}")))?;
    }
    done
}

async fn change(command: Migrate, options: &PgConnectOptions) -> Result<(), Failure> {
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
        Migrate::Down { yes } => down(yes, options).await?,
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

async fn down(yes: bool, options: &PgConnectOptions) -> Result<(), Failure> {
    let applied = migrations::status(options).await?;
    let Some(newest) = applied.into_iter().rfind(|step| step.applied) else {
        println!("No step is applied.");
        return Ok(());
    };
    refuse_beside_others(options).await?;
    let name = options.get_database().unwrap_or(options.get_username());
    confirm::typed(
        yes,
        name,
        &format!(
            "Step {:04} {} of the schema is taken back from the database “{name}”, and every row \
             in what it made is lost. Make a backup before.",
            newest.version, newest.name
        ),
    )?;
    // Somebody may have started a server while the question stood.
    refuse_beside_others(options).await?;
    if let Some(step) = migrations::down(options).await? {
        migrations::note_down(options, &step).await?;
        println!("took back {:04} {}", step.version, step.name);
    }
    Ok(())
}

async fn refuse_beside_others(options: &PgConnectOptions) -> Result<(), Failure> {
    match migrations::users(options).await? {
        0 => Ok(()),
        others => Err(Failure(format!(
            "Servers or commands of Train are connected to this database ({others} connections). \
             Stop them first: they would go on with tables that are no longer there."
        ))),
    }
}
