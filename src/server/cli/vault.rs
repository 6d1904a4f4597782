//! `train vault …`

use super::{Failure, attach, confirm, key_source, record};
use crate::server::{
    config::Config,
    foundation::operator::Subject,
    postgres::Database,
    vault::{KeyError, Rotated, SealedKeys, SealedState, Vault},
};
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say which stored keys can be opened with the master keys at hand; exit code 1 if some cannot
    Status,
    /// Encrypt all stored keys under another master key: a fresh one in the key file, or
    /// TRAIN_VAULT_KEY instead of TRAIN_VAULT_PREVIOUS_KEY
    Rotate,
    /// Make a new key file although the one that keys are stored under is missing: those keys are
    /// given up
    Replace {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self(error.to_string())
    }
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let (database, accounts) = attach(config).await?;
    drop(accounts);
    let done = match Vault::open(database.clone(), key_source(config)) {
        Ok(vault) => work(command, &database, &vault).await,
        Err(error) => Err(error.into()),
    };
    database.close().await;
    done
}

async fn work(command: Command, database: &Database, vault: &Vault) -> Result<(), Failure> {
    match command {
        Command::Status => status(vault).await,
        Command::Rotate => {
            let Rotated { sealed, passed_over } = vault.rotate_master().await?;
            note(database, "vault rotate", sealed).await?;
            println!("The vault has its new master key; {sealed} stored keys were encrypted anew.");
            if passed_over > 0 {
                println!(
                    "{passed_over} stored keys were passed over: their master key is not here, \
                     and they cannot be used. “train vault status” says which it is."
                );
            }
            Ok(())
        }
        Command::Replace { yes } => {
            let count = vault.status().await?.iter().map(|keys| keys.count).sum::<u64>();
            confirm::typed(
                yes,
                "replace",
                &format!(
                    "{count} stored keys were encrypted under a master key that is not here. With \
                     a new one nobody can use them again; their owners have to store theirs anew. \
                     If there is a backup of vault.key, bring it back instead."
                ),
            )?;
            let count = vault.replace_master().await?;
            note(database, "vault replace", count).await?;
            println!("There is a new master key. {count} stored keys are unreadable now.");
            Ok(())
        }
    }
}

async fn note(database: &Database, command: &str, keys: u64) -> Result<(), Failure> {
    let details = json!({"keys": keys});
    Ok(record::note_alone(database, command, Subject::default(), details).await?)
}

async fn status(vault: &Vault) -> Result<(), Failure> {
    match vault.master_keys() {
        Ok(ids) => println!("Master keys here: {}", ids.join(", ")),
        Err(why) => println!("There is no master key here: {why}"),
    }
    let status = vault.status().await?;
    if status.is_empty() {
        println!("No key is stored.");
    }
    let mut closed = 0;
    for SealedKeys { state, key_id, owners, count } in status {
        let words = match state {
            SealedState::Opens => "readable",
            SealedState::MasterKeyMissing => "unreadable: their master key is not here",
            SealedState::Damaged => "unreadable: they were altered",
        };
        println!("{count:>8}  {owners:<12}  stored under {key_id}  {words}");
        closed += if state == SealedState::Opens { 0 } else { count };
    }
    match closed {
        0 => Ok(()),
        closed => Err(Failure(format!(
            "{closed} stored keys are unreadable. Bring their master key back, or let their owners \
             store them again."
        ))),
    }
}
