//! Which conversations a selection has, and which it leaves out.

use crate::{
    domain::{
        conversations::{ConversationQuery, FindingKind, Status},
        exports::{LeftOut, TokenFit, TokenRule},
    },
    server::{
        conversations::{Filter, Workspaces, read_query},
        foundation::error::ServiceError,
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::{Executor as _, FromRow, Postgres, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most that one selection has.
const MOST: usize = 500_000;

/// What is asked for: conversations one by one, or all that fit filters.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    pub conversations: &'a [Uuid],
    /// As an address has them; `None` when they are named one by one.
    pub query: Option<&'a str>,
    /// Taken although they are left out otherwise.
    pub include: &'a [LeftOut],
    pub token_fit: Option<TokenFit>,
    /// The lowest score that is taken, in tenths.
    pub minimum_tenths: i16,
    /// The format needs two turns.
    pub needs_two_turns: bool,
}

/// What it comes to.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// What is taken, in the order of files: the oldest first, then by id.
    pub ids: Vec<Uuid>,
    /// How many were chosen, those that are left out included.
    pub chosen: i64,
    pub left_out: BTreeMap<LeftOut, i64>,
    /// What content checks found in those that are taken: how many conversations.
    pub findings: Vec<(FindingKind, i64)>,
}

/// What decides about one of them.
#[derive(FromRow)]
struct Row {
    id: Uuid,
    created_at: DateTime<Utc>,
    status: String,
    is_decided: bool,
    is_trainable: bool,
    is_demonstration: bool,
    score_tenths: i16,
    training_tokens: i32,
    turn_count: i32,
    finding_kinds: Vec<String>,
}

const COLUMNS: &str = "SELECT conversation.id, conversation.created_at, conversation.status,
  conversation.is_decided, conversation.is_trainable, conversation.is_demonstration,
  conversation.score_tenths, conversation.training_tokens, conversation.turn_count,
  conversation.finding_kinds";

impl Choice<'_> {
    /// Why a conversation is left out: the first reason there is.
    fn reason(&self, row: &Row) -> Option<LeftOut> {
        let is_rejected = row.status == Status::Rejected.as_str() && row.is_decided;
        let is_long = self.token_fit.is_some_and(|fit| {
            let target = i32::try_from(fit.target).unwrap_or(i32::MAX);
            fit.rule == TokenRule::LeaveOut && row.training_tokens > target
        });
        // What has no score is not below any.
        let is_below = (0..self.minimum_tenths).contains(&row.score_tenths);
        let reasons = [
            (row.is_demonstration, LeftOut::Demonstration),
            (row.status == Status::Archived.as_str(), LeftOut::Archived),
            (is_rejected, LeftOut::Rejected),
            (!row.is_trainable, LeftOut::Untrainable),
            (is_below, LeftOut::BelowMinimum),
            (is_long, LeftOut::TooLong),
            (self.needs_two_turns && row.turn_count < 2, LeftOut::Inexpressible),
        ];
        let applies = |(is_so, reason): &(bool, LeftOut)| *is_so && !self.include.contains(reason);
        reasons.into_iter().find(applies).map(|(_, reason)| reason)
    }

    /// The filters. Lists have archived conversations only where a filter names them; whoever wants
    /// them included and filters by no status has them as well.
    fn filters(&self) -> Result<Option<ConversationQuery>, ServiceError> {
        let Some(text) = self.query else { return Ok(None) };
        let mut query = read_query(text)?;
        if query.status.is_empty() && self.include.contains(&LeftOut::Archived) {
            query.status.0 = Status::ALL.to_vec();
        }
        Ok(Some(query))
    }
}

/// A score as it decides: scores have one decimal.
pub fn in_tenths(score: f64) -> f64 {
    f64::from(tenths(Some(score))) / 10.0
}

/// A score in tenths; without one nothing is below it.
pub fn tenths(score: Option<f64>) -> i16 {
    // From 0 to 10: it always fits.
    score.map_or(0, |score| (score * 10.0).round() as i16)
}

