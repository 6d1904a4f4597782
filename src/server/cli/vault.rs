//! `train vault …`

use super::{Failure, attach};
use crate::server::{
    config::Config,
    vault::{KeyError, KeySource, Vault},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Encrypt all stored keys under another master key: a fresh one in the key file, or TRAIN_VAULT_KEY instead of TRAIN_VAULT_PREVIOUS_KEY
    Rotate,
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self(error.to_string())
    }
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let Command::Rotate = command;
    let (database, accounts) = attach(config).await?;
    drop(accounts);
    let rotated = match Vault::open(database.clone(), KeySource::of(config)) {
        Ok(vault) => vault.rotate_master().await.map_err(Failure::from),
        Err(error) => Err(error.into()),
    };
    database.close().await;
    let count = rotated?;
    println!("The vault has its new master key; {count} stored keys were encrypted anew.");
    Ok(())
}
