//! The next conversations of a queue, each for one reviewer.
//!
//! Taking one locks its conversation, passing over those that are locked, and writes the claim.
//! A claim that somebody else wrote after the statement began is not seen while it chooses, only
//! when it writes: then nothing was taken, and it is tried again with what stands now.

use super::{ReviewService, disagreements::disagreements};
use crate::{
    api::reviews::{ClaimRequest, Queue, ReviewItemsAnswer},
    domain::{
        accounts::Scope,
        conversations::{ConversationQuery, Direction, SortKey},
        reviews::{CLAIM_SECONDS, ReviewItem},
    },
    server::{
        conversations::{Order, Workspaces, push_filters, read_one, read_query},
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system},
    },
};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// The most that are taken at once.
const MOST: u8 = 5;
/// How many are looked at of each workspace, so that there is one that nobody else is taking at
/// the same moment.
const WINDOW: usize = 100;
/// How often it is tried again. Each time somebody else has got what was missed, so it ends.
const ROUNDS: usize = 50;

/// A conversation, and until when it is claimed; `None` when somebody else was faster.
type Taken = (Uuid, Option<DateTime<Utc>>);

/// What a queue holds.
enum Fits<'a> {
    /// What waits for review.
    Waiting,
    Query(&'a ConversationQuery),
    /// These.
    Among(Vec<Uuid>),
}

/// A queue as one person sees it.
struct Line<'a> {
    whose: Workspaces,
    skip: &'a [Uuid],
    fits: Fits<'a>,
    column: String,
    direction: Direction,
}

impl ReviewService {
    /// Claims the next conversations of a queue. What the caller holds already comes first.
    pub async fn claim_next(
        &self,
        request: &RequestContext,
        claim: &ClaimRequest,
    ) -> Result<ReviewItemsAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let count = usize::from(count(claim.count)?);
        let query = claim.query.as_deref().map(read_query).transpose()?;
        let (mut transaction, whose) = self.begin(request, person).await?;
        go_on_as_system(&mut transaction).await?;
        let fits = match (claim.queue, &query) {
            (Queue::Disagreements, _) => Fits::Among(disagreements(&mut transaction, whose).await?),
            (Queue::Waiting, Some(query)) => Fits::Query(query),
            (Queue::Waiting, None) => Fits::Waiting,
        };
        let line = Line::new(whose, &claim.skip, fits);
        let held = line.held(&mut transaction, count).await?;
        let mut taken: Vec<_> = held.into_iter().filter_map(kept).collect();
        for _ in 0..ROUNDS {
            let missing = count - taken.len();
            if missing == 0 {
                break;
            }
            let new = line.take(&mut transaction, missing).await?;
            let is_complete = new.iter().all(|(_, until)| until.is_some());
            taken.extend(new.into_iter().filter_map(kept));
            if is_complete {
                break;
            }
        }
        let mut items = Vec::new();
        for (id, claimed_until) in taken {
            if let Some(conversation) = read_one(&mut transaction, id).await? {
                items.push(ReviewItem { conversation, claimed_until });
            }
        }
        transaction.commit().await?;
        Ok(ReviewItemsAnswer { items })
    }
}

impl<'a> Line<'a> {
    fn new(whose: Workspaces, skip: &'a [Uuid], fits: Fits<'a>) -> Self {
        let order = match fits {
            Fits::Query(query) => Order { sort: query.sort, direction: query.direction },
            _ => Order { sort: SortKey::Score, direction: Direction::Ascending },
        };
        let (column, direction) = (format!("c.{}", order.column()), order.direction);
        Self { whose, skip, fits, column, direction }
    }

    /// Those of the queue that the person has claimed, each for another while.
    async fn held(
        &self,
        transaction: &mut Transaction,
        most: usize,
    ) -> Result<Vec<Taken>, ServiceError> {
        let Self { column, direction, .. } = self;
        let mut sql = QueryBuilder::new(format!(
            "WITH chosen AS MATERIALIZED (SELECT c.id, {column} AS place \
             FROM review_claims AS mine JOIN conversations AS c ON c.id = mine.conversation_id \
             WHERE mine.expires_at > clock_timestamp() AND mine.reviewer_id = "
        ));
        sql.push_bind(self.whose.person);
        sql.push(" AND c.workspace_id = ANY (").push_bind(self.whose.ids()).push(")");
        self.push_fits(&mut sql);
        self.push_unjudged(&mut sql);
        sql.push(format!(
            " ORDER BY {column} {direction}, c.id {direction} LIMIT {most} \
             FOR NO KEY UPDATE OF c SKIP LOCKED)"
        ));
        self.claim(transaction, sql).await
    }

