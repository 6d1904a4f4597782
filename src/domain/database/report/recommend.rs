//! What follows from a month: sentences to act on, the most useful first.

use super::{Recommendation, Regression, SizeForecast, TableGrowth};
use crate::domain::database::{
    Alert, AlertKind, AlertState, Operation, OperationStatus, Outcome, Severity,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Without a backup for longer than this, one is recommended.
const BACKUP_AGE: TimeDelta = TimeDelta::days(7);
/// A table is told when it grew by this much, in bytes, and by this part of all growth.
const LARGE_GROWTH: i64 = 100 * 1024 * 1024;
const LARGE_PART: f64 = 0.5;
/// So much slower is a large effect.
const MUCH_SLOWER: f64 = 4.0;

/// What recommendations are made from. What is not known is left out and leads to none.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence<'a> {
    pub now: DateTime<Utc>,
    pub alerts: &'a [Alert],
    pub operations: &'a [Operation],
    pub regressions: &'a [Regression],
    pub growth: &'a [TableGrowth],
    pub size: Option<SizeForecast>,
    /// When the newest verified backup was begun.
    pub newest_backup: Option<DateTime<Utc>>,
    pub backups_scheduled: bool,
}

/// Rules, each of which finds what it knows; ordered by impact, then by how little effort it takes.
pub fn recommend(evidence: &Evidence<'_>) -> Vec<Recommendation> {
    let mut found = Vec::new();
    backups(evidence, &mut found);
    standing_alerts(evidence, &mut found);
    operations(evidence, &mut found);
    regressions(evidence, &mut found);
    growth(evidence, &mut found);
    found.sort_by(|one, other| (other.impact, one.effort).cmp(&(one.impact, other.effort)));
    found
}

fn push(found: &mut Vec<Recommendation>, impact: u8, effort: u8, href: &str, sentence: String) {
    found.push(Recommendation { sentence, impact, effort, href: Some(href.to_owned()) });
}

fn backups(evidence: &Evidence<'_>, found: &mut Vec<Recommendation>) {
    const HREF: &str = "/database/backups";
    match evidence.newest_backup {
        None => {
            push(found, 3, 1, HREF, "No verified backup. Create one and test a restore.".into())
        }
        Some(time) if evidence.now - time > BACKUP_AGE => {
            let days = (evidence.now - time).num_days();
            push(
                found,
                3,
                1,
                HREF,
                format!("The newest verified backup is {days} days old. Create another one."),
            );
        }
        Some(_) => {}
    }
    if !evidence.backups_scheduled {
        push(found, 2, 1, HREF, "Scheduled backups are off.".into());
    }
}

/// One for each kind, as urgent as the worst of it.
fn standing_alerts(evidence: &Evidence<'_>, found: &mut Vec<Recommendation>) {
    let mut kinds: BTreeMap<AlertKind, Vec<&Alert>> = BTreeMap::new();
    for alert in evidence.alerts.iter().filter(|alert| alert.state != AlertState::Resolved) {
        kinds.entry(alert.kind).or_default().push(alert);
    }
    for (kind, alerts) in kinds {
        let Some(worst) = alerts.iter().max_by_key(|alert| alert.severity) else { continue };
        let others = match alerts.len() - 1 {
            0 => String::new(),
            1 => " One more is like it.".into(),
            more => format!(" {more} more are like it."),
        };
        let impact = match worst.severity {
            Severity::Critical => 3,
            Severity::Warning => 2,
            Severity::Info => 1,
        };
        let href = worst.action.as_ref().map_or("/database/alerts", |action| action.href.as_str());
        push(
            found,
            impact,
            effort(kind),
            href,
            format!("{} {}{others}", worst.cause, worst.remedy),
        );
    }
}

