//! `train audit …`

use super::{Failure, attach, record};
use crate::server::{
    config::Config,
    foundation::{error::ServiceError, operator::Subject},
    history::{self, Anchor},
    postgres::Database,
};
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Check that nobody altered or removed a row of the history; exit code 1 if somebody did
    Verify {
        /// An anchor that an earlier run printed: nothing that was there then may have changed
        /// since
        #[arg(long)]
        anchor: Option<Anchor>,
    },
    /// Move what is older than TRAIN_HISTORY_DAYS into the archive, as the server does once a day
    Archive,
}

pub(super) async fn run(command: Audit, config: &Config) -> Result<(), Failure> {
    match command {
        Audit::Verify { anchor } => verify(attach(config).await?.0, anchor).await,
        Audit::Archive => archive(config).await,
    }
}

async fn archive(config: &Config) -> Result<(), Failure> {
    let Some(days) = config.history_days else {
        println!("Everything is kept: TRAIN_HISTORY_DAYS is 0.");
        return Ok(());
    };
    let (database, _) = attach(config).await?;
    let moved = archived(&database, days).await;
    database.close().await;
    println!("Archived {} changes that are older than {days} days.", moved?);
    Ok(())
}

async fn archived(database: &Database, days: u32) -> Result<u64, ServiceError> {
    let moved = history::archive(database.pool(), days).await?;
    let details = json!({"days": days, "changes": moved});
    record::note_alone(database, "audit archive", Subject::default(), details).await?;
    Ok(moved)
}

async fn verify(database: Database, anchor: Option<Anchor>) -> Result<(), Failure> {
    let verified = history::verify(&database).await;
    let anchors = compare(&database, anchor.as_ref()).await;
    database.close().await;
    let history::Verified { rows, problems } = verified?;
    let (holds, now) = anchors?;
    for problem in &problems {
        println!("{problem}");
    }
    if !holds {
        println!("What was there at the time of the anchor is no longer the same.");
    }
    if problems.is_empty() && holds {
        println!("The history is whole: {rows} rows, each following from the one before it.");
        println!(
            "Anchor: {now}\nNote it outside of this database: “train audit verify --anchor” finds \
             whatever was altered or removed since, also by somebody who can rewrite everything \
             here."
        );
        return Ok(());
    }
    let findings = problems.len() + usize::from(!holds);
    Err(Failure(format!("The history was tampered with: {findings} findings.")))
}

/// Whether what an anchor covers is still the same, and the anchor of this moment.
async fn compare(
    database: &Database,
    noted: Option<&Anchor>,
) -> Result<(bool, Anchor), ServiceError> {
    let holds = match noted {
        Some(anchor) => anchor.holds(database).await?,
        None => true,
    };
    Ok((holds, Anchor::now(database).await?))
}
