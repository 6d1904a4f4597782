//! `/api/database/backups…`: making, listing, sending and removing backups, and their schedule.

use super::{
    Context, Id,
    answer::{Created, Success},
    routes::{Routes, delete, get, put},
    typed::Typed,
};
use crate::{
    domain::{
        account::Scope,
        database_health::{Backup, BackupList, BackupSchedule},
    },
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures::stream;
use http::header;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

/// Read and sent at once.
const PIECE: usize = 64 * 1024;

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Administrator(Scope::DatabaseRead), Access::Administrator(Scope::DatabaseWrite));
    Routes::new()
        .route("/api/database/backups", get(reader, list).post(writer, make))
        .route("/api/database/backups/schedule", put(writer, set_schedule))
        .route("/api/database/backups/{id}", delete(writer, remove))
        .route("/api/database/backups/{id}/download", get(writer, download))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BackupAnswer {
    pub backup: Backup,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BackupScheduleAnswer {
    pub schedule: BackupSchedule,
}

/// All backups, the newest first, their schedule, and whether one can be made here.
#[utoipa::path(get, path = "/api/database/backups", tag = "Database",
    responses((status = 200, body = BackupList)))]
async fn list(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Success<BackupList>, ServiceError> {
    state.backups.list(&request).await.map(Success)
}

/// Begins a backup, which goes on by itself. The list tells how far it is.
#[utoipa::path(post, path = "/api/database/backups", tag = "Database",
    responses(
        (status = 201, body = BackupAnswer),
        (status = 409, description = "`backup_running`, or `backup_unavailable` with the reason")))]
async fn make(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Created<BackupAnswer>, ServiceError> {
    let backup = state.backups.begin(&request).await?;
    Ok(Created(BackupAnswer { backup }))
}

/// The file of a verified backup. It holds everything in the database: a token needs
/// `database:write`.
#[utoipa::path(get, path = "/api/database/backups/{id}/download", tag = "Database",
    responses((status = 200, content_type = "application/octet-stream", body = [u8])))]
async fn download(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Result<Response, ServiceError> {
    let found = state.backups.download(&request, id).await?;
    let pieces = stream::try_unfold(found.file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((piece, file)))
    });
    // The table takes no name that would need quoting.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, found.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", found.file_name)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// Removes a backup's file. Its line stays in the list, as removed.
#[utoipa::path(delete, path = "/api/database/backups/{id}", tag = "Database",
    responses((status = 200), (status = 409)))]
async fn remove(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Result<Success<()>, ServiceError> {
    state.backups.remove(&request, id).await.map(Success)
}

/// Says when backups are made by themselves and how many are kept; `nextRun` is the server's to
/// say.
#[utoipa::path(put, path = "/api/database/backups/schedule", tag = "Database",
    request_body = BackupSchedule, responses((status = 200, body = BackupScheduleAnswer)))]
async fn set_schedule(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(schedule): Typed<BackupSchedule>,
) -> Result<Success<BackupScheduleAnswer>, ServiceError> {
    let schedule = state.backups.set_schedule(&request, &schedule).await?;
    Ok(Success(BackupScheduleAnswer { schedule }))
}
