//! Changing some conversations of a job.

use super::{
    BulkService,
    items::{self, Became},
    lease::{self, Counts, Lease, Step},
    place::Place,
    standing::{By, Standing, entry, judge, usual},
    write::{self, Change, Note},
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
    time::Instant,
};
use uuid::Uuid;

impl BulkService {
    /// Changes the next conversations of a job, and ends it behind the last.
    pub(super) async fn change_some(
        &self,
        lease: &Lease,
        place: &mut Place,
    ) -> Result<Step, ServiceError> {
        let items = items::next(self.db.pool(), lease, place, "waiting").await?;
        let Some(last) = items.last().map(|item| item.position) else {
            if place.begins_again() {
                return Ok(Step::On);
            }
            return self.end(lease, BulkState::Done).await;
        };
        let positions: ByConversation<_> =
            items.into_iter().map(|item| (item.id, item.position)).collect();
        let ids: Vec<_> = positions.keys().copied().collect();
        let thresholds = self.thresholds_for(lease, &ids).await?;
        let mut transaction = self.begin_batch().await?;
        let begun = Instant::now();
        let Some(now) = lease::hold(&mut transaction, lease).await? else { return Ok(Step::Over) };
        let locked = write::lock(&mut transaction, &ids, place.waits).await?;
        let missing = ids.len() - locked.len();
        let rows = write::read(&mut transaction, &locked, lease.person).await?;
        let person = write::membership(&mut transaction, lease.person).await?;
        let batch = Batch { lease, person, now, thresholds: &thresholds, positions: &positions };
        batch.apply(&mut transaction, rows).await?;
        transaction.commit().await?;
        place.is_left |= missing > 0 && !place.waits;
        place.move_on(last, locked.len(), begun.elapsed());
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

    /// A transaction that does not wait for the disk. After a crash of the database the batch may
    /// not have been made, as a whole: then its items wait still. The end of the job does wait, and
    /// what it writes follows all batches.
    pub(super) async fn begin_batch(&self) -> Result<Transaction, ServiceError> {
        let asynchronous = "BEGIN; SET LOCAL synchronous_commit = off";
        Ok(self.db.pool().begin_with(asynchronous).await?)
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
    positions: &'a ByConversation<i32>,
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
            let Some(position) = self.positions.get(&standing.id).copied() else { continue };
            match self.judge(&standing) {
                Ok(after) => {
                    let before = &standing.stand;
                    let note = entry(action, before, &after)
                        .map(|entry| Note::new(standing.id, entry, before, &after));
                    let review = note.as_ref().map(|note| note.id);
                    counts.changed += 1;
                    became.push(Became::changed(position, before, &after, review));
                    notes.extend(note);
                    changes.push(Change::new(standing.id, &after, None));
                }
                Err(reason) => {
                    *counts.skips.entry(reason).or_default() += 1;
                    became.push(Became::skipped(position, reason));
                }
            }
        }
        if let Some((person, _)) = self.person {
            let comment = match action {
                BulkAction::Decide { comment, .. } => comment.as_deref(),
                _ => None,
            };
            // Before the conversations themselves: what refers to one locks it, and so far it is
            // locked. What is written anew would be locked anew.
            write::note(transaction, &notes, person, comment).await?;
            match action {
                BulkAction::Tag { .. } => {
                    write::retag(transaction, &changes, person, "Changed the tags of many").await?;
                }
                _ => write::restand(transaction, &changes, person).await?,
            }
            if matches!(action, BulkAction::Decide { .. }) {
                write::free(transaction, &changes).await?;
            }
        }
        items::end(transaction, self.lease.job, &became).await?;
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
