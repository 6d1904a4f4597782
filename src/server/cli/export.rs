//! `train export`

use super::{Failure, database_config, person::request_of};
use crate::{
    api::exports::ExportRequest,
    domain::{
        accounts::{EmailAddress, Scope},
        exports::{ExportView, ExportWishes, JsonlKind, LeftOut},
        preferences::values::ExportFormat,
    },
    server::{
        config::Config,
        conversation_policy::ConversationPolicyService,
        exports::ExportService,
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{self, Subject},
            shutdown::Shutdown,
        },
        notifications::NotificationService,
        postgres::Database,
        preferences::PreferenceService,
    },
};
use clap::Args;
use futures::{StreamExt as _, pin_mut};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    io::ErrorKind,
    os::fd::AsFd as _,
    path::{Path, PathBuf},
};
use tokio::{
    fs::{self, File},
    io::{AsyncWrite, AsyncWriteExt as _},
};
use uuid::Uuid;

/// What the file is written by, and what is sent of it, each have one.
const CONNECTIONS: u32 = 6;

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Whose conversations: this person's own and those of their organization, by their preferences
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// json, jsonl, csv or markdown
    #[arg(long, value_parser = format)]
    format: Option<ExportFormat>,
    /// Of JSONL: openai, sharegpt, alpaca or `prompt_completion`
    #[arg(long)]
    kind: Option<JsonlKind>,
    /// Those that fit these filters, as the address of the list has them: `status=approved`
    #[arg(long, value_name = "QUERY", conflicts_with = "version")]
    filter: Option<String>,
    /// This version of a data set
    #[arg(long, value_name = "ID")]
    version: Option<Uuid>,
    /// What is left out otherwise, joined by commas: demonstration, archived, rejected,
    /// untrainable, `below_minimum`
    #[arg(long, value_name = "REASONS", value_delimiter = ',')]
    include: Vec<LeftOut>,
    /// One zip with the data, the card, the manifest and configurations of trainers
    #[arg(long)]
    bundle: bool,
    /// Where to: a file, which is replaced once all is written, or `-` for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Export {
    fn request(&self) -> ExportRequest {
        let query = self.filter.clone().or_else(|| self.version.is_none().then(String::new));
        ExportRequest {
            conversations: Vec::new(),
            query,
            version_id: self.version,
            options: ExportWishes {
                format: self.format,
                kind: self.kind,
                bundle: Some(self.bundle),
                // The name of the file is the caller's, and says whether it is packed.
                gzip: Some(self.out.extension().is_some_and(|end| end == "gz")),
                include: self.include.clone(),
                ..ExportWishes::default()
            },
        }
    }

    fn is_standard(&self) -> bool {
        self.out == Path::new("-")
    }
}

pub(super) async fn run(command: Export, config: &Config) -> Result<(), Failure> {
    let email = EmailAddress::parse(&command.email).map_err(|message| Failure(message.into()))?;
    let database = Database::attach(&database_config(config, CONNECTIONS)).await?;
    let notifications = NotificationService::new(database.clone(), config.mail.is_some());
    let preferences = PreferenceService::new(database.clone(), database.events().clone());
    let policies = ConversationPolicyService::new(database.clone(), notifications);
    let service = ExportService::new(database.clone(), preferences, policies);
    // Whichever is first writes it: this process, or a server.
    let shutdown = Shutdown::default();
    let worker = service.work(shutdown.clone());
    let done = export(&command, &email, &database, &service).await;
    shutdown.cancel();
    let _ = worker.await;
    database.close().await;
    let export = done?;
    for left in &export.left_out {
        eprintln!("Left out: {}, {}.", left.count, left.reason.label());
    }
    for warning in &export.warnings {
        eprintln!("Look at: {} in {} conversations.", warning.kind.label(), warning.count);
    }
    let sum = format!(
        "{} conversations, {} bytes, SHA-256 {}",
        export.written,
        export.size_bytes.unwrap_or_default(),
        export.sha256.unwrap_or_default()
    );
    match command.is_standard() {
        true => eprintln!("{sum}"),
        false => println!("{}: {sum}", command.out.display()),
    }
    Ok(())
}

