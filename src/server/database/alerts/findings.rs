//! What of the observations is an alert: pure, so that every rule can be tried without a database.

mod database;
mod sessions;
mod tables;
#[cfg(test)]
mod tests;
mod words;

use crate::{
    domain::database::{AlertAction, AlertKind, AlertRule, ObjectName, Panel, Severity},
    server::database::health::Observations,
};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is wrong, or not yet enough better to be right.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub kind: AlertKind,
    pub subject: String,
    pub object: Option<ObjectName>,
    /// In the unit of the kind's rule.
    pub value: f64,
    /// What it raises; `None`: it only keeps an alert that is there.
    pub severity: Option<Severity>,
    /// What an alert that is there keeps.
    pub holds: Severity,
    pub cause: String,
    pub effect: String,
    pub remedy: String,
    pub action: Option<AlertAction>,
}

/// A maintenance operation whose last run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedOperation {
    /// `vacuum`.
    pub operation: String,
    /// The table or index; empty for the whole database.
    pub target: String,
    pub error: Option<String>,
    pub completed_at: DateTime<Utc>,
}

/// Everything that one look found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    pub found: Vec<Finding>,
    /// Kinds of which nothing is known.
    unknown: BTreeSet<AlertKind>,
    /// Single subjects of which nothing is known.
    unknown_subjects: BTreeSet<(AlertKind, String)>,
    /// A sentence for each thing that could not be looked at.
    pub unchecked: Vec<String>,
}

impl Findings {
    /// Whether nothing can be said of this subject.
    pub fn is_unknown(&self, kind: AlertKind, subject: &str) -> bool {
        self.unknown.contains(&kind) || self.unknown_subjects.contains(&(kind, subject.to_owned()))
    }
}

/// What people read of a finding.
struct Words {
    cause: String,
    effect: &'static str,
    remedy: &'static str,
    action: Option<AlertAction>,
}

/// Gathers findings under the rules.
struct Collector {
    rules: BTreeMap<AlertKind, AlertRule>,
    findings: Findings,
    now: DateTime<Utc>,
}

/// Looks at everything.
pub fn findings(
    observations: &Observations,
    failed: &Panel<Vec<FailedOperation>>,
    rules: &[AlertRule],
    now: DateTime<Utc>,
) -> Findings {
    let rules = rules.iter().map(|rule| (rule.kind, rule.clone())).collect();
    let mut collector = Collector { rules, findings: Findings::default(), now };
    tables::bloat(&mut collector, &observations.bloated_tables);
    tables::overdue(&mut collector, &observations.overdue_tables);
    tables::indexes(&mut collector, &observations.troubled_indexes);
    tables::sequences(&mut collector, &observations.sequences);
    sessions::queries(&mut collector, &observations.slow_queries);
    sessions::usage(&mut collector, &observations.connections);
    sessions::idle(&mut collector, &observations.idle_in_transaction);
    sessions::long(&mut collector, &observations.long_queries);
    sessions::blocking(&mut collector, &observations.blocking);
    database::interval(&mut collector, &observations.interval);
    database::wraparound(&mut collector, &observations.wraparound);
    database::checksums(&mut collector, &observations.checksum_failures);
    database::slots(&mut collector, &observations.slots);
    database::prepared(&mut collector, &observations.prepared_transactions);
    database::maintenance(&mut collector, failed);
    collector.findings
}

impl Collector {
    fn enabled(&self, kind: AlertKind) -> bool {
        self.rules.get(&kind).is_some_and(|rule| rule.enabled)
    }

    /// The value of a panel. Without one, nothing is known of these kinds, and people are told why.
    fn open<'a, T>(
        &mut self,
        kinds: &[AlertKind],
        what: &str,
        panel: &'a Panel<T>,
    ) -> Option<&'a T> {
        if let Some(reason) = panel.reason()
            && kinds.iter().any(|kind| self.enabled(*kind))
        {
            self.findings.unchecked.push(format!("{what}: {reason}"));
        }
        if panel.value().is_none() {
            self.findings.unknown.extend(kinds);
        }
        panel.value()
    }

    fn cannot_tell(&mut self, kind: AlertKind, subject: &str) {
        self.findings.unknown_subjects.insert((kind, subject.to_owned()));
    }

    /// Holds a value against its rule; what is good is not kept.
    fn hold(
        &mut self,
        kind: AlertKind,
        subject: String,
        object: Option<&ObjectName>,
        value: f64,
        words: impl FnOnce() -> Words,
    ) {
        let Some(rule) = self.rules.get(&kind).filter(|rule| rule.enabled) else { return };
        let Some(holds) = rule.holds(value) else { return };
        let subject: String = subject.chars().take(300).collect();
        if self
            .findings
            .found
            .iter()
            .any(|finding| finding.kind == kind && finding.subject == subject)
        {
            return;
        }
        let severity = rule.severity(value);
        let Words { cause, effect, remedy, action } = words();
        self.findings.found.push(Finding {
            kind,
            subject,
            object: object.cloned(),
            value,
            severity,
            holds,
            cause,
            effect: effect.to_owned(),
            remedy: remedy.to_owned(),
            action,
        });
    }
}
