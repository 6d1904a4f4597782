//! Revisions by Claude: asking for one, accepting and dropping it.
//!
//! Nothing of a conversation changes until a person accepts what Claude proposes; then it is saved
//! as an edit is.

mod ask;
mod place;
mod store;
mod tidy;

pub use store::Earlier;

use crate::{
    domain::{
        accounts::Scope,
        conversations::ConversationView,
        money::Money,
        revisions::{RevisionState, RevisionsAnswer, accepted, reason},
    },
    server::{
        conversations::{self, Change, ConversationService},
        foundation::{context::RequestContext, error::ServiceError},
        generation::GenerationService,
        postgres::Database,
    },
};
use uuid::Uuid;

const NO_CONVERSATION: ServiceError = ServiceError::NotFound("This conversation");

/// The service for revisions. Cheap to clone.
#[derive(Clone)]
pub struct RevisionService {
    db: Database,
    generation: GenerationService,
    conversations: ConversationService,
}

impl RevisionService {
    pub fn new(
        db: Database,
        generation: GenerationService,
        conversations: ConversationService,
    ) -> Self {
        Self { db, generation, conversations }
    }

    /// What waits to be accepted, the newest first, and what another one can cost.
    ///
    /// # Errors
    /// 404 when the person does not see the conversation.
    pub async fn open(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<RevisionsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let standing = conversations::read_one(&mut transaction, id).await?;
        let content = standing.ok_or(NO_CONVERSATION)?.content();
        let revisions = store::open(&mut transaction, id).await?;
        transaction.commit().await?;
        let worst_case = self.generation.worst_case_of_revision(person, &content).await;
        Ok(RevisionsAnswer { revisions, worst_case })
    }

    /// The most that revising many with one instruction can cost, see
    /// [`GenerationService::worst_case_of_revisions`].
    ///
    /// # Errors
    /// What the AI configuration refuses.
    pub async fn worst_case_of_many(
        &self,
        person: Uuid,
        instruction: &str,
        sizes: &[u64],
    ) -> Result<Money, ServiceError> {
        self.generation.worst_case_of_revisions(person, instruction, sizes).await
    }

    /// Saves a proposal as a new version, and resolves the comment that it came from. Accepted
    /// again, it changes nothing.
    ///
    /// # Errors
    /// 404 and 403 as for every change; 400 for one that was dropped, and for an archived
    /// conversation; 409 with what stands when that is another version than the one that it was
    /// compared with.
    pub async fn accept(
        &self,
        request: &RequestContext,
        id: Uuid,
        revision: Uuid,
        version: i32,
    ) -> Result<ConversationView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let thresholds = self.conversations.thresholds(person).await?;
        let mut transaction = self.conversations.begin_change(request, person, id).await?;
        let proposal = store::lock(&mut transaction, id, revision).await?;
        match proposal.state {
            RevisionState::Open => {
                let standing = conversations::read_one(&mut transaction, id).await?;
                let standing = standing.ok_or(NO_CONVERSATION)?.content();
                let content = accepted(standing, &proposal.content);
                let change = Change {
                    content,
                    reason: Some(reason(&proposal.instruction)),
                    restored_from: None,
                    person,
                    thresholds,
                };
                let base = version.into();
                self.conversations.save(&mut transaction, id, base, change).await?;
                let state = RevisionState::Accepted;
                store::close(&mut transaction, revision, state, person).await?;
                if let Some(comment) = proposal.comment_id {
                    store::resolve(&mut transaction, comment, person).await?;
                }
            }
            RevisionState::Accepted => {}
            RevisionState::Dropped => {
                let sentence = "It was dropped meanwhile. Ask Claude again if you need it.";
                return Err(ServiceError::field("", sentence));
            }
        }
        let view = conversations::read_one(&mut transaction, id).await?.ok_or(NO_CONVERSATION)?;
        transaction.commit().await?;
        Ok(view)
    }

    /// Closes a proposal without a trace in the conversation. Dropped again, it stays so.
    ///
    /// # Errors
    /// 404 and 403 as for every change; 400 for one that was accepted.
    pub async fn drop(
        &self,
        request: &RequestContext,
        id: Uuid,
        revision: Uuid,
    ) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.conversations.begin_change(request, person, id).await?;
        match store::lock(&mut transaction, id, revision).await?.state {
            RevisionState::Open => {
                let state = RevisionState::Dropped;
                store::close(&mut transaction, revision, state, person).await?;
            }
            RevisionState::Dropped => {}
            RevisionState::Accepted => {
                let sentence = "It was accepted meanwhile. Bring an older version back instead.";
                return Err(ServiceError::field("", sentence));
            }
        }
        Ok(transaction.commit().await?)
    }
}
