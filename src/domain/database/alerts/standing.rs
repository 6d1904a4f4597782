//! How an alert goes from one look to the next: it opens when it lasts, is told again when it gets
//! worse, and resolves itself when it is really gone.

use super::{AlertRule, Severity};
use chrono::{DateTime, TimeDelta, Utc};

/// Where an alert is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Seen, but not for long enough; nobody knows of it.
    Pending,
    Open,
    Acknowledged,
    /// Resolved by hand while it was still so.
    Quiet,
}

/// What is remembered of a subject in trouble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    pub stage: Stage,
    pub severity: Severity,
    /// What was seen the last time.
    pub value: f64,
    /// Since when it has been waiting: to open, or to rise above `severity`.
    pub pending_since: Option<DateTime<Utc>>,
    /// How often in a row it was not found.
    pub clean_looks: u32,
    pub last_seen: DateTime<Utc>,
}

/// What a look at one subject says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// `severity`: what the value raises, `None` for one that raises nothing; `holds`: what an
    /// alert that is there keeps.
    Seen { severity: Option<Severity>, holds: Severity, value: f64 },
    /// It was looked for and is not there.
    Clean,
    /// It could not be looked for, which says nothing.
    Unknown,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Nothing to remember, or nothing new.
    Nothing,
    /// Remember this. `notify`: people are to be told.
    Keep { standing: Standing, notify: bool },
    /// Begin anew, and let the quiet one be over.
    Begin { standing: Standing, notify: bool },
    /// It was there and is gone by itself.
    Resolve,
    /// It never opened, or its quiet is over: nothing was or is to be told.
    Forget,
}

/// One look at one subject. `before`: what is remembered of it, if anything.
pub fn step(before: Option<&Standing>, look: Look, rule: &AlertRule, now: DateTime<Utc>) -> Step {
    match (before, look) {
        (None, Look::Seen { severity: Some(severity), value, .. }) => {
            let (standing, notify) = begin(severity, value, rule, now);
            Step::Keep { standing, notify }
        }
        (None, _) | (Some(_), Look::Unknown) => Step::Nothing,
        (Some(before), Look::Clean) => missing(before, rule),
        (Some(before), Look::Seen { severity, holds, value }) => {
            seen(before, severity, holds, value, rule, now)
        }
    }
}

/// Opens at once when it does not have to last.
fn begin(severity: Severity, value: f64, rule: &AlertRule, now: DateTime<Utc>) -> (Standing, bool) {
    let waits = rule.for_seconds > 0;
    let standing = Standing {
        stage: if waits { Stage::Pending } else { Stage::Open },
        severity,
        value,
        pending_since: waits.then_some(now),
        clean_looks: 0,
        last_seen: now,
    };
    (standing, !waits)
}

fn missing(before: &Standing, rule: &AlertRule) -> Step {
    let clean_looks = before.clean_looks.saturating_add(1);
    match before.stage {
        Stage::Pending => Step::Forget,
        Stage::Quiet if clean_looks >= rule.kind.clean_looks() => Step::Forget,
        Stage::Open | Stage::Acknowledged if clean_looks >= rule.kind.clean_looks() => {
            Step::Resolve
        }
        _ => Step::Keep {
            standing: Standing { clean_looks, pending_since: None, ..*before },
            notify: false,
        },
    }
}

fn seen(
    before: &Standing,
    severity: Option<Severity>,
    holds: Severity,
    value: f64,
    rule: &AlertRule,
    now: DateTime<Utc>,
) -> Step {
    // What is kept from a time when the clock was ahead has lasted: it would otherwise have to wait
    // until then.
    let lasted =
        |since: DateTime<Utc>| since > now || now - since >= TimeDelta::seconds(rule.for_seconds);
    let mut standing = Standing { value, clean_looks: 0, last_seen: now, ..*before };
    let keep = |standing, notify| Step::Keep { standing, notify };
    match (before.stage, severity) {
        // What does not raise anything does not last either.
        (Stage::Pending, None) => Step::Forget,
        (Stage::Pending, Some(severity)) => {
            standing.severity = severity;
            let opens = before.pending_since.is_none_or(lasted);
            if opens {
                standing.stage = Stage::Open;
                standing.pending_since = None;
            }
            keep(standing, opens)
        }
        (Stage::Quiet, Some(severity))
            if severity > before.severity || (rule.kind.counts_up() && value > before.value) =>
        {
            let (standing, notify) = begin(severity, value, rule, now);
            Step::Begin { standing, notify }
        }
        (Stage::Quiet, _) => keep(standing, false),
        (Stage::Open | Stage::Acknowledged, Some(severity)) if severity > before.severity => {
            let since = before.pending_since.unwrap_or(now);
            let rises = lasted(since);
            standing.pending_since = (!rises).then_some(since);
            if rises {
                standing.severity = severity;
                // Who acknowledged it did not know of this.
                standing.stage = Stage::Open;
            }
            keep(standing, rises)
        }
        (Stage::Open | Stage::Acknowledged, _) => {
            standing.pending_since = None;
            standing.severity = before.severity.min(holds);
            keep(standing, false)
        }
    }
}

#[cfg(test)]
mod tests;
