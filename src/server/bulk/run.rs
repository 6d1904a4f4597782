//! Changing some conversations of a job.

use super::{
    BulkService,
    lease::{self, Counts, Lease, Step},
    standing::{By, Standing, entry, judge, usual},
    write::{self, Became, Change, Note},
};
use crate::{
    domain::{
        bulk::{BulkAction, BulkState, SkipReason},
        preferences::values::QualityThresholds,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long a batch may hold what it locked: whoever decides about one of them waits so long.
const LONGEST_HOLD: Duration = Duration::from_millis(80);
const SMALLEST: i64 = 20;
const LARGEST: i64 = 2000;

/// How far a server is with a job.
#[derive(Debug)]
pub(super) struct Place {
    /// Behind which item it goes on: those before need not be looked at again.
    pub after: Uuid,
    pub size: i64,
    /// Some were passed over, because somebody had them locked.
    pub is_left: bool,
    /// Waits for those that were left, one at a time: others that it locked would wait with it.
    pub waits: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self { after: Uuid::nil(), size: 200, is_left: false, waits: false }
    }
}

impl Place {
    pub fn most(&self) -> i64 {
        if self.waits { 1 } else { self.size }
    }

    /// Goes on behind these; the next batch is as large as takes about as long as one may.
    pub fn move_on(&mut self, last: Option<Uuid>, took: Duration) {
        if let Some(last) = last {
            self.after = last;
        }
        if !self.waits {
            let ratio = LONGEST_HOLD.as_secs_f64() / took.as_secs_f64().max(0.001);
            // Between 20 and 2000: always fits.
            let next = (self.size as f64 * ratio.clamp(0.5, 1.5)) as i64;
            self.size = next.clamp(SMALLEST, LARGEST);
        }
    }

    /// At the end of the items: whether to begin again, for those that were left.
    pub fn begins_again(&mut self) -> bool {
        let again = self.is_left;
        *self = Self { waits: again, ..Self::default() };
        again
    }
}

impl BulkService {
    /// Changes the next conversations of a job, and ends it behind the last.
    pub(super) async fn change_some(
        &self,
        lease: &Lease,
        place: &mut Place,
    ) -> Result<Step, ServiceError> {
        let pool = self.db.pool();
        let ids = sqlx::query_scalar!(
            "SELECT conversation_id FROM bulk_job_items
             WHERE job_id = $1 AND state = 'waiting' AND conversation_id > $2
             ORDER BY conversation_id LIMIT $3",
            lease.job,
            place.after,
            place.most()
        )
        .fetch_all(pool)
        .await?;
        let Some(last) = ids.last().copied() else {
            if place.begins_again() {
                return Ok(Step::On);
            }
            return self.end(lease, BulkState::Done).await;
        };
        let thresholds = self.thresholds_for(lease, &ids).await?;
        let mut transaction = self.db.begin().await?;
        let begun = Instant::now();
        let Some(now) = lease::hold(&mut transaction, lease).await? else { return Ok(Step::Over) };
        let locked = write::lock(&mut transaction, &ids, place.waits).await?;
        let missing = ids.len() - locked.len();
        let rows = write::read(&mut transaction, &locked, lease.person).await?;
        let person = write::membership(&mut transaction, lease.person).await?;
        let batch = Batch { lease, person, now, thresholds: &thresholds };
        batch.apply(&mut transaction, rows).await?;
        transaction.commit().await?;
        place.is_left |= missing > 0 && !place.waits;
        place.move_on(Some(last), begun.elapsed());
        Ok(Step::On)
    }

    /// The thresholds of the authors of these, for those who rate by them.
    async fn thresholds_for(
        &self,
        lease: &Lease,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, QualityThresholds>, ServiceError> {
        let mut thresholds = HashMap::new();
        if lease.action == (BulkAction::Rerate {}) {
            let authors = sqlx::query_scalar!(
                r#"SELECT DISTINCT created_by AS "author!" FROM conversations
                   WHERE id = ANY ($1) AND created_by IS NOT NULL"#,
                ids
            )
            .fetch_all(self.db.pool())
            .await?;
            for author in authors {
                thresholds.insert(author, self.preferences.thresholds(author).await?);
            }
        }
        Ok(thresholds)
    }

    /// Ends a job behind its last item.
    pub(super) async fn end(&self, lease: &Lease, state: BulkState) -> Result<Step, ServiceError> {
        let mut transaction = self.db.begin().await?;
        if lease::hold(&mut transaction, lease).await?.is_some() {
            self.conclude(&mut transaction, lease.job, state, None).await?;
        }
        transaction.commit().await?;
        Ok(Step::Over)
    }
}

/// Conversations that are changed together.
struct Batch<'a> {
    lease: &'a Lease,
    /// Who does it, with their organization; `None` when they may change nothing any more.
    person: Option<(Uuid, Option<Uuid>)>,
    now: DateTime<Utc>,
    thresholds: &'a HashMap<Uuid, QualityThresholds>,
}

impl Batch<'_> {
    async fn apply(
        &self,
        transaction: &mut Transaction,
        rows: Vec<super::standing::Row>,
    ) -> Result<(), ServiceError> {
        let action = &self.lease.action;
        let (mut became, mut changes, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut counts = Counts::default();
        for row in rows {
            let standing = Standing::of(row, action)?;
            match self.judge(&standing) {
                Ok(after) => {
                    let before = &standing.stand;
                    let note = entry(action, before, &after)
                        .map(|entry| Note::new(standing.id, entry, before, &after));
                    let review = note.as_ref().map(|note| note.id);
                    counts.changed += 1;
                    became.push(Became::changed(standing.id, before, &after, review));
                    notes.extend(note);
                    changes.push(Change::new(standing.id, &after, None));
                }
                Err(reason) => {
                    *counts.skips.entry(reason).or_default() += 1;
                    became.push(Became::skipped(standing.id, reason));
                }
            }
        }
        if let Some((person, _)) = self.person {
            let comment = match action {
                BulkAction::Decide { comment, .. } => comment.as_deref(),
                _ => None,
            };
            match action {
                BulkAction::Tag { .. } => {
                    write::retag(transaction, &changes, person, "Changed the tags of many").await?;
                }
                _ => write::restand(transaction, &changes, person).await?,
            }
            write::note(transaction, &notes, person, comment).await?;
            if matches!(action, BulkAction::Decide { .. }) {
                write::free(transaction, &changes).await?;
            }
        }
        write::items(transaction, self.lease.job, &became).await?;
        lease::count(transaction, self.lease, &counts).await
    }

    fn judge(&self, standing: &Standing) -> Result<super::standing::Stand, SkipReason> {
        let Some((person, organization)) = self.person else { return Err(SkipReason::Gone) };
        if standing.stand.deleted_at.is_some() || !standing.is_of(person, organization) {
            return Err(SkipReason::Gone);
        }
        let default = usual();
        let own = standing.author.and_then(|author| self.thresholds.get(&author));
        let by = By { person, now: self.now, thresholds: own.unwrap_or(&default) };
        judge(&self.lease.action, standing, by)
    }
}

/// What is known of items by their conversation.
pub(super) type ByConversation<T> = BTreeMap<Uuid, T>;
