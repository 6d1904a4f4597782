//! The file, piece by piece.

use super::ImportService;
use crate::{
    domain::{
        error_code::ErrorCode,
        imports::{ImportState, ImportView},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::Transaction,
    },
};
use uuid::Uuid;

impl ImportService {
    /// Keeps a piece of the file. What has come already is compared and passed over; with the last
    /// one the file waits to be looked at.
    ///
    /// # Errors
    /// 404 for an import that is not the caller's; 400 for a piece that is empty or goes beyond the
    /// end; 409 for one that begins behind what has come or differs from it, and when nothing is
    /// waited for.
    pub async fn upload(
        &self,
        request: &RequestContext,
        id: Uuid,
        start: i64,
        piece: Vec<u8>,
    ) -> Result<ImportView, ServiceError> {
        let (mut transaction, import) = self.begin_on(request, id).await?;
        let size = i64::try_from(piece.len()).unwrap_or(i64::MAX);
        let wrong = match start {
            ..0 => Some("A file begins at byte 0."),
            _ if size == 0 => Some("This piece is empty."),
            start if start.saturating_add(size) > import.size_bytes => {
                Some("This piece goes beyond the size that the file was said to have.")
            }
            _ => None,
        };
        if let Some(sentence) = wrong {
            return Err(ServiceError::field("start", sentence));
        }
        // Whoever lost the answer sends it again.
        let known = import.received_bytes - start;
        let again = usize::try_from(known).unwrap_or_default().min(piece.len());
        if !is_same(&mut transaction, id, start, &piece[..again]).await? {
            let sentence = "This is another file than the one that was begun with, or it was \
                            changed since. Drop this import and begin another one.";
            return Err(ServiceError::refused(ErrorCode::ImportUnready, sentence));
        }
        if known >= size && import.state != ImportState::Cancelled {
            transaction.commit().await?;
            return Ok(import);
        }
        if import.state != ImportState::Uploading {
            let sentence = "This import takes no file any more. Begin another one.";
            return Err(ServiceError::refused(ErrorCode::ImportUnready, sentence));
        }
        let Ok(known) = usize::try_from(known) else {
            let sentence =
                format!("Something is missing. Go on at byte {}.", import.received_bytes);
            return Err(ServiceError::refused(ErrorCode::ImportUnready, sentence));
        };
        sqlx::query!(
            "INSERT INTO import_chunks (import_id, start, bytes) VALUES ($1, $2, $3)",
            id,
            import.received_bytes,
            piece.get(known..).unwrap_or_default()
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE imports SET received_bytes = $2,
               state = CASE WHEN $2 = size_bytes THEN 'checking' ELSE state END
             WHERE id = $1",
            id,
            start + size
        )
        .execute(&mut *transaction)
        .await?;
        self.answer(transaction, id).await
    }
}

/// Whether these bytes, which begin at `start`, are what has come already. Of a file that was read
/// to its end nothing is left to compare with.
async fn is_same(
    transaction: &mut Transaction,
    id: Uuid,
    start: i64,
    bytes: &[u8],
) -> Result<bool, ServiceError> {
    let end = start.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    let stored = sqlx::query!(
        "SELECT start, bytes FROM import_chunks
         WHERE import_id = $1 AND start < $3 AND start + octet_length(bytes) > $2
         ORDER BY start",
        id,
        start,
        end
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(stored.iter().all(|chunk| {
        let from = usize::try_from(start - chunk.start).unwrap_or_default();
        let at = usize::try_from(chunk.start - start).unwrap_or_default();
        let both = chunk.bytes[from..].iter().zip(&bytes[at..]);
        both.into_iter().all(|(stored, sent)| stored == sent)
    }))
}
