//! Asking Claude for a revision.

use super::{
    NO_CONVERSATION, RevisionService,
    place::{Place, give_back},
    store,
};
use crate::{
    api::revisions::{RevisionAnswer, RevisionRequest},
    domain::{
        accounts::Scope,
        conversations::Status,
        revisions::{MAX_OPEN, instruction},
    },
    server::{
        conversations,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        generation::{Revision, request_of},
        idempotency::IdempotencyKey,
    },
};
use serde_json::json;
use uuid::Uuid;

/// A request that was read.
struct Asked {
    instruction: String,
    comment_id: Option<Uuid>,
    /// The version that was read; `None`: whichever stands.
    version: Option<i32>,
}

impl RevisionService {
    /// Asks Claude for a revision. The same `key` asks and bills once.
    ///
    /// # Errors
    /// 400 for an instruction that says nothing and for what cannot be revised; 404 and 403 as for
    /// every change; 409 with what stands when that is another version than the one that was read;
    /// and as a generation.
    pub async fn propose(
        &self,
        request: &RequestContext,
        id: Uuid,
        body: RevisionRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<RevisionAnswer, ServiceError> {
        let instruction = instruction(&body.instruction)
            .map_err(|sentence| ServiceError::field("instruction", sentence))?;
        let (comment_id, version) = (body.comment_id, Some(body.version));
        let asked = Asked { instruction, comment_id, version };
        self.ask(request, id, asked, key).await
    }

    /// As [`Self::propose`], for a job of the person's that nobody waits for: of whichever version
    /// stands. The same `key` and conversation ask and bill once.
    ///
    /// # Errors
    /// As [`Self::propose`].
    pub async fn propose_once(
        &self,
        person: Uuid,
        id: Uuid,
        text: &str,
        key: Uuid,
    ) -> Result<(), ServiceError> {
        let instruction =
            instruction(text).map_err(|sentence| ServiceError::field("instruction", sentence))?;
        let actor = Actor { user_id: person, role: Role::Member, scopes: None };
        let request =
            RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::System) };
        let key = key_for(key, id);
        let key = IdempotencyKey::new(key, "JOB", &id.to_string(), &json!(instruction));
        let asked = Asked { instruction, comment_id: None, version: None };
        self.ask(&request, id, asked, Some(key)).await.map(drop)
    }

    /// What became of an earlier sending of [`Self::propose_once`] under the same `key`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sent_before(
        &self,
        person: Uuid,
        id: Uuid,
        key: Uuid,
    ) -> Result<store::Earlier, ServiceError> {
        store::earlier(self.db.pool(), request_of(person, key_for(key, id))).await
    }

    async fn ask(
        &self,
        request: &RequestContext,
        id: Uuid,
        asked: Asked,
        key: Option<IdempotencyKey>,
    ) -> Result<RevisionAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let (request_id, repeated) =
            self.generation.identify_revision(person, key.as_ref()).await?;
        let revision = {
            let _place = self.generation.work_of(person).take().await;
            // What an earlier sending made stands, whatever became of the conversation.
            if repeated && let Some(made) = self.made_by(request, request_id).await? {
                return Ok(made);
            }
            self.prepare(request, (person, request_id), id, asked).await?
        };
        let proposed = self.generation.revise(request, request_id, revision).await;
        let _place = self.generation.work_of(person).take().await;
        let proposed = match proposed {
            Ok(proposed) => proposed,
            // Another sending of the same request may have been at it.
            Err(error) => {
                // Dropping it does so too, a moment later: whoever asks again at once has room.
                if let Err(error) = give_back(self.db.pool(), request_id).await {
                    tracing::warn!(%error, %request_id, "a place could not be given back yet");
                }
                return match self.made_by(request, request_id).await {
                    Ok(Some(made)) if key.is_some() => Ok(made),
                    _ => Err(error),
                };
            }
        };
        let mut transaction = self.db.as_person(request).await?;
        let revision = match store::find(&mut transaction, proposed.id).await? {
            // Where a server that was thought dead made another, the first one stands.
            None => store::made_by(&mut transaction, request_id).await?,
            found => found,
        };
        transaction.commit().await?;
        // The conversation went meanwhile, and its proposals with it.
        let revision = revision.ok_or(NO_CONVERSATION)?;
        Ok(RevisionAnswer { revision, warnings: proposed.warnings })
    }

    /// What an earlier sending of the same request made.
    async fn made_by(
        &self,
        request: &RequestContext,
        request_id: Uuid,
    ) -> Result<Option<RevisionAnswer>, ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        let made = store::made_by(&mut transaction, request_id).await?;
        transaction.commit().await?;
        Ok(made.map(|revision| RevisionAnswer { revision, warnings: Vec::new() }))
    }

    /// What Claude is to revise, if the person may change it and it can be revised.
    async fn prepare(
        &self,
        request: &RequestContext,
        (person, request_id): (Uuid, Uuid),
        id: Uuid,
        asked: Asked,
    ) -> Result<Revision, ServiceError> {
        let refuse = |path: &str, sentence: &str| Err(ServiceError::field(path, sentence));
        let mut transaction = self.conversations.begin_change(request, person, id).await?;
        if let Some(version) = asked.version {
            let conversations = &self.conversations;
            conversations.check_base(&mut transaction, id, version.into(), person).await?;
        }
        let standing =
            conversations::read_one(&mut transaction, id).await?.ok_or(NO_CONVERSATION)?;
        if standing.status == Status::Archived {
            return refuse("", "It is archived. Bring it back before you revise it.");
        }
        if standing.turns.is_empty() {
            return refuse("", "It has no turns, so there is nothing to revise.");
        }
        // One after the other: each sees those of the others.
        store::lock_conversation(&mut transaction, id).await?;
        if store::count_open(&mut transaction, id, request_id).await? >= MAX_OPEN {
            let sentence = format!(
                "{MAX_OPEN} proposals wait already, or are being written. Accept or drop one \
                 before you ask for another."
            );
            return refuse("", &sentence);
        }
        if let Some(comment) = asked.comment_id
            && !store::has_comment(&mut transaction, id, comment).await?
        {
            return refuse("commentId", "This comment is not there any more.");
        }
        let place = Place::take(&self.db, &mut transaction, id, request_id).await?;
        transaction.commit().await?;
        Ok(Revision {
            conversation_id: id,
            public_id: standing.public_id.clone(),
            comment_id: asked.comment_id,
            instruction: asked.instruction,
            base_version: standing.version,
            content: standing.content(),
            held: Box::new(place),
        })
    }
}

/// The key of one conversation among those that a job asks for.
fn key_for(key: Uuid, conversation: Uuid) -> Uuid {
    Uuid::new_v5(&key, conversation.as_bytes())
}
