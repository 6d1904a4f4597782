//! `train import`

use super::{Failure, attach, person::request_of};
use crate::{
    domain::{
        accounts::{EmailAddress, Scope},
        imports::{ImportRequest, ImportState, ImportView, MAX_PIECE},
    },
    server::{
        config::Config,
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{self, Subject},
        },
        imports::ImportService,
        notifications::NotificationService,
        postgres::Database,
        preferences::PreferenceService,
    },
};
use clap::Args;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{fs::File, io::AsyncReadExt as _, time::sleep};
use uuid::Uuid;

/// Between two looks at what another server works on.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(super) struct Import {
    /// JSON Lines (OpenAI messages, `ShareGPT`, Alpaca, prompt and completion), a JSON array of
    /// these, or CSV as `train export` writes it
    file: PathBuf,
    /// For whom: they go to this person's organization, or to the person alone without one
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Where the conversations come from, for those that do not say it themselves
    #[arg(long, default_value = "")]
    origin: String,
    /// Under which terms they may be used, likewise
    #[arg(long, default_value = "")]
    license: String,
    /// Only check the file: fails when anything is wrong with it
    #[arg(long)]
    dry_run: bool,
    /// Also import what is there already, word for word
    #[arg(long)]
    duplicates: bool,
}

pub(super) async fn run(command: Import, config: &Config) -> Result<(), Failure> {
    let email = EmailAddress::parse(&command.email).map_err(|message| Failure(message.into()))?;
    let (file, size) = open(&command.file).await?;
    let (database, _) = attach(config).await?;
    let notifications = NotificationService::new(database.clone(), config.mail.is_some());
    let preferences = PreferenceService::new(database.clone(), database.events().clone());
    let service = ImportService::new(database.clone(), preferences, notifications);
    let done = import(&command, &email, &database, &service, (file, size)).await;
    database.close().await;
    println!("{}", done?);
    Ok(())
}

async fn open(path: &Path) -> Result<(File, i64), Failure> {
    let failure = |error| Failure(format!("{} cannot be read: {error}", path.display()));
    let file = File::open(path).await.map_err(failure)?;
    let about = file.metadata().await.map_err(failure)?;
    match about.is_file() {
        true => Ok((file, i64::try_from(about.len()).unwrap_or(i64::MAX))),
        false => Err(Failure(format!("{} is no file.", path.display()))),
    }
}

async fn import(
    command: &Import,
    email: &EmailAddress,
    database: &Database,
    service: &ImportService,
    (file, size_bytes): (File, i64),
) -> Result<String, Failure> {
    let request = request_of(database, email).await?;
    let name = command.file.file_name().unwrap_or_default().to_string_lossy();
    let wanted = ImportRequest {
        file_name: name.chars().take(255).collect(),
        size_bytes,
        origin: command.origin.clone(),
        license: command.license.clone(),
    };
    let id = service.create(&request, wanted, None).await?.id;
    let done = follow(command, service, &request, id, file).await;
    let over = service.read(&request, id).await?;
    // Nobody would come back to one that is left in the middle.
    if over.state == ImportState::Done {
        let mut transaction = database.begin().await.map_err(ServiceError::from)?;
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let subject = Subject { id: Some(person), name: Some(email.as_str()) };
        let details = json!({"file": name, "imported": over.imported});
        operator::note(&mut transaction, "import", subject, details).await?;
        transaction.commit().await.map_err(ServiceError::from)?;
    } else {
        service.stop(&request, id).await?;
    }
    done
}

/// Sends the file, waits until it was looked at, and imports it; answers what came of it.
async fn follow(
    command: &Import,
    service: &ImportService,
    request: &RequestContext,
    id: Uuid,
    mut file: File,
) -> Result<String, Failure> {
    send(service, request, id, &mut file).await?;
    let checked = ended(service, request, id).await?;
    tell_problems(service, request, id).await?;
    let sum = sum(&checked);
    match checked.state {
        ImportState::Checked if command.dry_run && checked.problems > 0 => Err(Failure(sum)),
        ImportState::Checked if command.dry_run => Ok(sum),
        ImportState::Checked => {
            service.start(request, id, command.duplicates).await?;
            let done = ended(service, request, id).await?;
            match done.state {
                ImportState::Done => {
                    let (sum, count) = (self::sum(&done), done.imported);
                    let sum = format!("{sum}\n{count} conversations were imported.");
                    if done.problems > 0 { Err(Failure(sum)) } else { Ok(sum) }
                }
                _ => Err(Failure(done.error.unwrap_or_else(|| "It was dropped.".into()))),
            }
        }
        _ => Err(Failure(checked.error.unwrap_or_else(|| "It was dropped.".into()))),
    }
}

async fn send(
    service: &ImportService,
    request: &RequestContext,
    id: Uuid,
    file: &mut File,
) -> Result<(), Failure> {
    let mut start = 0;
    loop {
        let mut piece = Vec::new();
        file.take(MAX_PIECE as u64).read_to_end(&mut piece).await?;
        if piece.is_empty() {
            break;
        }
        let size = i64::try_from(piece.len()).unwrap_or_default();
        service.upload(request, id, start, piece).await?;
        start += size;
    }
    match service.read(request, id).await?.state {
        ImportState::Uploading => {
            Err(Failure("The file became shorter while it was read. Nothing was imported.".into()))
        }
        _ => Ok(()),
    }
}

/// Works on what waits, also for others, until this one was looked at or imported. A server that
/// runs beside may be quicker.
async fn ended(
    service: &ImportService,
    request: &RequestContext,
    id: Uuid,
) -> Result<ImportView, Failure> {
    loop {
        let import = service.read(request, id).await?;
        if !import.state.is_open() {
            return Ok(import);
        }
        if !service.run_next().await? {
            sleep(PAUSE).await;
        }
    }
}

async fn tell_problems(
    service: &ImportService,
    request: &RequestContext,
    id: Uuid,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let problems = service.problems(request, id, after).await?;
        let Some(last) = problems.last() else { return Ok(()) };
        after = Some(last.number);
        for problem in &problems {
            println!("line {}: {}", problem.line, problem.message);
        }
    }
}

fn sum(import: &ImportView) -> String {
    let ImportView { total, valid, untrainable, duplicates, problems, .. } = import;
    let format = import.format.map_or("no format", |format| format.label());
    format!(
        "{format}: {total} conversations, {valid} can be imported ({untrainable} of them no \
         trainer takes, {duplicates} are here already); {problems} problems."
    )
}
