//! Reading conversations, and what their words say.

use crate::{
    domain::{
        conversations::{FindingKind, Signature, Turn, findings, kinds_of, opening_key},
        exports::trimmed,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::types::Json;
use std::collections::HashSet;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Conversations that are in memory with their turns at a time: each has up to a million letters.
const AT_ONCE: usize = 8;
/// Bytes of text after which a round reads no more: a second's work.
const ENOUGH: usize = 8 << 20;

/// A conversation to be examined.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub conversation: Uuid,
    /// Whether its text may have changed since the last time.
    pub reads: bool,
}

/// A conversation of a round.
#[derive(Debug)]
pub struct Examined {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    /// None: it is archived or deleted.
    pub workspace: Option<Uuid>,
    /// Where it was when it was examined before; none also when it never was.
    pub was_in: Option<Uuid>,
    /// None: it was not read again.
    pub text: Option<Text>,
}

impl Examined {
    /// Whether the pairs that it had say nothing any more.
    pub fn begins_anew(&self) -> bool {
        self.was_in.is_some() && (self.text.is_some() || self.was_in != self.workspace)
    }
}

/// What the words say.
#[derive(Debug, Default)]
pub struct Text {
    signature: Option<Signature>,
    opening: Option<i64>,
    hash: Option<[u8; 32]>,
    pub kinds: Vec<FindingKind>,
}

impl Text {
    fn of(turns: &[Turn]) -> Self {
        Self {
            signature: Signature::of(turns),
            opening: opening_key(turns),
            hash: Some(turns_hash(turns)),
            kinds: kinds_of(&findings(turns)),
        }
    }
}

/// SHA-256 of who says what, as files have it: without the space around it.
pub fn turns_hash(turns: &[Turn]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for turn in turns {
        let text = trimmed(&turn.content);
        // Its length first: where a turn ends is no matter of what it says.
        hash.update(format!("{}:{}:", turn.role.as_str(), text.len()));
        hash.update(text);
    }
    hash.finalize().into()
}

/// Reads the conversations of a round, and answers also those that it leaves for later: what
/// somebody is removing, or what is too much at once. What is gone is left out.
pub async fn read(
    transaction: &mut Transaction,
    tasks: &[Task],
) -> Result<(Vec<Examined>, Vec<Uuid>), ServiceError> {
    let (mut examined, mut later, mut bytes) = (Vec::new(), Vec::new(), 0);
    for some in tasks.chunks(AT_ONCE) {
        let ids: Vec<Uuid> = some.iter().map(|task| task.conversation).collect();
        if bytes > ENOUGH {
            later.extend(ids);
            continue;
        }
        let reads: Vec<bool> = some.iter().map(|task| task.reads).collect();
        let rows = sqlx::query!(
            r#"SELECT whole.id, whole.created_at, known.workspace_id AS "was_in?",
                      CASE WHEN whole.status <> 'archived' THEN whole.workspace_id END AS workspace,
                      CASE WHEN given.reads OR known.conversation_id IS NULL THEN whole.turns END
                        AS "turns: Json<Vec<Turn>>"
                 FROM unnest($1::uuid[], $2::boolean[]) AS given (id, reads)
                 JOIN conversations AS whole ON whole.id = given.id
                 LEFT JOIN conversation_fingerprints AS known ON known.conversation_id = whole.id
                 FOR KEY SHARE OF whole SKIP LOCKED"#,
            &ids,
            &reads
        )
        .fetch_all(&mut **transaction)
        .await?;
        let read: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
        if read.len() < ids.len() {
            later.extend(held(transaction, &ids, &read).await?);
        }
        for row in rows {
            let text = match row.turns {
                Some(Json(turns)) => {
                    bytes += turns.iter().map(|turn| turn.content.len()).sum::<usize>();
                    Some(words_of(row.id, turns).await)
                }
                None => None,
            };
            examined.push(Examined {
                id: row.id,
                created_at: row.created_at,
                workspace: row.workspace,
                was_in: row.was_in,
                text,
            });
        }
    }
    Ok((examined, later))
}

/// Of those that could not be read, what is still there.
async fn held(
    transaction: &mut Transaction,
    ids: &[Uuid],
    read: &HashSet<Uuid>,
) -> Result<Vec<Uuid>, ServiceError> {
    let missing: Vec<Uuid> = ids.iter().copied().filter(|id| !read.contains(id)).collect();
    Ok(sqlx::query_scalar!("SELECT id FROM conversations WHERE id = ANY ($1)", &missing)
        .fetch_all(&mut **transaction)
        .await?)
}

/// Apart from the threads that answer requests. One text that cannot be examined keeps no other
/// from it.
async fn words_of(id: Uuid, turns: Vec<Turn>) -> Text {
    spawn_blocking(move || Text::of(&turns)).await.unwrap_or_else(|error| {
        tracing::error!(%id, %error, "a conversation could not be examined");
        Text::default()
    })
}

/// Stores what was found out, and whose each conversation is now.
pub async fn store(
    transaction: &mut Transaction,
    examined: &[Examined],
) -> Result<(), ServiceError> {
    let (mut ids, mut workspaces, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut signatures, mut bands, mut openings) = (Vec::new(), Vec::new(), Vec::new());
    let mut hashes = Vec::new();
    for one in examined {
        let Some(text) = &one.text else { continue };
        ids.push(one.id);
        workspaces.push(one.workspace);
        times.push(one.created_at);
        signatures.push(text.signature.as_ref().map(Signature::to_bytes));
        // As PostgreSQL writes an array: an array of arrays could not be taken apart again.
        let each = text
            .signature
            .as_ref()
            .map(|signature| signature.bands().map(|band| band.to_string()).join(","));
        bands.push(format!("{{{}}}", each.unwrap_or_default()));
        openings.push(text.opening);
        hashes.push(text.hash.map(Vec::from));
    }
    sqlx::query!(
        "INSERT INTO conversation_fingerprints
           (conversation_id, workspace_id, created_at, signature, bands, opening, turns_hash)
         SELECT given.id, given.workspace, given.created_at, given.signature,
           given.bands::bigint[], given.opening, given.turns_hash
         FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bytea[], $5::text[],
             $6::bigint[], $7::bytea[])
           AS given (id, workspace, created_at, signature, bands, opening, turns_hash)
         ON CONFLICT (conversation_id) DO UPDATE SET workspace_id = excluded.workspace_id,
           signature = excluded.signature, bands = excluded.bands, opening = excluded.opening,
           turns_hash = excluded.turns_hash",
        &ids,
        &workspaces as &[Option<Uuid>],
        &times,
        &signatures as &[Option<Vec<u8>>],
        &bands,
        &openings as &[Option<i64>],
        &hashes as &[Option<Vec<u8>>]
    )
    .execute(&mut **transaction)
    .await?;
    let moved = examined.iter().filter(|one| one.text.is_none() && one.was_in != one.workspace);
    let (ids, workspaces): (Vec<Uuid>, Vec<Option<Uuid>>) =
        moved.map(|one| (one.id, one.workspace)).unzip();
    sqlx::query!(
        "UPDATE conversation_fingerprints AS known SET workspace_id = given.workspace
         FROM unnest($1::uuid[], $2::uuid[]) AS given (id, workspace)
         WHERE known.conversation_id = given.id",
        &ids,
        &workspaces as &[Option<Uuid>]
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
