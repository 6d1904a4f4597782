//! The conversations of a batch: locked, read and written. Each statement is for the whole batch,
//! whose rows come as JSON.

use super::standing::{Row, Stand};
use crate::{
    domain::conversations::{ReviewAction, Status},
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// How a conversation is to stand.
#[derive(Serialize)]
pub(super) struct Change {
    id: Uuid,
    restored_from: Option<i32>,
    #[serde(flatten)]
    stand: Stand,
}

impl Change {
    pub fn new(id: Uuid, stand: &Stand, restored_from: Option<i32>) -> Self {
        Self { id, restored_from, stand: stand.clone() }
    }
}

/// An entry in what became of a conversation.
#[derive(Serialize)]
pub(super) struct Note {
    pub id: Uuid,
    conversation_id: Uuid,
    action: &'static str,
    status: Status,
    status_before: Status,
    was_decided: bool,
    version: i32,
    pub undoes_id: Option<Uuid>,
}

impl Note {
    pub fn new(conversation_id: Uuid, action: ReviewAction, before: &Stand, after: &Stand) -> Self {
        Self {
            id: Uuid::new_v4(),
            conversation_id,
            action: action.as_str(),
            status: after.status,
            status_before: before.status,
            was_decided: before.is_decided,
            version: before.version,
            undoes_id: None,
        }
    }
}

/// Locks these in the order of their ids and answers those that it got: without waiting, those that
/// nobody else has locked.
pub(super) async fn lock(
    transaction: &mut Transaction,
    ids: &[Uuid],
    waits: bool,
) -> Result<Vec<Uuid>, ServiceError> {
    let locked = if waits {
        sqlx::query_scalar!(
            "SELECT id FROM conversations WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
            ids
        )
        .fetch_all(&mut **transaction)
        .await?
    } else {
        sqlx::query_scalar!(
            "SELECT id FROM conversations WHERE id = ANY ($1) ORDER BY id
             FOR NO KEY UPDATE SKIP LOCKED",
            ids
        )
        .fetch_all(&mut **transaction)
        .await?
    };
    Ok(locked)
}

/// What stands of those that are locked. Whoever claims one has to lock it, so nobody does
/// meanwhile.
pub(super) async fn read(
    transaction: &mut Transaction,
    ids: &[Uuid],
    person: Option<Uuid>,
) -> Result<Vec<Row>, ServiceError> {
    Ok(sqlx::query_as!(
        Row,
        r#"SELECT own.id, own.status, own.version, own.is_decided,
             own.is_trainable AS "is_trainable!", own.turn_count,
             own.score_tenths AS "score_tenths!", own.archived_from, own.approved_by,
             own.approved_at, own.deleted_at, own.categories, own.created_by,
             own.created_at, own.organization_id,
             EXISTS (SELECT FROM review_claims AS claim WHERE claim.conversation_id = own.id
               AND claim.reviewer_id IS DISTINCT FROM $2
               AND claim.expires_at > clock_timestamp()) AS "is_claimed!"
           FROM conversations AS own WHERE own.id = ANY ($1) ORDER BY own.id"#,
        ids,
        person
    )
    .fetch_all(&mut **transaction)
    .await?)
}

/// A person who may still change something, and their organization.
pub(super) async fn membership(
    transaction: &mut Transaction,
    person: Option<Uuid>,
) -> Result<Option<(Uuid, Option<Uuid>)>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT person.id, member.organization_id AS "organization_id?"
           FROM auth.users AS person
           LEFT JOIN organization_members AS member ON member.user_id = person.id
           WHERE person.id = $1 AND person.disabled_at IS NULL"#,
        person
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|row| (row.id, row.organization_id)))
}

/// Writes how they stand, but for tags.
pub(super) async fn restand(
    transaction: &mut Transaction,
    changes: &[Change],
    person: Uuid,
) -> Result<(), ServiceError> {
    if changes.is_empty() {
        return Ok(());
    }
    // Whoever had approved one may be gone.
    sqlx::query!(
        "UPDATE conversations AS own SET status = new.status, is_decided = new.is_decided,
           archived_from = new.archived_from, approved_at = new.approved_at,
           approved_by = (SELECT known.id FROM auth.users AS known
             WHERE known.id = new.approved_by),
           deleted_at = new.deleted_at, updated_by = $2
         FROM jsonb_to_recordset($1) AS new (id uuid, status text, is_decided boolean,
           archived_from text, approved_by uuid, approved_at timestamptz, deleted_at timestamptz)
         WHERE own.id = new.id",
        json!(changes),
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Writes tags, which are content: each is another version.
pub(super) async fn retag(
    transaction: &mut Transaction,
    changes: &[Change],
    person: Uuid,
    reason: &str,
) -> Result<(), ServiceError> {
    if changes.is_empty() {
        return Ok(());
    }
    // With the first change, what was there from the beginning. What was said is read and put
    // together once for both: that takes most of the time.
    sqlx::query!(
        "WITH new AS (
           SELECT * FROM jsonb_to_recordset($1) AS given (id uuid, categories text[],
             version integer, restored_from integer)),
         said AS MATERIALIZED (
           SELECT own.id, own.version, own.categories, own.created_by, own.created_at,
             jsonb_build_object('title', own.title, 'persona', own.persona, 'emotion',
               own.emotion, 'topic', own.topic, 'intent', own.intent, 'tone', own.tone, 'tier',
               own.tier, 'turns', coalesce((
                 SELECT jsonb_agg(jsonb_build_object('role', turn -> 'role', 'content',
                   turn -> 'content') ORDER BY place)
                 FROM jsonb_array_elements(own.turns) WITH ORDINALITY AS said (turn, place)),
                 '[]')) AS content
           FROM new JOIN conversations AS own ON own.id = new.id),
         first AS (
           INSERT INTO conversation_versions (conversation_id, version, content, edited_by,
             edited_at)
           SELECT id, 1, content || jsonb_build_object('categories', to_jsonb(categories)),
             created_by, created_at
           FROM said WHERE version = 1
           ON CONFLICT DO NOTHING),
         changed AS (
           UPDATE conversations AS own SET categories = new.categories, version = new.version,
             updated_by = $2
           FROM new WHERE own.id = new.id)
         INSERT INTO conversation_versions (conversation_id, version, content, reason,
           restored_from, edited_by)
         SELECT new.id, new.version,
           said.content || jsonb_build_object('categories', to_jsonb(new.categories)),
           $3, new.restored_from, $2
         FROM new JOIN said ON said.id = new.id",
        json!(changes),
        person,
        reason
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Writes what became of them, for people.
pub(super) async fn note(
    transaction: &mut Transaction,
    notes: &[Note],
    person: Uuid,
    comment: Option<&str>,
) -> Result<(), ServiceError> {
    if notes.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO conversation_reviews (id, conversation_id, action, status, status_before,
           was_decided, version, undoes_id, reviewer_id, comment)
         SELECT note.id, note.conversation_id, note.action, note.status, note.status_before,
           note.was_decided, note.version, note.undoes_id, $2, $3
         FROM jsonb_to_recordset($1) AS note (id uuid, conversation_id uuid, action text,
           status text, status_before text, was_decided boolean, version integer,
           undoes_id uuid)",
        json!(notes),
        person,
        comment
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// What was judged is free.
pub(super) async fn free(
    transaction: &mut Transaction,
    changes: &[Change],
) -> Result<(), ServiceError> {
    let ids: Vec<_> = changes.iter().map(|change| change.id).collect();
    sqlx::query!("DELETE FROM review_claims WHERE conversation_id = ANY ($1)", &ids)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