/// What mends it: a click, some looking, or a change of the application or the machine.
fn effort(kind: AlertKind) -> u8 {
    match kind {
        AlertKind::UnusedIndex
        | AlertKind::DuplicateIndex
        | AlertKind::InvalidIndex
        | AlertKind::VacuumOverdue
        | AlertKind::AnalyzeOverdue
        | AlertKind::IdleInTransaction
        | AlertKind::LongQuery
        | AlertKind::Blocking
        | AlertKind::InactiveSlot
        | AlertKind::PreparedTransaction => 1,
        AlertKind::HighBloat
        | AlertKind::Wraparound
        | AlertKind::HighConnectionUsage
        | AlertKind::MaintenanceFailed => 2,
        AlertKind::SlowQuery
        | AlertKind::LowCacheHitRatio
        | AlertKind::SequenceExhaustion
        | AlertKind::Deadlocks
        | AlertKind::ChecksumFailure => 3,
    }
}

fn operations(evidence: &Evidence<'_>, found: &mut Vec<Recommendation>) {
    const HREF: &str = "/database/maintenance";
    let count =
        |fits: fn(&Operation) -> bool| evidence.operations.iter().filter(|one| fits(one)).count();
    let times =
        |count: usize| if count == 1 { "once".to_owned() } else { format!("{count} times") };
    match count(|one| one.status == OperationStatus::Failed) {
        0 => {}
        failed => push(
            found,
            2,
            1,
            HREF,
            format!("Maintenance failed {}: look into its log for the reasons.", times(failed)),
        ),
    }
    match count(|one| matches!(one.outcome, Some(Outcome::RemovedNothing | Outcome::RemovedPart))) {
        0 => {}
        kept => push(
            found,
            2,
            2,
            HREF,
            format!(
                "Old transactions kept dead rows from being removed {}: find out which sessions \
                    stay open so long.",
                times(kept)
            ),
        ),
    }
    match count(|one| one.outcome == Some(Outcome::NotOwner)) {
        0 => {}
        skipped => push(
            found,
            2,
            2,
            HREF,
            format!(
                "Maintenance was skipped {}, because the role may not do it: grant the right, or \
                    leave those tables out.",
                times(skipped)
            ),
        ),
    }
}

fn regressions(evidence: &Evidence<'_>, found: &mut Vec<Recommendation>) {
    let slower = |one: &Regression| {
        if one.mean_ms_before > 0.0 { one.mean_ms_after / one.mean_ms_before } else { 1.0 }
    };
    let Some(worst) =
        evidence.regressions.iter().max_by(|one, other| slower(one).total_cmp(&slower(other)))
    else {
        return;
    };
    let others = match evidence.regressions.len() - 1 {
        0 => String::new(),
        1 => " Another one became slower as well.".into(),
        more => format!(" {more} others became slower as well."),
    };
    let query: String =
        worst.query.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
    let impact = if slower(worst) >= MUCH_SLOWER { 3 } else { 2 };
    push(
        found,
        impact,
        3,
        "/database/queries",
        format!(
            "The statement “{query}” takes {:.1} times as long as before: look at its \
                plan.{others}",
            slower(worst)
        ),
    );
}

