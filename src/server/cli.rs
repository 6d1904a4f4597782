//! The command line: `train` serves; the other commands are an operator's chores and work beside a
//! running server.
//!
//! Output goes to standard output, the log and errors to standard error. The exit code is 0 when
//! the command did what it says, 1 when it could not, 2 when it was not understood or the
//! environment holds a value that cannot be used.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on the terminal")]

mod admin;
mod audit;
mod backup;
mod confirm;
mod demo;
mod export;
mod import;
mod migrate;
mod password;
mod person;
mod record;
mod restore;
mod serve;
mod telemetry;
mod variables;
mod vault;

use crate::{
    domain::field_error::FieldError,
    server::{
        accounts::{AccountService, Limits, Rules},
        config::Config,
        foundation::error::ServiceError,
        notifications::NotificationService,
        postgres::{Database, DatabaseConfig, OpenError},
        vault::{KEY_FILE, KeySource},
    },
};
use clap::{Parser, Subcommand};
use std::{fmt, process::ExitCode};

/// Settings and administration for teams that make LoRA fine-tuning data with Claude.
#[derive(Debug, Parser)]
#[command(
    name = "train",
    version,
    about,
    after_help = "Configuration is by environment variables: see `train variables`."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the application (the default)
    Serve,
    /// Change the schema of the database
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Make and look after accounts
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Check the history of changes
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Back the whole database up
    Backup(backup::Backup),
    /// Restore a backup into a new database, or make a restored one the server's own
    Restore(restore::Restore),
    /// Add conversations to look around with, or remove them
    Demo(demo::Demo),
    /// Write conversations to a file that trainers take
    Export(export::Export),
    /// Import a file of conversations, or only check it
    Import(import::Import),
    /// Look after the stored keys
    #[command(subcommand)]
    Vault(vault::Command),
    /// List the environment variables that configure the program
    Variables,
}

/// Why a command did not do what it says: one sentence for the operator.
#[derive(Debug)]
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Vec<FieldError>> for Failure {
    fn from(errors: Vec<FieldError>) -> Self {
        Self(errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("\n"))
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Validation(fields) => fields.into(),
            // There is no request whose id could lead to the cause in a log: the operator reads it
            // here.
            ServiceError::Database(error) => Self(format!("The database refused: {error}")),
            ServiceError::Internal(cause) => Self(cause),
            other => Self(other.into_api("").error),
        }
    }
}

/// Reads the command line and the environment, and does it.
pub fn run() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let config = match command {
        // It helps with an environment that cannot be used.
        Command::Variables => Ok(Config::default()),
        _ => Config::from_environment(),
    };
    let config = match config {
        Ok(config) => config,
        Err(errors) => {
            for error in errors {
                eprintln!("{error}");
            }
            return ExitCode::from(2);
        }
    };
    telemetry::start(&config, matches!(command, Command::Serve));
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("The program cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match command {
            Command::Serve => serve::run(config).await,
            Command::Migrate(command) => migrate::run(command, &config).await,
            Command::Admin(command) => admin::run(command, &config).await,
            Command::Audit(command) => audit::run(command, &config).await,
            Command::Backup(command) => backup::run(command, &config).await,
            Command::Restore(command) => restore::run(command, &config).await,
            Command::Demo(command) => demo::run(command, &config).await,
            Command::Export(command) => export::run(command, &config).await,
            Command::Import(command) => import::run(command, &config).await,
            Command::Vault(command) => vault::run(command, &config).await,
            Command::Variables => variables::run(),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Drawing a page holds a thread for a while; with fewer than four, two such pages would make
/// everybody wait.
fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(4, usize::from).max(4)
}

/// Which database, from the environment.
fn database_config(config: &Config, connections: u32) -> DatabaseConfig {
    DatabaseConfig {
        url: config.database_url.as_ref().map(|url| url.expose().to_owned()),
        data_dir: config.data_dir.clone(),
        connections,
    }
}

/// For a chore: the database of a running server, or started for as long as the chore takes.
async fn attach(config: &Config) -> Result<(Database, AccountService), Failure> {
    let database = Database::attach(&database_config(config, 2)).await?;
    let rules = Rules {
        sign_up: config.sign_up,
        session_days: config.session_days,
        origin: None,
        limits: Limits::default(),
    };
    // A chore tells nobody by mail: the server that runs beside it, or the next one, does.
    let notifications = NotificationService::new(database.clone(), config.mail.is_some());
    Ok((database.clone(), AccountService::new(database, notifications, rules)))
}

/// Where the operator keeps the master key.
fn key_source(config: &Config) -> KeySource {
    match (&config.vault_keys, &config.database_url) {
        (Some(keys), _) => KeySource::Environment(keys.clone()),
        (None, None) => KeySource::File(config.data_dir.join(KEY_FILE)),
        (None, Some(_)) => KeySource::Missing,
    }
}
