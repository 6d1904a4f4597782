//! Saying something about a conversation.

use super::{ConversationService, comment, edit, no_turn, notices, read_one, remove_draft};
use crate::{
    api::conversations::comments::CommentRequest,
    domain::{accounts::Scope, conversations::CommentView},
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        idempotency::{self, IdempotencyKey, Use},
        notifications::Recipients,
        postgres::Transaction,
    },
};
use uuid::Uuid;

/// A comment that is about to be posted.
struct New {
    id: Uuid,
    conversation: Uuid,
    person: Uuid,
    turn: Option<i32>,
    text: String,
    mentions: Vec<Uuid>,
}

impl ConversationService {
    /// Posts a comment; what the person began to say at that place is gone with it. Whoever is
    /// mentioned and the author of the conversation are notified, each once.
    ///
    /// # Errors
    /// 400 for a text that no comment can have, a turn that is not there, and mentions of anybody
    /// who is no colleague; 404 and 403 as for every change.
    pub async fn post_comment(
        &self,
        request: &RequestContext,
        id: Uuid,
        new: CommentRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<CommentView, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut new = New {
            id: IdempotencyKey::made_id(key.as_ref(), person),
            conversation: id,
            person,
            turn: new.turn,
            text: comment(&new.text)?,
            mentions: new.mentions,
        };
        new.mentions.sort_unstable();
        new.mentions.dedup();
        let mut transaction = self.begin_change(request, person, id).await?;
        if let Some(key) = &key
            && idempotency::take(&mut transaction, person, key).await? == Use::Repeated
        {
            let view = read_one(&mut transaction, id, new.id).await?;
            transaction.commit().await?;
            return Ok(view);
        }
        check_mentions(&mut transaction, &new).await?;
        store(&mut transaction, &new).await?;
        remove_draft(&mut transaction, id, person, new.turn).await?;
        self.tell(&mut transaction, &new).await?;
        let view = read_one(&mut transaction, id, new.id).await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// An author who is mentioned is told of that: both notices have the key of the comment.
    async fn tell(&self, transaction: &mut Transaction, new: &New) -> Result<(), ServiceError> {
        let about = notices::About::read(transaction, new.conversation).await?;
        let who = edit::name(transaction, new.person).await?;
        if !new.mentions.is_empty() {
            let notice = notices::mentioned(&about, who.clone(), new.id, new.turn, &new.text);
            let people = Recipients::People(new.mentions.clone());
            self.notifications.send_in(transaction, &people, &notice).await?;
        }
        if let Some(author) = about.author.filter(|author| *author != new.person) {
            let notice = notices::said(&about, who, new.id, new.turn, &new.text);
            self.notifications.send_in(transaction, &Recipients::Person(author), &notice).await?;
        }
        Ok(())
    }
}

/// Members of the conversation's organization mention one another.
async fn check_mentions(transaction: &mut Transaction, new: &New) -> Result<(), ServiceError> {
    let known = sqlx::query_scalar!(
        r#"SELECT count(*) AS "known!"
             FROM conversations AS whole
             JOIN organization_members AS own
               ON own.organization_id = whole.organization_id AND own.user_id = $2
             JOIN organization_members AS other ON other.organization_id = whole.organization_id
            WHERE whole.id = $1 AND other.user_id <> $2 AND other.user_id = ANY ($3)"#,
        new.conversation,
        new.person,
        &new.mentions
    )
    .fetch_one(&mut **transaction)
    .await?;
    if i64::try_from(new.mentions.len()) == Ok(known) {
        return Ok(());
    }
    let sentence = "Only other members of the conversation's organization can be mentioned.";
    Err(ServiceError::field("mentions", sentence))
}

async fn store(transaction: &mut Transaction, new: &New) -> Result<(), ServiceError> {
    let stored = sqlx::query!(
        "INSERT INTO conversation_comments (id, conversation_id, turn, anchor, text, mentions,
           author_id)
         SELECT $1, whole.id, $3::integer,
           CASE WHEN $3 > 0 THEN md5(whole.turns -> ($3 - 1) ->> 'content') END,
           $4, $5, $6
         FROM conversations AS whole
         WHERE whole.id = $2 AND ($3::integer IS NULL OR $3 BETWEEN 1 AND whole.turn_count)",
        new.id,
        new.conversation,
        new.turn,
        new.text,
        &new.mentions,
        new.person
    )
    .execute(&mut **transaction)
    .await?;
    if stored.rows_affected() == 0 {
        return Err(no_turn(new.turn));
    }
    Ok(())
}