async fn export(
    command: &Export,
    email: &EmailAddress,
    database: &Database,
    service: &ExportService,
) -> Result<ExportView, Failure> {
    let request = request_of(database, email).await?;
    let id = service.create(&request, command.request(), None).await?.id;
    let written = match command.is_standard() {
        true => match standard_output() {
            Ok(mut out) => write(service, &request, id, &mut out, "The output").await,
            Err(failure) => Err(failure),
        },
        false => write_file(service, &request, id, &command.out).await,
    };
    let export = service.read(&request, id).await;
    // It is written elsewhere now, or nobody will come for it. The log keeps what it was.
    let stopped = service.stop(&request, id).await;
    written?;
    if let Err(error) = stopped {
        tracing::warn!(%error, "the export's file stays in the database for a day");
    }
    let export = export?;
    let mut transaction = database.begin().await.map_err(ServiceError::from)?;
    let person = request.allow(Scope::ConversationsRead)?.user_id;
    let subject = Subject { id: Some(person), name: Some(email.as_str()) };
    let details = json!({"export": id, "conversations": export.written});
    operator::note(&mut transaction, "export", subject, details).await?;
    transaction.commit().await.map_err(ServiceError::from)?;
    Ok(export)
}

/// Writes beside the file, and puts it into its place once it is whole.
async fn write_file(
    service: &ExportService,
    request: &RequestContext,
    id: Uuid,
    path: &Path,
) -> Result<(), Failure> {
    let name = path.display().to_string();
    let Some(last) = path.file_name() else {
        return Err(Failure(format!("{name} is no name of a file.")));
    };
    let mut part = last.to_owned();
    part.push(".part");
    let part = path.with_file_name(part);
    let mut file = File::create(&part).await.map_err(|error| cannot(&name, &error))?;
    let written = async {
        write(service, request, id, &mut file, &name).await?;
        file.sync_all().await.map_err(|error| cannot(&name, &error))?;
        fs::rename(&part, path).await.map_err(|error| cannot(&name, &error))
    }
    .await;
    if written.is_err() {
        let _ = fs::remove_file(&part).await;
    }
    written
}

async fn write(
    service: &ExportService,
    request: &RequestContext,
    id: Uuid,
    out: &mut (impl AsyncWrite + Unpin),
    name: &str,
) -> Result<(), Failure> {
    let file = service.download(request, id).await?;
    let pieces = service.follow(&file);
    pin_mut!(pieces);
    let mut hash = Sha256::new();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            let why = service.read(request, id).await?.error;
            return Err(Failure(why.unwrap_or_else(|| "The export broke off.".into())));
        };
        hash.update(&piece);
        out.write_all(&piece).await.map_err(|error| cannot(name, &error))?;
    }
    out.flush().await.map_err(|error| cannot(name, &error))?;
    let whole = service.read(request, id).await?;
    match whole.sha256 == Some(hex::encode(hash.finalize())) {
        true => Ok(()),
        false => Err(Failure("What was written has not the checksum of the export.".into())),
    }
}

fn standard_output() -> Result<File, Failure> {
    let own = std::io::stdout().as_fd().try_clone_to_owned();
    let own = own.map_err(|error| cannot("The output", &error))?;
    Ok(File::from_std(own.into()))
}

fn format(word: &str) -> Result<ExportFormat, String> {
    let found = ExportFormat::ALL.into_iter().find(|format| format.as_str() == word);
    found.ok_or_else(|| "choose json, jsonl, csv or markdown".into())
}

fn cannot(name: &str, error: &std::io::Error) -> Failure {
    Failure(match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("{name} could not be written: there is no room left on the disk.")
        }
        ErrorKind::BrokenPipe => "Nobody reads the output any more.".into(),
        ErrorKind::PermissionDenied => format!("{name} may not be written."),
        ErrorKind::NotFound => format!("{name} cannot be made: there is no such directory."),
        _ => format!("{name} could not be written: {error}"),
    })
}
