//! Changing a comment, resolving it, and removing it.

use super::{ConversationService, NOT_FOUND, comment, edit, notices, read_one};
use crate::{
    api::conversations::comments::CommentPatch,
    domain::{accounts::Scope, conversations::CommentView},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        notifications::Recipients,
        postgres::Transaction,
    },
};
use uuid::Uuid;

/// A comment as it stands, locked until the end of the transaction.
struct Standing {
    author: Option<Uuid>,
    text: String,
    turn: Option<i32>,
}

impl ConversationService {
    /// Changes one's own text; resolves a comment or opens it again, which is for everybody who may
    /// comment.
    ///
    /// # Errors
    /// 403 for the text of somebody else; 400 for one that no comment can have; 404 and 403 as for
    /// every change.
    pub async fn change_comment(
        &self,
        request: &RequestContext,
        id: Uuid,
        comment_id: Uuid,
        patch: CommentPatch,
    ) -> Result<CommentView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let text = patch.text.as_deref().map(comment).transpose()?;
        let mut transaction = self.begin_change(request, person, id).await?;
        let standing = lock(&mut transaction, id, comment_id).await?;
        if text.is_some() && standing.author != Some(person) {
            let sentence = "Only whoever wrote a comment changes its text.";
            return Err(ServiceError::Forbidden(sentence));
        }
        let text = text.filter(|text| *text != standing.text);
        sqlx::query!(
            "UPDATE conversation_comments SET text = coalesce($2, text),
               edited_at = CASE WHEN $2 IS NULL THEN edited_at ELSE now() END,
               resolved_at = CASE WHEN $3 IS FALSE THEN NULL
                 WHEN $3 THEN coalesce(resolved_at, now()) ELSE resolved_at END,
               resolved_by = CASE WHEN $3 IS FALSE THEN NULL
                 WHEN $3 AND resolved_at IS NULL THEN $4 ELSE resolved_by END
             WHERE id = $1",
            comment_id,
            text,
            patch.is_resolved,
            person
        )
        .execute(&mut *transaction)
        .await?;
        let view = read_one(&mut transaction, id, comment_id).await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// Removes one's own comment. Owners and admins of the conversation's organization remove any;
    /// then whoever wrote it is told.
    ///
    /// # Errors
    /// 403 for the comment of somebody else; 404 and 403 as for every change.
    pub async fn remove_comment(
        &self,
        request: &RequestContext,
        id: Uuid,
        comment_id: Uuid,
    ) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.begin_change(request, person, id).await?;
        let standing = lock(&mut transaction, id, comment_id).await?;
        if standing.author != Some(person) {
            check_manages(&mut transaction, id, person).await?;
        }
        sqlx::query!("DELETE FROM conversation_comments WHERE id = $1", comment_id)
            .execute(&mut *transaction)
            .await?;
        if let Some(author) = standing.author.filter(|author| *author != person) {
            let about = notices::About::read(&mut transaction, id).await?;
            let who = edit::name(&mut transaction, person).await?;
            let notice = notices::removed(&about, who, comment_id, standing.turn, &standing.text);
            let author = Recipients::Person(author);
            self.notifications.send_in(&mut transaction, &author, &notice).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn lock(
    transaction: &mut Transaction,
    id: Uuid,
    comment: Uuid,
) -> Result<Standing, ServiceError> {
    sqlx::query_as!(
        Standing,
        "SELECT author_id AS author, text, turn FROM conversation_comments
         WHERE conversation_id = $1 AND id = $2 FOR UPDATE",
        id,
        comment
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NOT_FOUND)
}

async fn check_manages(
    transaction: &mut Transaction,
    id: Uuid,
    person: Uuid,
) -> Result<(), ServiceError> {
    let manages = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM conversations AS whole
             JOIN organization_members AS member USING (organization_id)
             WHERE whole.id = $1 AND member.user_id = $2 AND member.role IN ('owner', 'admin'))
             AS "manages!""#,
        id,
        person
    )
    .fetch_one(&mut **transaction)
    .await?;
    if manages {
        return Ok(());
    }
    Err(ServiceError::Forbidden(
        "Only whoever wrote a comment, and owners and admins of the organization, remove it.",
    ))
}
