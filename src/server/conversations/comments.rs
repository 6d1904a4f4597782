//! Comments about conversations.
//!
//! A comment about a turn keeps the md5 of what was said there (its anchor). It is outdated as long
//! as something else is said at that place, and no longer when the old words are brought back.

mod change;
mod notices;
mod post;

use super::{ConversationService, edit};
use crate::{
    api::conversations::comments::CommentDraftRequest,
    domain::{
        accounts::Scope,
        conversations::{Colleague, CommentDraft, CommentView, CommentsAnswer, MAX_COMMENT},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::Transaction,
    },
};
use uuid::Uuid;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This comment");

impl ConversationService {
    /// Everything that is said about a conversation, what the person began to say, and whom they
    /// can mention.
    ///
    /// # Errors
    /// 404 when the person does not see the conversation.
    pub async fn comments(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<CommentsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let is_seen = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM conversations WHERE id = $1) AS "seen!""#,
            id
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !is_seen {
            return Err(ServiceError::NotFound("This conversation"));
        }
        let answer = CommentsAnswer {
            comments: read(&mut transaction, id, None).await?,
            drafts: drafts(&mut transaction, id, person).await?,
            colleagues: colleagues(&mut transaction, id, person).await?,
        };
        transaction.commit().await?;
        Ok(answer)
    }

    /// Keeps what the person began to say; nothing but space removes it.
    ///
    /// # Errors
    /// 400 for a text that no comment can have and a turn that is not there; 404 and 403 as for
    /// every change.
    pub async fn keep_draft(
        &self,
        request: &RequestContext,
        id: Uuid,
        draft: CommentDraftRequest,
    ) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let text = without_returns(&draft.text);
        check(&text)?;
        let mut transaction = self.db.as_person(request).await?;
        edit::check_theirs(&mut transaction, person, id).await?;
        if text.trim().is_empty() {
            remove_draft(&mut transaction, id, person, draft.turn).await?;
        } else {
            // By the person's own right: what they did not say yet is theirs alone.
            let kept = sqlx::query!(
                "INSERT INTO comment_drafts (user_id, conversation_id, turn, text)
                 SELECT $2, id, coalesce($3, 0), $4 FROM conversations
                 WHERE id = $1 AND ($3::integer IS NULL OR $3 BETWEEN 1 AND turn_count)
                 ON CONFLICT (user_id, conversation_id, turn)
                   DO UPDATE SET text = excluded.text, updated_at = now()",
                id,
                person,
                draft.turn,
                text
            )
            .execute(&mut *transaction)
            .await?;
            if kept.rows_affected() == 0 {
                return Err(no_turn(draft.turn));
            }
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// The comments about a conversation, the oldest first; with `one`, that one alone.
async fn read(
    transaction: &mut Transaction,
    id: Uuid,
    one: Option<Uuid>,
) -> Result<Vec<CommentView>, ServiceError> {
    Ok(sqlx::query_as!(
        CommentView,
        r#"SELECT said.id, said.turn, said.text, said.mentions, said.author_id AS author,
                  said.turn IS NOT NULL AND said.anchor IS DISTINCT FROM
                    md5(whole.turns -> (said.turn - 1) ->> 'content') AS "is_outdated!",
                  public.colleague_name(said.author_id) AS author_name, said.created_at,
                  said.edited_at, said.resolved_at,
                  public.colleague_name(said.resolved_by) AS resolver_name
             FROM conversation_comments AS said
             JOIN conversations AS whole ON whole.id = said.conversation_id
            WHERE said.conversation_id = $1 AND ($2::uuid IS NULL OR said.id = $2)
            ORDER BY said.created_at, said.id"#,
        id,
        one
    )
    .fetch_all(&mut **transaction)
    .await?)
}

async fn read_one(
    transaction: &mut Transaction,
    id: Uuid,
    comment: Uuid,
) -> Result<CommentView, ServiceError> {
    read(transaction, id, Some(comment)).await?.pop().ok_or(NOT_FOUND)
}

async fn drafts(
    transaction: &mut Transaction,
    id: Uuid,
    person: Uuid,
) -> Result<Vec<CommentDraft>, ServiceError> {
    Ok(sqlx::query_as!(
        CommentDraft,
        "SELECT nullif(turn, 0) AS turn, text FROM comment_drafts
         WHERE conversation_id = $1 AND user_id = $2 ORDER BY comment_drafts.turn",
        id,
        person
    )
    .fetch_all(&mut **transaction)
    .await?)
}

/// Row-level security shows members to one another: who belongs to no organization, or to another,
/// finds nobody.
async fn colleagues(
    transaction: &mut Transaction,
    id: Uuid,
    person: Uuid,
) -> Result<Vec<Colleague>, ServiceError> {
    Ok(sqlx::query_as!(
        Colleague,
        r#"SELECT found.id AS "id!", found.name AS "name!"
             FROM (SELECT member.user_id AS id, public.colleague_name(member.user_id) AS name
                 FROM conversations AS whole
                 JOIN organization_members AS member USING (organization_id)
                WHERE whole.id = $1 AND member.user_id <> $2) AS found
            WHERE found.name IS NOT NULL ORDER BY lower(found.name), found.id"#,
        id,
        person
    )
    .fetch_all(&mut **transaction)
    .await?)
}

async fn remove_draft(
    transaction: &mut Transaction,
    id: Uuid,
    person: Uuid,
    turn: Option<i32>,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "DELETE FROM comment_drafts
         WHERE user_id = $2 AND conversation_id = $1 AND turn = coalesce($3, 0)",
        id,
        person,
        turn
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Lines end as pages end them.
fn without_returns(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A comment as it is stored.
///
/// # Errors
/// 400 when nothing is left of it, and as [`check`].
fn comment(text: &str) -> Result<String, ServiceError> {
    let text = without_returns(text);
    let text = text.trim();
    check(text)?;
    if text.is_empty() {
        return Err(ServiceError::field("text", "Write what you want to say."));
    }
    Ok(text.to_owned())
}

fn check(text: &str) -> Result<(), ServiceError> {
    let length = text.chars().count();
    if length > MAX_COMMENT {
        let sentence =
            format!("A comment must have at most {MAX_COMMENT} characters, but has {length}.");
        return Err(ServiceError::field("text", sentence));
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return Err(ServiceError::field("text", "A comment must have no control characters."));
    }
    Ok(())
}

fn no_turn(turn: Option<i32>) -> ServiceError {
    let number = turn.unwrap_or_default();
    ServiceError::field("turn", format!("There is no turn {number}. It may have been removed."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_trimmed_and_bounded() {
        assert_eq!(comment(" One.\r\n\tTwo.\n").unwrap(), "One.\n\tTwo.");
        assert!(comment(&"ü".repeat(MAX_COMMENT)).is_ok());
        for bad in [" \n", "a\0b", "a\u{7}b", "a\rb", &"ü".repeat(MAX_COMMENT + 1)] {
            assert!(comment(bad).is_err(), "{bad:?}");
        }
    }
}
