//! A budget in one of its windows.

use super::scope::LimitedScope;
use crate::domain::{
    ai::Owner,
    generation::{Period, Window},
    money::Money,
};
use chrono::{DateTime, Utc};

/// A budget in one of its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetLine {
    pub owner: Owner,
    pub period: Period,
    pub window_start: DateTime<Utc>,
    pub window_end: DateTime<Utc>,
    pub limit: Money,
    /// Refuses what would exceed it; otherwise it only warns.
    pub blocks: bool,
    /// What ended requests cost.
    pub settled: Money,
    /// The most that requests in flight can cost.
    pub reserved: Money,
}

impl BudgetLine {
    /// `Your daily budget …`.
    pub fn name(&self, what: &str) -> String {
        let period = self.period.adjective();
        match self.owner {
            Owner::Organization(_) => format!("Your organization's {period} budget {what}"),
            Owner::Person(_) => format!("Your {period} budget {what}"),
        }
    }

    /// `Your daily budget of $5.00 …`.
    pub fn sentence(&self, what: &str) -> String {
        format!("{}.", self.name(&format!("of {} {what}", self.limit)))
    }

    /// `Not enough daily budget: $0.06 left, up to $0.07 needed.`
    pub fn not_enough(&self, needed: Money) -> String {
        let whose = match self.owner {
            Owner::Organization(_) => "of your organization’s ",
            Owner::Person(_) => "",
        };
        let (period, left) = (self.period.adjective(), self.left());
        format!("Not enough {whose}{period} budget: {left} left, up to {needed} needed.")
    }

    /// `Daily budget: $99.89 left of $100.00 today`.
    pub fn headroom(&self) -> String {
        let (period, now) = match self.period {
            Period::Day => ("Daily", "today"),
            Period::Week => ("Weekly", "this week"),
            Period::Month => ("Monthly", "this month"),
        };
        let name = match self.owner {
            Owner::Organization(_) => {
                format!("Organization’s {} budget", self.period.adjective())
            }
            Owner::Person(_) => format!("{period} budget"),
        };
        format!("{name}: {} left of {} {now}", self.left(), self.limit)
    }

    /// What nobody has spent or set aside.
    pub fn left(&self) -> Money {
        let taken = self.settled.nanos().saturating_add(self.reserved.nanos());
        Money::from_nanos(self.limit.nanos().saturating_sub(taken).max(0))
    }

    pub fn window(&self) -> Window {
        Window { period: self.period, start: self.window_start, end: self.window_end }
    }

    /// Until its window ends, in seconds.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> u32 {
        u32::try_from((self.window_end - now).num_seconds().max(1)).unwrap_or(u32::MAX)
    }
}

/// What the database says of a budget of one of a request's scopes.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BudgetState {
    /// From 0, among the scopes of the request.
    #[serde(default)]
    pub scope: usize,
    /// From 0: day, week, month.
    pub period: usize,
    pub window_start: DateTime<Utc>,
    pub window_end: DateTime<Utc>,
    pub settled: i64,
    pub reserved: i64,
}

impl BudgetState {
    /// `None` when it names none of the scopes.
    pub(super) fn line(&self, scopes: &[LimitedScope]) -> Option<BudgetLine> {
        let scope = scopes.get(self.scope)?;
        let (period, limit) = *scope.budgets().get(self.period)?;
        Some(BudgetLine {
            owner: scope.owner,
            period,
            window_start: self.window_start,
            window_end: self.window_end,
            limit,
            blocks: scope.blocks(),
            settled: Money::from_nanos(self.settled),
            reserved: Money::from_nanos(self.reserved),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_budget_is_told_in_one_form_of_words() {
        let start = "2026-11-23T00:00:00Z".parse().unwrap();
        let own = BudgetLine {
            owner: Owner::Person(Uuid::nil()),
            period: Period::Day,
            window_start: start,
            window_end: start + chrono::Days::new(1),
            limit: Money::from_nanos(200_000_000),
            blocks: true,
            settled: Money::from_nanos(110_000_000),
            reserved: Money::from_nanos(30_000_000),
        };
        let needed = Money::from_nanos(70_000_000);
        assert_eq!(own.headroom(), "Daily budget: $0.06 left of $0.20 today");
        assert_eq!(
            own.not_enough(needed),
            "Not enough daily budget: $0.06 left, up to $0.07 needed."
        );
        let theirs =
            BudgetLine { owner: Owner::Organization(Uuid::nil()), period: Period::Week, ..own };
        assert_eq!(
            theirs.headroom(),
            "Organization’s weekly budget: $0.06 left of $0.20 this week"
        );
        assert_eq!(
            theirs.not_enough(needed),
            "Not enough of your organization’s weekly budget: $0.06 left, up to $0.07 needed."
        );
    }
}
