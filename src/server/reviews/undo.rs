//! Taking a decision back, or one's own opinion.

use super::{ReviewService, Standing, conflict, decide::name, lock, sentences, view};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{ConversationView, ReviewAction, Status},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        notifications::Recipients,
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What is to be taken back.
struct Entry {
    id: Uuid,
    sequence: i64,
    action: ReviewAction,
    status_before: Status,
    was_decided: bool,
    reviewer: Option<Uuid>,
}

/// What the conversation goes back to.
struct Before {
    status: Status,
    is_decided: bool,
    approved_by: Option<Uuid>,
    approved_at: Option<DateTime<Utc>>,
}

impl ReviewService {
    /// Takes the last decision back, whoever made it, or an opinion of the caller's that nothing
    /// followed.
    ///
    /// # Errors
    /// 404 for what is not there, 403 for who may not decide or for another's opinion, 409 with
    /// what stands when something followed or it was taken back already.
    pub async fn undo(
        &self,
        request: &RequestContext,
        id: Uuid,
        review: Uuid,
    ) -> Result<ConversationView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.begin_on(request, person, id).await?;
        let standing = lock(&mut transaction, id).await?;
        let entry = find(&mut transaction, id, review).await?;
        if let Some(sentence) = refusal(&mut transaction, id, &entry, person).await? {
            return Err(conflict(&mut transaction, id, sentence).await?);
        }
        let status = if entry.action == ReviewAction::Opinion {
            standing.status
        } else {
            let before = before(&mut transaction, id, &entry, &standing).await?;
            restore(&mut transaction, id, &before, person).await?;
            before.status
        };
        note(&mut transaction, id, &standing, &entry, status, person).await?;
        if entry.action == ReviewAction::Decided {
            self.tell_of_undo(&mut transaction, &standing, &entry, person).await?;
        }
        let view = view(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// Tells whoever decided, and the author, that the decision was taken back; not whoever did it.
    async fn tell_of_undo(
        &self,
        transaction: &mut Transaction,
        standing: &Standing,
        entry: &Entry,
        person: Uuid,
    ) -> Result<(), ServiceError> {
        let mut people: Vec<_> = [entry.reviewer, standing.author].into_iter().flatten().collect();
        people.retain(|other| *other != person);
        people.dedup();
        if people.is_empty() {
            return Ok(());
        }
        let name = name(transaction, person).await?;
        let notice = sentences::taken_back(entry.id, standing, name);
        self.notifications.send_in(transaction, &Recipients::People(people), &notice).await?;
        Ok(())
    }
}

async fn find(
    transaction: &mut Transaction,
    conversation: Uuid,
    review: Uuid,
) -> Result<Entry, ServiceError> {
    let row = sqlx::query!(
        "SELECT sequence, action, status_before, was_decided, reviewer_id
           FROM conversation_reviews WHERE id = $1 AND conversation_id = $2",
        review,
        conversation
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(ServiceError::NotFound("This decision"))?;
    Ok(Entry {
        id: review,
        sequence: row.sequence,
        action: row.action.parse().map_err(ServiceError::Internal)?,
        status_before: row.status_before.parse().map_err(ServiceError::Internal)?,
        was_decided: row.was_decided,
        reviewer: row.reviewer_id,
    })
}

/// Why it cannot be taken back; `None` when it can.
async fn refusal(
    transaction: &mut Transaction,
    conversation: Uuid,
    entry: &Entry,
    person: Uuid,
) -> Result<Option<String>, ServiceError> {
    let is_opinion = match entry.action {
        ReviewAction::Decided => false,
        ReviewAction::Opinion if entry.reviewer == Some(person) => true,
        ReviewAction::Opinion => {
            return Err(ServiceError::Forbidden("Only whoever gave an opinion takes it back."));
        }
        _ => return Ok(Some("Only a decision can be taken back.".into())),
    };
    // Opinions, and opinions that were taken back, leave a decision as it is.
    let followed = sqlx::query!(
        r#"SELECT bool_or(later.undoes_id = $1) AS undone,
                  bool_or($3 OR later.action <> 'opinion' AND (later.action <> 'undone'
                    OR (SELECT taken.action FROM conversation_reviews AS taken
                      WHERE taken.id = later.undoes_id) <> 'opinion')) AS followed
             FROM conversation_reviews AS later
            WHERE later.conversation_id = $2 AND later.sequence > $4"#,
        entry.id,
        conversation,
        is_opinion,
        entry.sequence
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(if followed.undone == Some(true) {
        Some("It was taken back already.".into())
    } else if followed.followed == Some(true) {
        Some("Something else was done since, so it cannot be taken back any more.".into())
    } else {
        None
    })
}

/// What stood before the decision. Who had approved it then is the last who did, if it was a
/// person.
async fn before(
    transaction: &mut Transaction,
    id: Uuid,
    entry: &Entry,
    standing: &Standing,
) -> Result<Before, ServiceError> {
    let plain = |status| Before {
        status,
        is_decided: entry.was_decided,
        approved_by: None,
        approved_at: None,
    };
    if entry.status_before != Status::Approved {
        return Ok(plain(entry.status_before));
    }
    // A machine approved it by rules that were not those of today: it approves it no more.
    if !entry.was_decided && !standing.gate_failures.is_empty() {
        return Ok(plain(Status::PendingReview));
    }
    let row = sqlx::query!(
        r#"SELECT CASE WHEN $3 THEN last.reviewer_id END AS approved_by,
                  coalesce(last.created_at, c.created_at) AS "approved_at!"
             FROM conversations AS c
             LEFT JOIN LATERAL (
               SELECT review.reviewer_id, review.created_at FROM conversation_reviews AS review
                WHERE review.conversation_id = c.id AND review.sequence < $2
                  AND review.status = 'approved' AND review.action IN ('decided', 'rated')
                  AND NOT EXISTS (SELECT FROM conversation_reviews AS undone
                    WHERE undone.undoes_id = review.id)
                ORDER BY review.sequence DESC LIMIT 1) AS last ON true
            WHERE c.id = $1"#,
        id,
        entry.sequence,
        entry.was_decided
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Before {
        approved_by: row.approved_by,
        approved_at: Some(row.approved_at),
        ..plain(Status::Approved)
    })
}

async fn restore(
    transaction: &mut Transaction,
    id: Uuid,
    before: &Before,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE conversations SET status = $2, is_decided = $3, approved_by = $4,
           approved_at = $5, updated_by = $6 WHERE id = $1",
        id,
        before.status.as_str(),
        before.is_decided,
        before.approved_by,
        before.approved_at,
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn note(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    entry: &Entry,
    status: Status,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "INSERT INTO conversation_reviews (conversation_id, action, status, status_before,
           was_decided, version, reviewer_id, undoes_id)
         VALUES ($1, 'undone', $2, $3, $4, $5, $6, $7)",
        id,
        status.as_str(),
        standing.status.as_str(),
        standing.is_decided,
        standing.version,
        person,
        entry.id
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
