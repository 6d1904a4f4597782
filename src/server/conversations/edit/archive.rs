//! Taking a conversation out of lists, counts and queues, and bringing it back.

use super::{Standing, name, notices, standing::note, view};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{ConversationView, ReviewAction, Status},
    },
    server::{
        conversations::ConversationService,
        foundation::{context::RequestContext, error::ServiceError},
        notifications::Recipients,
        postgres::Transaction,
    },
};
use uuid::Uuid;

impl ConversationService {
    /// Archives a conversation. What is archived already stays so.
    ///
    /// # Errors
    /// 404 and 403 as for every change.
    pub async fn archive(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<ConversationView, ServiceError> {
        self.move_to(request, id, ReviewAction::Archived).await
    }

    /// Brings a conversation back with the status that it had. What is not archived stays as it is.
    ///
    /// # Errors
    /// 404 and 403 as for every change.
    pub async fn unarchive(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<ConversationView, ServiceError> {
        self.move_to(request, id, ReviewAction::Restored).await
    }

    async fn move_to(
        &self,
        request: &RequestContext,
        id: Uuid,
        action: ReviewAction,
    ) -> Result<ConversationView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.begin_change(request, person, id).await?;
        let standing = Standing::lock(&mut transaction, id).await?;
        let archives = action == ReviewAction::Archived;
        if archives != (standing.status == Status::Archived) {
            let status = if archives { Status::Archived } else { returns_to(&standing) };
            store(&mut transaction, id, status, person).await?;
            let by = (standing.version, person);
            let entry = note(&mut transaction, id, &standing, action, status, by).await?;
            if let Some(author) = standing.author.filter(|author| *author != person) {
                let who = name(&mut transaction, person).await?;
                let notice = notices::moved(entry, &standing, who, action);
                let author = Recipients::Person(author);
                self.notifications.send_in(&mut transaction, &author, &notice).await?;
            }
        }
        let view = view(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(view)
    }
}

/// The status that it had; but what no trainer takes was only approved if a person did.
fn returns_to(standing: &Standing) -> Status {
    match standing.archived_from {
        Some(Status::Approved) if !standing.is_trainable && !standing.is_decided => {
            Status::PendingReview
        }
        Some(status) => status,
        None => standing.status,
    }
}

/// Who approved it and when stays while it is archived, and goes with the approval.
async fn store(
    transaction: &mut Transaction,
    id: Uuid,
    status: Status,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE conversations SET status = $2::text, updated_by = $3,
           archived_from = CASE WHEN $2 = 'archived' THEN status END,
           approved_by = CASE WHEN $2 IN ('archived', 'approved') THEN approved_by END,
           approved_at = CASE WHEN $2 IN ('archived', 'approved') THEN approved_at END
         WHERE id = $1",
        id,
        status.as_str(),
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
