//! Deciding about a conversation.

use super::{ReviewService, Standing, conflict, lock, sentences, view};
use crate::{
    api::reviews::DecisionRequest,
    domain::{
        accounts::Scope,
        conversations::{ConversationView, MAX_COMMENT, ReviewAction, Status},
        error_code::ErrorCode,
        reviews::Decision,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        idempotency::{self, IdempotencyKey, Use},
        notifications::Recipients,
        postgres::Transaction,
    },
};
use chrono::Utc;
use uuid::Uuid;

impl ReviewService {
    /// Decides about a conversation, or says what would be right and leaves it to another.
    ///
    /// # Errors
    /// 404 and 403 as for every change; 400 when nobody can decide about it as it is; 409 when
    /// something else stands than what was read, when somebody else is reviewing it, and when no
    /// trainer takes what is approved.
    pub async fn decide(
        &self,
        request: &RequestContext,
        id: Uuid,
        decision: DecisionRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<ConversationView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let comment = comment(decision.comment.as_deref())?;
        let mut transaction = self.begin_on(request, person, id).await?;
        if let Some(key) = &key
            && idempotency::take(&mut transaction, person, key).await? == Use::Repeated
        {
            let view = view(&mut transaction, id).await?;
            transaction.commit().await?;
            return Ok(view);
        }
        let standing = lock(&mut transaction, id).await?;
        check(&mut transaction, id, &standing, &decision, person).await?;
        let action = if decision.second_opinion {
            check_others(&mut transaction, &standing, person).await?;
            ReviewAction::Opinion
        } else {
            ReviewAction::Decided
        };
        note(&mut transaction, id, &standing, action, decision.decision, comment, person).await?;
        if action == ReviewAction::Decided {
            store(&mut transaction, id, decision.decision, person).await?;
            self.tell(&mut transaction, id, &standing, decision.decision, comment, person).await?;
        }
        // What was judged is free: for others, if they are to judge it too.
        sqlx::query!("DELETE FROM review_claims WHERE conversation_id = $1", id)
            .execute(&mut *transaction)
            .await?;
        let view = view(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// Tells the author what somebody else decided.
    async fn tell(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        standing: &Standing,
        decision: Decision,
        comment: Option<&str>,
        person: Uuid,
    ) -> Result<(), ServiceError> {
        let Some(author) = standing.author.filter(|author| *author != person) else {
            return Ok(());
        };
        let name = name(transaction, person).await?;
        let notice = sentences::decided(id, standing, name, decision, comment, Utc::now());
        self.notifications.send_in(transaction, &Recipients::Person(author), &notice).await?;
        Ok(())
    }
}

/// What the person who decides is called.
pub(super) async fn name(
    transaction: &mut Transaction,
    person: Uuid,
) -> Result<Option<String>, ServiceError> {
    Ok(sqlx::query_scalar!("SELECT public.colleague_name($1)", person)
        .fetch_one(&mut **transaction)
        .await?)
}

fn comment(text: Option<&str>) -> Result<Option<&str>, ServiceError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let length = text.chars().count();
    if length > MAX_COMMENT {
        let sentence =
            format!("The comment must have at most {MAX_COMMENT} characters, but has {length}.");
        return Err(ServiceError::field("comment", sentence));
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err(ServiceError::field("comment", "The comment must have no control characters."));
    }
    Ok(Some(text))
}

/// Whether it is still what was read, free, and something that can be decided about so.
async fn check(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    decision: &DecisionRequest,
    person: Uuid,
) -> Result<(), ServiceError> {
    if standing.version != decision.version || standing.status != decision.status {
        let read = decision.version;
        let first = sentences::who_was_first(transaction, id, standing, read, person).await?;
        return Err(conflict(transaction, id, first).await?);
    }
    let refuse = |sentence: &str| Err(ServiceError::field("decision", sentence));
    match standing.status {
        Status::Archived => return refuse("It is archived. Bring it back before you decide."),
        Status::Failed => return refuse("Its generation failed, so there is nothing to decide."),
        _ if standing.turn_count == 0 => {
            return refuse("It has no turns, so there is nothing to decide.");
        }
        _ => {}
    }
    let other = sqlx::query_scalar!(
        r#"SELECT coalesce(public.colleague_name(reviewer_id), 'Somebody') AS "name!"
             FROM review_claims WHERE conversation_id = $1 AND reviewer_id <> $2
               AND expires_at > clock_timestamp()"#,
        id,
        person
    )
    .fetch_optional(&mut **transaction)
    .await?;
    if let Some(name) = other {
        let sentence = format!("{name} is reviewing it right now.");
        return Err(conflict(transaction, id, sentence).await?);
    }
    // An opinion approves nothing.
    let approves = decision.decision == Decision::Approved && !decision.second_opinion;
    match standing.gate_failures.first() {
        Some(first) if approves && !decision.untrainable => {
            Err(ServiceError::refused(ErrorCode::Untrainable, sentences::untrainable(first)))
        }
        _ => Ok(()),
    }
}

/// Whether there is somebody else to decide.
async fn check_others(
    transaction: &mut Transaction,
    standing: &Standing,
    person: Uuid,
) -> Result<(), ServiceError> {
    let is_anybody = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM organization_members AS member
             JOIN auth.users AS other ON other.id = member.user_id
             WHERE member.organization_id = $1 AND other.id <> $2 AND other.disabled_at IS NULL)
             AS "anybody!""#,
        standing.organization,
        person
    )
    .fetch_one(&mut **transaction)
    .await?;
    if is_anybody {
        return Ok(());
    }
    Err(ServiceError::field("secondOpinion", "There is nobody else who could decide about it."))
}

async fn note(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    action: ReviewAction,
    decision: Decision,
    comment: Option<&str>,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "INSERT INTO conversation_reviews (conversation_id, action, status, status_before,
           was_decided, version, comment, reviewer_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        action.as_str(),
        decision.as_str(),
        standing.status.as_str(),
        standing.is_decided,
        standing.version,
        comment,
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn store(
    transaction: &mut Transaction,
    id: Uuid,
    decision: Decision,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE conversations SET status = $2::text, is_decided = true, updated_by = $3::uuid,
           approved_by = CASE WHEN $2 = 'approved' THEN $3::uuid END,
           approved_at = CASE WHEN $2 = 'approved' THEN now() END
         WHERE id = $1",
        id,
        decision.as_str(),
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_trimmed_and_bounded() {
        assert_eq!(comment(Some(" Good.\n")).unwrap(), Some("Good."));
        assert_eq!((comment(Some(" \n")).unwrap(), comment(None).unwrap()), (None, None));
        assert_eq!(comment(Some("a\n\tb")).unwrap(), Some("a\n\tb"));
        assert!(comment(Some(&"ü".repeat(MAX_COMMENT))).is_ok());
        for bad in ["ü".repeat(MAX_COMMENT + 1), "a\0b".into()] {
            assert!(comment(Some(&bad)).is_err());
        }
    }
}
