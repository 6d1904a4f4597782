//! The file, piece by piece.

use super::ImportService;
use crate::{
    domain::{
        error_code::ErrorCode,
        imports::{ImportState, ImportView},
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use uuid::Uuid;

impl ImportService {
    /// Keeps a piece of the file. What has come already is passed over; with the last one the file
    /// waits to be looked at.
    ///
    /// # Errors
    /// 404 for an import that is not the caller's; 400 for a piece that is empty or goes beyond the
    /// end; 409 for one that begins behind what has come, and when nothing is waited for.
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