    /// The next ones that nobody has claimed. In one statement: another server may do the same.
    async fn take(
        &self,
        transaction: &mut Transaction,
        most: usize,
    ) -> Result<Vec<Taken>, ServiceError> {
        let Self { column, direction, .. } = self;
        // Each workspace by itself: its index has them in order. Numbers as text: a plan for a
        // limit that is not known yet sorts everything first.
        let mut sql = QueryBuilder::new("WITH found AS MATERIALIZED (");
        for (index, workspace) in self.whose.ids().into_iter().enumerate() {
            sql.push(if index > 0 { " UNION ALL " } else { "" });
            sql.push(format!(
                "(SELECT c.id, {column} AS place FROM conversations AS c WHERE c.workspace_id = "
            ));
            sql.push_bind(workspace);
            self.push_fits(&mut sql);
            self.push_unjudged(&mut sql);
            sql.push(format!(
                " AND NOT EXISTS (SELECT FROM review_claims AS claim \
                   WHERE claim.conversation_id = c.id AND claim.expires_at > clock_timestamp()) \
                 ORDER BY {column} {direction}, c.id {direction} LIMIT {WINDOW})"
            ));
        }
        // Again what fits: whoever had a row locked may have decided about it.
        sql.push(
            "), chosen AS MATERIALIZED (SELECT c.id, found.place \
             FROM found JOIN conversations AS c ON c.id = found.id WHERE true",
        );
        self.push_fits(&mut sql);
        sql.push(format!(
            " ORDER BY found.place {direction}, found.id {direction} LIMIT {most} \
             FOR NO KEY UPDATE OF c SKIP LOCKED)"
        ));
        self.claim(transaction, sql).await
    }

    /// Claims what was chosen. In the order of their ids, so that two who claim the same wait for
    /// each other in no circle.
    async fn claim(
        &self,
        transaction: &mut Transaction,
        mut sql: QueryBuilder<Postgres>,
    ) -> Result<Vec<Taken>, ServiceError> {
        sql.push(
            ", claimed AS (INSERT INTO review_claims AS claim \
               (conversation_id, reviewer_id, expires_at) SELECT chosen.id, ",
        );
        sql.push_bind(self.whose.person);
        sql.push(format!(
            "::uuid, clock_timestamp() + interval '{CLAIM_SECONDS} seconds' \
               FROM chosen ORDER BY chosen.id \
             ON CONFLICT (conversation_id) DO UPDATE \
               SET reviewer_id = excluded.reviewer_id, expires_at = excluded.expires_at, \
                 claimed_at = CASE WHEN claim.reviewer_id = excluded.reviewer_id \
                   THEN claim.claimed_at ELSE excluded.claimed_at END \
               WHERE claim.reviewer_id = excluded.reviewer_id \
                 OR claim.expires_at <= clock_timestamp() \
             RETURNING conversation_id, expires_at) \
             SELECT chosen.id, claimed.expires_at FROM chosen \
             LEFT JOIN claimed ON claimed.conversation_id = chosen.id \
             ORDER BY chosen.place {direction}, chosen.id {direction}",
            direction = self.direction
        ));
        Ok(sql.build_query_as().persistent(false).fetch_all(&mut **transaction).await?)
    }

    /// Writes what the queue holds. What nobody can decide about is in none.
    fn push_fits(&self, sql: &mut QueryBuilder<Postgres>) {
        match &self.fits {
            Fits::Waiting => {
                sql.push(" AND c.status = 'pending_review'");
            }
            Fits::Query(query) => {
                sql.push(" AND c.status NOT IN ('archived', 'failed')");
                push_filters(sql, query);
            }
            Fits::Among(ids) => {
                sql.push(" AND c.status NOT IN ('archived', 'failed') AND c.id = ANY (");
                sql.push_bind(ids.clone()).push(")");
            }
        }
        sql.push(" AND c.turn_count > 0");
        if !self.skip.is_empty() {
            sql.push(" AND c.id <> ALL (").push_bind(self.skip.to_vec()).push(")");
        }
    }

    /// Leaves out what the person judged already and left to others; where others' decisions are
    /// looked at again, what they decided as well.
    fn push_unjudged(&self, sql: &mut QueryBuilder<Postgres>) {
        let actions = match self.fits {
            Fits::Waiting | Fits::Among(_) => "'opinion'",
            Fits::Query(_) => "'opinion', 'decided'",
        };
        sql.push(
            " AND NOT EXISTS (SELECT FROM conversation_reviews AS judged \
               WHERE judged.conversation_id = c.id AND judged.version = c.version \
                 AND judged.reviewer_id = ",
        );
        sql.push_bind(self.whose.person);
        sql.push(format!(
            " AND judged.action IN ({actions}) \
               AND NOT EXISTS (SELECT FROM conversation_reviews AS undone \
                 WHERE undone.undoes_id = judged.id))"
        ));
    }
}

fn kept((id, until): Taken) -> Option<(Uuid, DateTime<Utc>)> {
    until.map(|until| (id, until))
}

fn count(asked: Option<u8>) -> Result<u8, ServiceError> {
    let count = asked.unwrap_or(1);
    if (1..=MOST).contains(&count) {
        Ok(count)
    } else {
        let sentence = format!("The count must be a number from 1 to {MOST}.");
        Err(ServiceError::field("count", sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_taken_at_once() {
        assert_eq!((count(None).unwrap(), count(Some(5)).unwrap()), (1, 5));
        assert!(count(Some(0)).is_err() && count(Some(6)).is_err());
    }
}
