//! `train admin …`

use super::{Failure, attach, password, record};
use crate::{
    domain::accounts::{EmailAddress, NewAccount, NewPassword, Role},
    server::{accounts::AccountService, config::Config, postgres::Database},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Make an administrator
    Create {
        #[arg(long)]
        email: String,
        /// How the person is called on the pages
        #[arg(long)]
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts
    List,
    /// List what operators and administrators did, the newest first
    Log {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Make an account administrator
    Promote { email: String },
    /// Keep an account from signing in, and end its sessions
    Disable { email: String },
    /// Let a disabled account sign in again
    Enable { email: String },
    /// Turn two-step verification off for somebody who lost their app and recovery codes
    ResetSecondFactor { email: String },
    /// Give an account another password, and end its sessions
    ResetPassword {
        email: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

/// What is asked of the operator is asked before the database is opened: it may have to be started
/// for it.
pub(super) async fn run(command: Admin, config: &Config) -> Result<(), Failure> {
    let work = prepare(command)?;
    let (database, accounts) = attach(config).await?;
    let done = work_on(work, &accounts, &database).await;
    drop(accounts);
    if done.is_ok() {
        // "Done" means that no server lets in whom it should not.
        database.events().settle().await;
    }
    database.close().await;
    done
}

/// A command whose input is complete and true.
enum Work {
    Create(NewAccount),
    List,
    Log(u32),
    Promote(EmailAddress),
    SetDisabled(EmailAddress, bool),
    ResetPassword(EmailAddress, NewPassword),
    ResetSecondFactor(EmailAddress),
}

fn prepare(command: Admin) -> Result<Work, Failure> {
    let address =
        |email: &str| EmailAddress::parse(email).map_err(|message| Failure(message.into()));
    Ok(match command {
        Admin::Create { email, name, password_stdin } => {
            let password = password::ask(password_stdin)?;
            Work::Create(NewAccount::parse(&email, password.expose(), &name, None)?)
        }
        Admin::List => Work::List,
        Admin::Log { limit } => Work::Log(limit),
        Admin::Promote { email } => Work::Promote(address(&email)?),
        Admin::Disable { email } => Work::SetDisabled(address(&email)?, true),
        Admin::Enable { email } => Work::SetDisabled(address(&email)?, false),
        Admin::ResetSecondFactor { email } => Work::ResetSecondFactor(address(&email)?),
        Admin::ResetPassword { email, password_stdin } => {
            let email = address(&email)?;
            let password = password::ask(password_stdin)?;
            let password = NewPassword::parse(password.expose(), Some(&email)).map_err(Failure)?;
            Work::ResetPassword(email, password)
        }
    })
}

async fn work_on(
    work: Work,
    accounts: &AccountService,
    database: &Database,
) -> Result<(), Failure> {
    match work {
        Work::Create(account) => {
            accounts.make_administrator(&account).await?;
            println!("{} is an administrator and can sign in.", account.email);
        }
        Work::List => list(accounts).await?,
        Work::Log(limit) => log(database, limit).await?,
        Work::Promote(email) => {
            accounts.promote(&email).await?;
            println!("{email} is an administrator now.");
        }
        Work::SetDisabled(email, disabled) => {
            accounts.set_disabled(&email, disabled).await?;
            println!(
                "{email} {}.",
                if disabled { "can no longer sign in" } else { "can sign in again" }
            );
        }
        Work::ResetSecondFactor(email) => {
            if !accounts.reset_second_factor(&email).await? {
                return Err(Failure(format!("{email} has no two-step verification.")));
            }
            println!("{email} signs in with the password alone now, and is told so.");
        }
        Work::ResetPassword(email, password) => {
            accounts.reset_password(&email, &password).await?;
            println!("{email} has the new password; all sessions of this account were ended.");
        }
    }
    Ok(())
}

async fn log(database: &Database, limit: u32) -> Result<(), Failure> {
    for action in record::actions(database, limit.into()).await? {
        let time = action.done_at.format("%Y-%m-%d %H:%M:%S");
        let (operator, host) = (action.operator, action.host);
        let subject = action.subject.unwrap_or_default();
        let details = match action.details.as_object() {
            Some(fields) if fields.is_empty() => String::new(),
            _ => action.details.to_string(),
        };
        let line = format!(
            "{:>5}  {time}  {operator}@{host}  {} {subject} {details}",
            action.number, action.command
        );
        println!("{}", line.trim_end());
    }
    Ok(())
}

async fn list(accounts: &AccountService) -> Result<(), Failure> {
    let lines = accounts.list().await?;
    if lines.is_empty() {
        println!(
            "There is no account yet. Make the first with: train admin create --email ADDRESS \
                --name NAME"
        );
    }
    for line in lines {
        let state = match (line.disabled_at, line.role) {
            (Some(_), _) => "disabled",
            (None, Role::Admin) => "admin",
            (None, Role::Member) => "member",
        };
        let seen = line
            .last_seen
            .map_or_else(|| "-".to_owned(), |time| time.format("%Y-%m-%d %H:%M").to_string());
        println!("{state:<9} {:<40} {:<30} seen {seen}", line.email, line.display_name);
    }
    Ok(())
}
