//! Bringing some conversations of a job back to what they were.

use super::{
    BulkService,
    items::{self, Became, Item, Kept},
    lease::{self, Counts, Lease, Step},
    place::Place,
    run::ByConversation,
    standing::{Row, Stand, Standing, approvable, entry_back},
    write::{self, Change, Note},
};
use crate::{
    domain::{
        bulk::{BulkAction, BulkState},
        conversations::ReviewAction,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use std::{collections::HashSet, time::Instant};
use uuid::Uuid;

impl BulkService {
    /// Brings the next conversations of a job back, and ends undoing behind the last.
    pub(super) async fn bring_back_some(
        &self,
        lease: &Lease,
        place: &mut Place,
    ) -> Result<Step, ServiceError> {
        let items = items::next(self.db.pool(), lease, place, "changed").await?;
        let Some(last) = items.last().map(|item| item.position) else {
            if place.begins_again() {
                return Ok(Step::On);
            }
            return self.end(lease, BulkState::Undone).await;
        };
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        let kept = items.into_iter().filter_map(own).collect();
        let mut transaction = self.begin_batch().await?;
        let begun = Instant::now();
        if lease::hold(&mut transaction, lease).await?.is_none() {
            return Ok(Step::Over);
        }
        let locked = write::lock(&mut transaction, &ids, place.waits).await?;
        let missing = ids.len() - locked.len();
        let rows = write::read(&mut transaction, &locked, lease.person).await?;
        bring_back(&mut transaction, lease, rows, kept).await?;
        transaction.commit().await?;
        place.is_left |= missing > 0 && !place.waits;
        place.move_on(last, locked.len(), begun.elapsed());
        Ok(Step::On)
    }
}

/// Where an item stands and what is kept of it, by its conversation.
fn own(item: Item) -> Option<(Uuid, (i32, Kept))> {
    Some((item.id, (item.position, item.kept?.0)))
}

async fn bring_back(
    transaction: &mut Transaction,
    lease: &Lease,
    rows: Vec<Row>,
    kept: ByConversation<(i32, Kept)>,
) -> Result<(), ServiceError> {
    let action = &lease.action;
    let person = write::membership(transaction, lease.person).await?;
    let reviews: Vec<_> = kept.values().filter_map(|(_, kept)| kept.review).collect();
    let followed = followed(transaction, &reviews).await?;
    let (mut became, mut changes, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts = Counts::default();
    for row in rows {
        let standing = Standing::of(row, action)?;
        let Some((position, own)) = kept.get(&standing.id) else { continue };
        let is_theirs =
            person.is_some_and(|(person, organization)| standing.is_of(person, organization));
        let is_followed = own.review.is_some_and(|review| followed.contains(&review));
        if !is_theirs || is_followed || standing.stand != own.after {
            counts.kept += 1;
            became.push(Became::plain(*position, "kept"));
            continue;
        }
        let back = back(own, &standing);
        if let Some(entry) = entry_back(action, &standing.stand, &back) {
            let mut note = Note::new(standing.id, entry, &standing.stand, &back);
            note.undoes_id = own.review.filter(|_| entry == ReviewAction::Undone);
            notes.push(note);
        }
        counts.restored += 1;
        became.push(Became::plain(*position, "restored"));
        changes.push(Change::new(standing.id, &back, Some(own.before.version)));
    }
    if let Some((person, _)) = person {
        write::note(transaction, &notes, person, None).await?;
        match action {
            BulkAction::Tag { .. } => {
                let reason = "Took a change of many back";
                write::retag(transaction, &changes, person, reason).await?;
            }
            _ => write::restand(transaction, &changes, person).await?,
        }
    }
    items::end(transaction, lease.job, &became).await?;
    lease::count(transaction, lease, &counts).await
}

/// What it goes back to. Tags come back as another version: numbers that people have read are not
/// used again.
fn back(own: &Kept, standing: &Standing) -> Stand {
    let mut back = own.before.clone();
    if back.categories.is_some() {
        back.version = standing.stand.version.saturating_add(1);
    }
    // A machine approved it by rules that were not those of today: it approves it no more.
    if approvable(back.clone(), standing.is_trainable).status == back.status {
        back
    } else {
        approvable(back, standing.is_trainable)
    }
}

/// Those of these entries that something followed. Opinions, and opinions that were taken back,
/// leave a conversation as it is.
async fn followed(
    transaction: &mut Transaction,
    reviews: &[Uuid],
) -> Result<HashSet<Uuid>, ServiceError> {
    let followed = sqlx::query_scalar!(
        "SELECT own.id FROM conversation_reviews AS own
         WHERE own.id = ANY ($1) AND EXISTS (
           SELECT FROM conversation_reviews AS later
           WHERE later.conversation_id = own.conversation_id AND later.sequence > own.sequence
             AND later.action <> 'opinion' AND (later.action <> 'undone'
               OR (SELECT taken.action FROM conversation_reviews AS taken
                 WHERE taken.id = later.undoes_id) <> 'opinion'))",
        reviews
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(followed.into_iter().collect())
}