fn growth(evidence: &Evidence<'_>, found: &mut Vec<Recommendation>) {
    if let Some(size) = evidence.size
        && size.end_bytes > 0
        && size.forecast_high_bytes > size.end_bytes + size.end_bytes / 2
    {
        push(
            found,
            3,
            2,
            "/database/tables",
            "The database may grow by more than half within 30 days: see that the disk has room, \
                and what grows."
                .into(),
        );
    }
    let grown = |table: &TableGrowth| table.end_bytes - table.start_bytes;
    let all: i64 = evidence.growth.iter().map(grown).filter(|bytes| *bytes > 0).sum();
    for table in evidence.growth.iter().filter(|table| grown(table) >= LARGE_GROWTH) {
        if grown(table) as f64 >= LARGE_PART * all as f64 {
            let part = (grown(table) as f64 / all as f64 * 100.0).round();
            push(
                found,
                2,
                2,
                "/database/tables",
                format!(
                    "{part} % of the growth is in {}: see whether old rows can go.",
                    table.table
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn now() -> DateTime<Utc> {
        "2026-11-25T12:00:00Z".parse().unwrap()
    }

    fn quiet() -> Evidence<'static> {
        Evidence {
            now: now(),
            alerts: &[],
            operations: &[],
            regressions: &[],
            growth: &[],
            size: None,
            newest_backup: Some(now()),
            backups_scheduled: true,
        }
    }

    fn alert(kind: AlertKind, severity: Severity, state: AlertState) -> Alert {
        Alert {
            id: Uuid::nil(),
            kind,
            severity,
            state,
            subject: "public.t".into(),
            object: None,
            cause: format!("{} of t.", kind.label()),
            effect: String::new(),
            remedy: "Mend it.".into(),
            action: None,
            first_seen: now(),
            last_seen: now(),
            acknowledged_by: None,
            acknowledged_at: None,
            resolved_at: None,
            resolved_by: None,
            muted_until: None,
        }
    }

    fn sentences(evidence: &Evidence<'_>) -> Vec<String> {
        recommend(evidence)
            .into_iter()
            .map(|one| format!("{}{} {}", one.impact, one.effort, one.sentence))
            .collect()
    }

    #[test]
    fn a_quiet_month_recommends_nothing() {
        assert_eq!(sentences(&quiet()), [""; 0]);
    }

    #[test]
    fn a_missing_backup_comes_first() {
        let evidence = Evidence { newest_backup: None, backups_scheduled: false, ..quiet() };
        let found = sentences(&evidence);
        assert!(
            found[0].starts_with("31 No verified backup")
                && found[1].starts_with("21 Scheduled backups"),
            "{found:?}"
        );
        let old = Evidence { newest_backup: Some(now() - TimeDelta::days(8)), ..quiet() };
        assert!(sentences(&old)[0].contains("8 days old"));
    }

    #[test]
    fn alerts_of_a_kind_are_one_and_settled_ones_none() {
        let alerts = [
            alert(AlertKind::HighBloat, Severity::Warning, AlertState::Open),
            alert(AlertKind::HighBloat, Severity::Critical, AlertState::Acknowledged),
            alert(AlertKind::UnusedIndex, Severity::Info, AlertState::Open),
            alert(AlertKind::Deadlocks, Severity::Critical, AlertState::Resolved),
        ];
        let found = sentences(&Evidence { alerts: &alerts, ..quiet() });
        assert_eq!(
            found,
            ["32 High bloat of t. Mend it. One more is like it.", "11 Unused index of t. Mend it."]
        );
    }

    #[test]
    fn slower_statements_and_growth_are_told_with_their_numbers() {
        let regressions = [Regression {
            id: "1".into(),
            query: "SELECT\n  1".into(),
            mean_ms_before: 10.0,
            mean_ms_after: 45.0,
            calls: 9,
        }];
        let mib = 1024 * 1024;
        let growth = [
            TableGrowth { table: "public.big".into(), start_bytes: 0, end_bytes: 300 * mib },
            TableGrowth { table: "public.small".into(), start_bytes: 0, end_bytes: 100 * mib },
        ];
        let size = SizeForecast {
            start_bytes: 0,
            end_bytes: 100,
            forecast_low_bytes: 90,
            forecast_high_bytes: 151,
        };
        let found = sentences(&Evidence {
            regressions: &regressions,
            growth: &growth,
            size: Some(size),
            ..quiet()
        });
        assert!(found[0].starts_with("32 The database may grow by more than half"), "{found:?}");
        assert!(found[1].contains("“SELECT 1” takes 4.5 times"), "{found:?}");
        assert_eq!(
            found[2],
            "22 75 % of the growth is in public.big: see whether old rows can go."
        );
        assert_eq!(found.len(), 3);
    }
}
