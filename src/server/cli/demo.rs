//! `train demo`

use super::{Failure, attach};
use crate::{
    domain::accounts::EmailAddress,
    server::{config::Config, demonstration::DemonstrationService},
};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// For whom: they go to this person's organization, or to the person alone without one
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Remove all of them again, and nothing else
    #[arg(long)]
    remove: bool,
}

pub(super) async fn run(command: Demo, config: &Config) -> Result<(), Failure> {
    let email = EmailAddress::parse(&command.email).map_err(|message| Failure(message.into()))?;
    let (database, _) = attach(config).await?;
    let service = DemonstrationService::new(database.clone());
    let done = match command.remove {
        true => service
            .remove_for(&email)
            .await
            .map(|done| format!("{} demonstration conversations were removed.", done.removed)),
        false => service.add_for(&email).await.map(|done| match done.added {
            0 => format!("Nothing was added: there are {} already.", done.total),
            added => format!("{added} demonstration conversations were added."),
        }),
    };
    database.close().await;
    println!("{}", done?);
    Ok(())
}
