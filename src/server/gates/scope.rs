//! Whose limits a request has to keep.

use crate::domain::{
    ai::{AiConfig, Owner, values::Enforcement},
    generation::{Period, Window},
    money::Money,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// One scope whose limits a generation of the person has to keep.
#[derive(Clone, Debug)]
pub struct LimitedScope {
    pub owner: Owner,
    /// The calendar of its budgets.
    pub zone: Tz,
    pub config: Arc<AiConfig>,
}

/// As the database's functions read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ScopeRow {
    pub id: Uuid,
    kind: &'static str,
    requests_per_minute: i64,
    burst: i64,
    places: i64,
    /// Of the day, the week, the month, in nano-dollars.
    budgets: [i64; 3],
    /// Whether a budget refuses what would exceed it; otherwise it only warns.
    blocks: bool,
    thresholds: Vec<f64>,
    /// Of each period where its window starts and ends, and where the one after it ends: the
    /// database's clock may have come to that one.
    calendar: [DateTime<Utc>; 9],
}

impl LimitedScope {
    /// The budgets, in the order in which they are asked.
    pub fn budgets(&self) -> [(Period, Money); 3] {
        let budget = &self.config.cost_budget;
        [
            (Period::Day, budget.daily_budget),
            (Period::Week, budget.weekly_budget),
            (Period::Month, budget.monthly_budget),
        ]
    }

    pub fn blocks(&self) -> bool {
        self.config.cost_budget.enforcement == Enforcement::Block
    }

    pub(super) fn row(&self, now: DateTime<Utc>) -> ScopeRow {
        let limits = &self.config.rate_limiting;
        let mut calendar = [now; 9];
        for (place, (period, _)) in self.budgets().into_iter().enumerate() {
            let window = Window::around(period, now, &self.zone);
            let next = Window::around(period, window.end, &self.zone);
            calendar[place * 3..place * 3 + 3].copy_from_slice(&[
                window.start,
                window.end,
                next.end,
            ]);
        }
        ScopeRow {
            id: self.owner.id(),
            kind: self.owner.scope_type().as_str(),
            requests_per_minute: limits.requests_per_minute.into(),
            burst: limits.burst_allowance.into(),
            places: limits.concurrent_requests.into(),
            budgets: self.budgets().map(|(_, limit)| limit.nanos()),
            blocks: self.blocks(),
            thresholds: self.config.cost_budget.alert_thresholds.clone(),
            calendar,
        }
    }
}

/// The scopes of a batch, each once. Requests name them by their number, from 1.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Scopes(Vec<ScopeRow>);

impl Scopes {
    pub fn number(&mut self, row: Option<&ScopeRow>) -> Option<usize> {
        let row = row?;
        let known = self.0.iter().position(|known| known.id == row.id);
        Some(
            1 + known.unwrap_or_else(|| {
                self.0.push(row.clone());
                self.0.len() - 1
            }),
        )
    }
}

/// Whether the scopes of a request can stand beside those of others: one that is known already must
/// have the same limits. A configuration that has just changed waits for the next batch.
pub(super) fn fit<'a>(
    others: impl IntoIterator<Item = &'a Arc<[ScopeRow]>>,
    rows: &Arc<[ScopeRow]>,
) -> bool {
    others.into_iter().filter(|known| !Arc::ptr_eq(known, rows)).all(|known| {
        let same = |row: &&ScopeRow| rows.iter().any(|other| other.id == row.id && other != *row);
        !known.iter().any(|row| same(&row))
    })
}
