//! Which examples are alike. Asked of their fingerprints and not of the pairs that are marked: of
//! many copies each is marked with some others only, and an archived one with none.

use crate::{
    domain::conversations::{Signature, likeness},
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use futures::TryStreamExt as _;
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Rows that are asked for in one statement.
const BATCH: usize = 5000;
/// Bands of a fingerprint, and how many of them are looked at in one go.
const BANDS: usize = 16;
const AT_ONCE: usize = 4;

/// What is needed to compare examples, which are named by their places.
#[derive(Debug, Default)]
pub struct Likenesses {
    /// Those that share a band, in sets.
    pub meetings: Vec<Vec<usize>>,
    /// Of those that meet another.
    signatures: HashMap<usize, Signature>,
}

impl Likenesses {
    /// Reads what is known about these.
    pub async fn of(transaction: &mut Transaction, ids: &[Uuid]) -> Result<Self, ServiceError> {
        let meetings = meetings(transaction, ids).await?;
        let places: HashSet<usize> = meetings.iter().flatten().copied().collect();
        let places: Vec<usize> = places.into_iter().collect();
        let mut signatures = HashMap::new();
        for some in places.chunks(BATCH) {
            let by_id: HashMap<Uuid, usize> =
                some.iter().map(|place| (ids[*place], *place)).collect();
            let rows = sqlx::query!(
                r#"SELECT conversation_id, signature AS "signature!"
                   FROM conversation_fingerprints
                   WHERE conversation_id = ANY ($1) AND signature IS NOT NULL"#,
                &by_id.keys().copied().collect::<Vec<_>>()
            )
            .fetch_all(&mut **transaction)
            .await?;
            for row in rows {
                let place = by_id.get(&row.conversation_id).copied();
                let known = place.zip(Signature::from_bytes(&row.signature));
                signatures.extend(known);
            }
        }
        Ok(Self { meetings, signatures })
    }

    /// Whether two are marked as alike when they are in one list.
    pub fn are(&self, one: usize, other: usize) -> bool {
        let both = self.signatures.get(&one).zip(self.signatures.get(&other));
        both.is_some_and(|(one, other)| likeness(f64::from(one.percent(other)) / 100.0).is_some())
    }
}

/// Read some bands at a time and sorted here: the database would take ten times as long.
async fn meetings(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<Vec<Vec<usize>>, ServiceError> {
    // Copies share all their bands: each set once.
    let mut meetings = BTreeSet::new();
    for first in (1..=BANDS).step_by(AT_ONCE) {
        let mut bands: Vec<(i64, u32)> = Vec::with_capacity(ids.len() * AT_ONCE);
        let mut rows = sqlx::query!(
            r#"SELECT given.place AS "place!",
                 known.bands[$2::integer:$2 + $3::integer - 1] AS "bands!"
               FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place)
                 JOIN conversation_fingerprints AS known ON known.conversation_id = given.id"#,
            ids,
            i32::try_from(first).unwrap_or(i32::MAX),
            i32::try_from(AT_ONCE).unwrap_or(i32::MAX)
        )
        .fetch(&mut **transaction);
        while let Some(row) = rows.try_next().await? {
            // From 1 there.
            let Ok(place) = u32::try_from(row.place - 1) else { continue };
            bands.extend(row.bands.into_iter().map(|band| (band, place)));
        }
        drop(rows);
        bands.sort_unstable();
        let sets = bands.chunk_by(|one, other| one.0 == other.0).filter(|set| set.len() > 1);
        meetings.extend(sets.map(|set| -> Vec<usize> {
            set.iter().filter_map(|(_, place)| usize::try_from(*place).ok()).collect()
        }));
    }
    Ok(meetings.into_iter().collect())
}

/// Whether some were not examined since they were stored or edited last. What the regular look for
/// new ones passes over, because it is older than others that it knows, is noted to be examined.
pub async fn are_pending(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<bool, ServiceError> {
    let mut are_pending = false;
    for some in ids.chunks(BATCH) {
        let unknown = sqlx::query_scalar!(
            r#"SELECT given.id AS "id!" FROM unnest($1::uuid[]) AS given (id)
               WHERE NOT EXISTS (SELECT FROM conversation_fingerprints AS known
                   WHERE known.conversation_id = given.id)
                 OR EXISTS (SELECT FROM examinations_due AS due
                   WHERE due.conversation_id = given.id AND due.is_edited)"#,
            some
        )
        .fetch_all(&mut **transaction)
        .await?;
        if unknown.is_empty() {
            continue;
        }
        are_pending = true;
        sqlx::query!(
            "INSERT INTO examinations_due (conversation_id, is_edited)
             SELECT own.id, true FROM conversations AS own WHERE own.id = ANY ($1)
               AND own.created_at < (SELECT max(known.created_at)
                 FROM conversation_fingerprints AS known) - interval '10 minutes'
               AND NOT EXISTS (SELECT FROM examinations_due AS due
                 WHERE due.conversation_id = own.id)",
            &unknown
        )
        .execute(&mut **transaction)
        .await?;
    }
    Ok(are_pending)
}
