//! Sends files. Each piece is read by a statement of its own when the one before was taken, so that
//! a slow reader holds one piece and no connection, and one that goes away nothing.

use super::{
    ExportService, NOT_FOUND, rows,
    sink::{PIECE, unpacked},
};
use crate::{
    domain::{
        accounts::Scope,
        error_code::ErrorCode,
        exports::{ExportState, ExportView},
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use axum::body::Bytes;
use futures::{Stream, stream};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// How long it takes at most until what another server wrote is seen.
const POLL: Duration = Duration::from_millis(100);

/// A file that may be fetched.
#[derive(Clone, Debug)]
pub struct Download {
    pub export: ExportView,
    id: Uuid,
}

/// From a byte up to another, which is not sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub from: i64,
    pub to: i64,
}

impl Download {
    /// How long it is and its checksum, once it is done.
    pub fn whole(&self) -> Option<(i64, &str)> {
        let is_done = self.export.state == ExportState::Done;
        let size = self.export.size_bytes.filter(|_| is_done)?;
        Some((size, self.export.sha256.as_deref()?))
    }
}

/// What stands of an export and of one of its pieces.
struct Look {
    state: String,
    size_bytes: Option<i64>,
    bytes: Option<Vec<u8>>,
}

impl ExportService {
    /// # Errors
    /// 404 for an export that the caller does not see, 403 for one that is not theirs or of an
    /// organization that they left, 409 when it has no file, 410 when it has none any more.
    pub async fn download(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<Download, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let export = rows::find(&mut transaction, id).await?;
        transaction.commit().await?;
        let export = export.ok_or(NOT_FOUND)?;
        if export.created_by != Some(person) {
            return Err(ServiceError::Forbidden("Only whoever began an export fetches its file."));
        }
        match export.state {
            ExportState::Expired => {
                let sentence = "The file is gone: the last ten of each person are kept, for 24 \
                                hours. Export again.";
                return Err(ServiceError::refused(ErrorCode::ExportExpired, sentence));
            }
            ExportState::Failed => {
                let why = export.error.as_deref().unwrap_or("It could not be written.");
                return Err(ServiceError::refused(ErrorCode::ExportUnfinished, why));
            }
            ExportState::Cancelled => {
                let sentence = "The export was stopped, so it has no file. Export again.";
                return Err(ServiceError::refused(ErrorCode::ExportUnfinished, sentence));
            }
            ExportState::Queued | ExportState::Running | ExportState::Done => {}
        }
        if !export.can_download {
            return Err(ServiceError::Forbidden(
                "You have left the organization whose conversations these are.",
            ));
        }
        Ok(Download { export, id })
    }

    /// A part of a file that is done.
    pub fn part(
        &self,
        download: &Download,
        part: Part,
    ) -> impl Stream<Item = Result<Bytes, ServiceError>> + Send + use<> {
        let (service, id) = (self.clone(), download.id);
        stream::try_unfold(part, move |part| {
            let service = service.clone();
            async move {
                if part.from >= part.to {
                    return Ok(None);
                }
                let start = piece_of(part.from);
                let bytes = service.look(id, start).await?.bytes.ok_or_else(broken_off)?;
                let bytes = Bytes::from(unpacked(&bytes)?);
                let within = |at: i64| usize::try_from(at - start).unwrap_or_default();
                let end = within(part.to).min(bytes.len());
                let bytes = bytes.slice(within(part.from).min(end)..end);
                if bytes.is_empty() {
                    return Err(broken_off());
                }
                let from = part.from + i64::try_from(bytes.len()).unwrap_or_default();
                Ok(Some((bytes, Part { from, ..part })))
            }
        })
    }

    /// A file from its beginning, as it is written. It breaks off when writing does.
    pub fn follow(
        &self,
        download: &Download,
    ) -> impl Stream<Item = Result<Bytes, ServiceError>> + Send + use<> {
        let (service, id) = (self.clone(), download.id);
        stream::try_unfold(0_i64, move |at| {
            let service = service.clone();
            async move {
                loop {
                    let grown = service.grown.notified();
                    tokio::pin!(grown);
                    // Before it is looked: what is stored meanwhile is not missed.
                    grown.as_mut().enable();
                    let look = service.look(id, at).await?;
                    if let Some(bytes) = look.bytes {
                        let bytes = Bytes::from(unpacked(&bytes)?);
                        let next = at + i64::try_from(bytes.len()).unwrap_or_default();
                        return Ok(Some((bytes, next)));
                    }
                    match look.state.parse().map_err(ServiceError::Internal)? {
                        ExportState::Queued | ExportState::Running => {}
                        ExportState::Done if look.size_bytes == Some(at) => return Ok(None),
                        _ => return Err(broken_off()),
                    }
                    let _ = timeout(POLL, grown).await;
                }
            }
        })
    }

    async fn look(&self, id: Uuid, start: i64) -> Result<Look, ServiceError> {
        let look = sqlx::query_as!(
            Look,
            r#"SELECT own.state, own.size_bytes, piece.bytes AS "bytes?"
               FROM exports AS own
               LEFT JOIN export_chunks AS piece ON piece.export_id = own.id AND piece.start = $2
               WHERE own.id = $1"#,
            id,
            start
        )
        .fetch_optional(self.db.pool())
        .await?;
        look.ok_or_else(broken_off)
    }
}

/// Where the piece begins that has a byte.
fn piece_of(at: i64) -> i64 {
    let piece = i64::try_from(PIECE).unwrap_or(i64::MAX);
    at / piece * piece
}

fn broken_off() -> ServiceError {
    ServiceError::Internal("an export ended before its file did".into())
}
