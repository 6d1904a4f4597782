//! `train backup`

use super::{Failure, attach};
use crate::server::{
    config::Config,
    database::backups::{BackupService, Initiator},
};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Write to this file, which must not exist, instead of the directory for backups; it is not
    /// listed then
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(command: Backup, config: &Config) -> Result<(), Failure> {
    let (database, _) = attach(config).await?;
    let settings = config.backups();
    let directory = settings.directory.clone();
    let backups = BackupService::new(database.clone(), settings);
    let made = match command.output {
        Some(file) => backups
            .write_to(&file)
            .await
            .map(|written| (file, written.size, written.checksum, written.entries)),
        None => backups.make(Initiator::Command, None).await.map(|made| {
            // A verified one has both.
            let (checksum, entries) =
                (made.checksum.unwrap_or_default(), made.entries.unwrap_or_default());
            (directory.join(made.file_name), made.size_bytes, checksum, entries)
        }),
    };
    database.close().await;
    let (file, size, checksum, entries) = made?;
    println!("{}: {size} bytes, {entries} entries, SHA-256 {checksum}", file.display());
    println!("The master key of stored keys is not in it: keep that apart.");
    Ok(())
}
