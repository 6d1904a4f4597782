//! `/api/database/backups…`: making, listing, sending and removing backups, and their schedule.

use crate::{
    api::{
        database::backups::{
            BackupAnswer, BackupScheduleAnswer, DownloadBackup, ListBackups, MakeBackup,
            RemoveBackup, SetBackupSchedule,
        },
        operation::Done,
    },
    domain::{accounts::Scope, database::BackupsAnswer},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            respond::{Head, Respond},
            routes::Routes,
        },
    },
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use futures::stream;
use http::header;
use tokio::io::AsyncReadExt;

/// Read and sent at once.
const PIECE: usize = 64 * 1024;

const READ: Access = Access::Administrator(Scope::DatabaseRead);
const WRITE: Access = Access::Administrator(Scope::DatabaseWrite);

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListBackups>()
        .on::<MakeBackup>()
        .on::<SetBackupSchedule>()
        .on::<RemoveBackup>()
        .raw::<DownloadBackup>()
}

impl Handle for ListBackups {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<BackupsAnswer, ServiceError> {
        call.state.backups.list(&call.request).await
    }
}

impl Handle for MakeBackup {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<BackupAnswer, ServiceError> {
        let backup = call.state.backups.begin(&call.request).await?;
        Ok(BackupAnswer { backup })
    }
}

impl Handle for SetBackupSchedule {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<BackupScheduleAnswer, ServiceError> {
        let schedule = call.state.backups.set_schedule(&call.request, &call.body).await?;
        Ok(BackupScheduleAnswer { schedule })
    }
}

impl Handle for RemoveBackup {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.backups.remove(&call.request, call.at).await?;
        Ok(Done {})
    }
}

impl Respond for DownloadBackup {
    const ACCESS: Access = WRITE;

    async fn respond(call: Call<Self>, _: Head) -> Result<Response, ServiceError> {
        let found = call.state.backups.download(&call.request, call.at).await?;
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
}
