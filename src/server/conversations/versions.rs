//! Versions of a conversation. One that was never edited has one: itself.

use super::{ConversationService, read};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{ConversationContent, VersionAnswer, VersionView, VersionsAnswer},
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use sqlx::types::Json;
use uuid::Uuid;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This conversation");

impl ConversationService {
    /// All versions, the newest first.
    ///
    /// # Errors
    /// 404 when the person does not see the conversation.
    pub async fn versions(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<VersionsAnswer, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        // First: what is edited after this has its versions in the second statement.
        let present = sqlx::query_as!(
            VersionView,
            r#"SELECT version, NULL AS reason, NULL::integer AS restored_from,
                      created_by AS edited_by, public.colleague_name(created_by) AS editor_name,
                      created_at AS edited_at
                 FROM conversations WHERE id = $1"#,
            id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        let mut versions = sqlx::query_as!(
            VersionView,
            r#"SELECT version, reason, restored_from, edited_by,
                      public.colleague_name(edited_by) AS editor_name, edited_at
                 FROM conversation_versions WHERE conversation_id = $1 ORDER BY version DESC"#,
            id
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        if versions.is_empty() {
            versions.push(present);
        }
        Ok(VersionsAnswer { versions })
    }

    /// One version with its content.
    ///
    /// # Errors
    /// 404 when the person does not see the conversation, or there is no such version.
    pub async fn version(
        &self,
        request: &RequestContext,
        id: Uuid,
        version: i32,
    ) -> Result<VersionAnswer, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let present = read::read_one(&mut transaction, id).await?.ok_or(NOT_FOUND)?;
        let kept = sqlx::query!(
            r#"SELECT content AS "content: Json<ConversationContent>", reason, restored_from,
                      edited_by, public.colleague_name(edited_by) AS editor_name, edited_at
                 FROM conversation_versions WHERE conversation_id = $1 AND version = $2"#,
            id,
            version
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        match kept {
            Some(row) => Ok(VersionAnswer {
                version: VersionView {
                    version,
                    reason: row.reason,
                    restored_from: row.restored_from,
                    edited_by: row.edited_by,
                    editor_name: row.editor_name,
                    edited_at: row.edited_at,
                },
                content: row.content.0,
            }),
            None if version == present.version => Ok(VersionAnswer {
                content: present.content(),
                version: VersionView {
                    version,
                    reason: None,
                    restored_from: None,
                    edited_by: present.created_by,
                    editor_name: present.author_name,
                    edited_at: present.created_at,
                },
            }),
            None => Err(ServiceError::NotFound("This version")),
        }
    }
}
