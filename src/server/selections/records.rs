//! Reads a selection as it was frozen.

use crate::{
    domain::{
        conversations::{ConversationContent, Turn},
        exports::{Facts, Record, Split},
    },
    server::{foundation::error::ServiceError, postgres::Pool},
};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// How much is read at once, in bytes of text (four for each of the estimated tokens), beyond the
/// first record: memory stays small however long conversations are.
const MOST_BYTES: i64 = 2 << 20;

/// Where to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub selection: Uuid,
    /// Only this part.
    pub split: Option<Split>,
    /// Behind this position; -1 at the beginning.
    pub after: i32,
}

/// An item, with what was said: in the conversation itself, or once it was edited in its versions.
struct Row {
    position: i32,
    split: Option<String>,
    facts: Json<Facts>,
    title: Option<String>,
    persona: Option<String>,
    emotion: Option<String>,
    topic: Option<String>,
    intent: Option<String>,
    tone: Option<String>,
    tier: Option<String>,
    categories: Option<Vec<String>>,
    turns: Option<Json<Vec<Turn>>>,
    content: Option<Json<ConversationContent>>,
}

/// How people were called who are there still, by their ids.
type People = HashMap<String, String>;

/// Facts with names, as files have them.
fn named(mut facts: Facts, people: &People) -> Facts {
    let name = |id: &mut Option<String>| *id = id.take().and_then(|id| people.get(&id).cloned());
    name(&mut facts.author);
    name(&mut facts.approved_by);
    facts.approvals.iter_mut().for_each(|approval| name(&mut approval.reviewer));
    facts
}

impl Row {
    fn record(self, people: &People) -> Result<(i32, Option<Record>), ServiceError> {
        let word = ServiceError::Internal;
        let content = match (self.turns, self.tier, self.content) {
            (Some(turns), Some(tier), _) => ConversationContent {
                title: self.title.unwrap_or_default(),
                persona: self.persona.unwrap_or_default(),
                emotion: self.emotion.unwrap_or_default(),
                topic: self.topic.unwrap_or_default(),
                intent: self.intent.unwrap_or_default(),
                tone: self.tone.unwrap_or_default(),
                tier: tier.parse().map_err(word)?,
                categories: self.categories.unwrap_or_default(),
                turns: turns.0,
            },
            (_, _, Some(content)) => content.0,
            _ => return Ok((self.position, None)),
        };
        let split = self.split.map(|split| split.parse()).transpose().map_err(word)?;
        Ok((self.position, Some(Record { content, facts: named(self.facts.0, people), split })))
    }
}

/// The next records with their positions, at most `limit` and fewer where they are long; `None` for
/// a conversation that was removed for good. None at all: there are no more.
///
/// # Errors
/// When the database does not answer.
pub async fn records(
    pool: &Pool,
    place: Place,
    limit: i64,
) -> Result<Vec<(i32, Option<Record>)>, ServiceError> {
    let people = sqlx::query_scalar!(
        r#"SELECT people AS "people: Json<People>" FROM selections WHERE id = $1"#,
        place.selection
    )
    .fetch_optional(pool)
    .await?;
    let people = people.map(|people| people.0).unwrap_or_default();
    // From one position to another: told only to take the first ones behind a place, a planner that
    // knows nothing of a new selection yet reads and sorts all that is left, each time.
    let rows = sqlx::query_as!(
        Row,
        r#"WITH start AS MATERIALIZED (
             SELECT min(position) AS first FROM selection_items
             WHERE selection_id = $1 AND position > $2 AND ($3::text IS NULL OR split = $3)),
           next AS MATERIALIZED (
             SELECT item.position, item.conversation_id, item.version, item.split, item.facts,
               (sum(4 * (item.facts ->> 'tokens')::bigint) OVER (ORDER BY item.position
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))::bigint AS before
             FROM selection_items AS item
             WHERE item.selection_id = $1 AND ($3::text IS NULL OR item.split = $3)
               AND item.position >= (SELECT first FROM start)
               AND item.position < (SELECT first FROM start) + $4)
           SELECT next.position AS "position!", next.split, next.facts AS "facts!: Json<Facts>",
             own.title AS "title?", own.persona AS "persona?", own.emotion AS "emotion?",
             own.topic AS "topic?", own.intent AS "intent?", own.tone AS "tone?",
             own.tier AS "tier?", own.categories AS "categories?",
             own.turns AS "turns?: Json<Vec<Turn>>",
             kept.content AS "content?: Json<ConversationContent>"
           FROM next
           LEFT JOIN conversations AS own
             ON own.id = next.conversation_id AND own.version = next.version
           LEFT JOIN conversation_versions AS kept
             ON own.id IS NULL AND kept.conversation_id = next.conversation_id
               AND kept.version = next.version
           WHERE coalesce(next.before, 0) < $5
           ORDER BY next.position"#,
        place.selection,
        place.after,
        place.split.map(|split| split.as_str()),
        i32::try_from(limit).unwrap_or(i32::MAX),
        MOST_BYTES
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| row.record(&people)).collect()
}