/// Reads as the person, by the same conditions as their list.
///
/// # Errors
/// 400 for filters that are not right, and for more than can be exported.
pub async fn choose(
    transaction: &mut Transaction,
    whose: Workspaces,
    choice: &Choice<'_>,
) -> Result<Chosen, ServiceError> {
    let query = choice.filters()?;
    let named: BTreeSet<Uuid> = choice.conversations.iter().copied().collect();
    // Put together by the filters.
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    match &query {
        Some(query) => {
            let filter = Filter::of(transaction, query).await?;
            filter.push_all(&mut sql, &whose.ids(), None);
        }
        None => {
            sql.push(" FROM conversations AS conversation WHERE conversation.id = ANY (")
                .push_bind(named.iter().copied().collect::<Vec<_>>())
                .push(") AND conversation.workspace_id = ANY (")
                .push_bind(whose.ids())
                .push(")");
        }
    }
    transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
    let mut chosen = Chosen::default();
    let mut taken: Vec<(DateTime<Utc>, Uuid)> = Vec::new();
    let mut findings = [0_i64; FindingKind::ALL.len()];
    let mut rows = sql.build_query_as::<Row>().persistent(false).fetch(&mut **transaction);
    while let Some(row) = rows.try_next().await? {
        chosen.chosen += 1;
        if let Some(reason) = choice.reason(&row) {
            *chosen.left_out.entry(reason).or_default() += 1;
            continue;
        }
        if taken.len() == MOST {
            let sentence = "More than 500 000 fit. Narrow the filters, and take them in parts.";
            return Err(ServiceError::field("query", sentence));
        }
        for (kind, count) in FindingKind::ALL.iter().zip(&mut findings) {
            *count += i64::from(row.finding_kinds.iter().any(|word| word == kind.as_str()));
        }
        taken.push((row.created_at, row.id));
    }
    drop(rows);
    if query.is_none() {
        let all = i64::try_from(named.len()).unwrap_or(i64::MAX);
        if all > chosen.chosen {
            chosen.left_out.insert(LeftOut::Gone, all - chosen.chosen);
        }
        chosen.chosen = all;
    }
    taken.sort_unstable();
    chosen.ids = taken.into_iter().map(|(_, id)| id).collect();
    chosen.findings =
        FindingKind::ALL.into_iter().zip(findings).filter(|(_, count)| *count > 0).collect();
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            id: Uuid::nil(),
            created_at: DateTime::UNIX_EPOCH,
            status: "rejected".into(),
            is_decided: true,
            is_trainable: false,
            is_demonstration: true,
            score_tenths: 20,
            training_tokens: 9000,
            turn_count: 1,
            finding_kinds: Vec::new(),
        }
    }

    #[test]
    fn the_first_reason_is_told_and_each_that_can_be_waived_uncovers_the_next() {
        let fit = |rule| Some(TokenFit { target: 4096, rule });
        let mut include = Vec::new();
        let mut told = Vec::new();
        loop {
            let choice = Choice {
                conversations: &[],
                query: Some(""),
                include: &include,
                token_fit: fit(TokenRule::LeaveOut),
                minimum_tenths: 40,
                needs_two_turns: true,
            };
            let reason = choice.reason(&row()).unwrap();
            told.push(reason);
            if !LeftOut::ON_REQUEST.contains(&reason) {
                let cut = Choice { token_fit: fit(TokenRule::Cut), ..choice };
                assert_eq!(cut.reason(&row()), Some(LeftOut::Inexpressible));
                let free = Choice { needs_two_turns: false, ..cut };
                assert_eq!(free.reason(&row()), None);
                break;
            }
            include.push(reason);
        }
        use LeftOut::{BelowMinimum, Demonstration, Rejected, TooLong, Untrainable};
        assert_eq!(told, [Demonstration, Rejected, Untrainable, BelowMinimum, TooLong]);
    }

    #[test]
    fn what_has_no_score_is_not_below_the_minimum_and_thresholds_are_no_person() {
        let choice = Choice {
            conversations: &[],
            query: Some(""),
            include: &[],
            token_fit: None,
            minimum_tenths: 40,
            needs_two_turns: false,
        };
        let trained = Row {
            is_decided: false,
            is_trainable: true,
            is_demonstration: false,
            score_tenths: -1,
            ..row()
        };
        assert_eq!(choice.reason(&trained), None);
        assert_eq!(choice.reason(&Row { score_tenths: 40, ..trained }), None);
        let low = Row { is_decided: false, is_trainable: true, is_demonstration: false, ..row() };
        assert_eq!(choice.reason(&low), Some(LeftOut::BelowMinimum));
    }
}
