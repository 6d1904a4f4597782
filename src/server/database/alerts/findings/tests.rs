mod fixtures;

use super::*;
use crate::domain::database::{
    Bloat, BlockedSession, IndexProblem, Interval, PreparedTransaction, SequenceUse, Session, Slot,
    Usage, Wraparound, default_rules,
};
use fixtures::{healthy, index, known, now, query, session, table};

fn look(observations: &Observations) -> Findings {
    findings(observations, &known(Vec::new()), &default_rules(), now())
}

/// Kind, subject and severity of each finding.
fn said(findings: &Findings) -> Vec<String> {
    let line = |finding: &Finding| {
        let severity = finding.severity.map_or("holds", Severity::as_str);
        format!("{} {} {severity}", finding.kind.as_str(), finding.subject)
    };
    findings.found.iter().map(line).collect()
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(look(&healthy()), Findings::default());
}

#[test]
fn what_is_not_known_is_neither_found_nor_gone() {
    let nothing = look(&Observations::default());
    assert_eq!(nothing.found, []);
    assert_eq!(nothing.unchecked.len(), 14);
    for kind in AlertKind::ALL.into_iter().filter(|kind| *kind != AlertKind::MaintenanceFailed) {
        assert!(nothing.is_unknown(kind, "whatever"), "{kind:?}");
    }
    let failed = findings(&healthy(), &Panel::unavailable("No."), &default_rules(), now());
    assert_eq!(failed.unchecked, ["Maintenance: No."]);

    let mut locked = table("locked");
    locked.bloat = Panel::unavailable("It is locked.");
    let found =
        look(&Observations { bloated_tables: known(vec![locked, table("open")]), ..healthy() });
    assert_eq!(said(&found), ["high_bloat public.open critical"]);
    assert!(found.is_unknown(AlertKind::HighBloat, "public.locked"));
    assert!(!found.is_unknown(AlertKind::HighBloat, "public.gone"));
}

#[test]
fn a_rule_that_is_off_finds_nothing_and_complains_of_nothing() {
    let mut rules = default_rules();
    for rule in &mut rules {
        rule.enabled = false;
    }
    let observations =
        Observations { bloated_tables: known(vec![table("t")]), ..Observations::default() };
    let found = findings(&observations, &known(Vec::new()), &rules, now());
    assert_eq!((found.found, found.unchecked), (Vec::new(), Vec::new()));
}

#[test]
fn bloat_counts_in_large_tables_only() {
    let mut small = table("small");
    small.heap_bytes = known((50 << 20) - 1);
    let mut some = table("some");
    some.bloat = known(Bloat { bytes: 15 << 20, share: 0.21 });
    let mut less = table("less");
    less.bloat = known(Bloat { bytes: 15 << 20, share: 0.195 });
    let found = look(&Observations {
        bloated_tables: known(vec![table("t"), small, some, less]),
        ..healthy()
    });
    assert_eq!(
        said(&found),
        [
            "high_bloat public.t critical",
            "high_bloat public.some warning",
            "high_bloat public.less holds"
        ]
    );
    let first = &found.found[0];
    assert_eq!(first.cause, "51 % of public.t, 30.0 MiB, holds no rows.");
    assert_eq!(
        first.action.as_ref().unwrap().href,
        "/database/maintenance?operation=vacuum&schema=public&table=t"
    );
}

#[test]
fn overdue_means_due_by_the_servers_own_formula() {
    let mut due = table("Odd \"name\"&x");
    due.autovacuum.vacuum_due = true;
    due.autovacuum.analyze_due = true;
    let mut recent = table("recent");
    recent.autovacuum.analyze_due = true;
    recent.last_autoanalyze = Some(now() - chrono::TimeDelta::days(6));
    let mut old = recent.clone();
    old.table.name = "old".into();
    old.last_autoanalyze = Some(now() - chrono::TimeDelta::days(8));
    let mut not_due = table("not due");
    not_due.last_analyze = Some(now() - chrono::TimeDelta::days(80));
    let found =
        look(&Observations { overdue_tables: known(vec![due, recent, old, not_due]), ..healthy() });
    assert_eq!(
        said(&found),
        [
            "vacuum_overdue public.Odd \"name\"&x warning",
            "analyze_overdue public.Odd \"name\"&x warning",
            "analyze_overdue public.old warning"
        ]
    );
    let href = &found.found[0].action.as_ref().unwrap().href;
    assert!(href.ends_with("&schema=public&table=Odd%20%22name%22%26x"), "{href}");
}

#[test]
fn each_trouble_of_an_index_is_its_own() {
    let mut building = index("building", &[IndexProblem::Invalid]);
    building.building = true;
    let mut small = index("small", &[IndexProblem::Unused]);
    small.size_bytes = known(9 << 20);
    let both = index("both", &[IndexProblem::Unused, IndexProblem::Duplicate]);
    let leftover = index("t_ccnew1", &[IndexProblem::Invalid]);
    let broken = index("broken", &[IndexProblem::Invalid]);
    let rows = vec![building, small, both, leftover, broken];
    let found = look(&Observations { troubled_indexes: known(rows), ..healthy() });
    assert_eq!(
        said(&found),
        [
            "duplicate_index public.both info",
            "unused_index public.both info",
            "invalid_index public.t_ccnew1 warning",
            "invalid_index public.broken warning"
        ]
    );
    let href = |number: usize| found.found[number].action.as_ref().unwrap().href.clone();
    assert_eq!(
        href(2),
        "/database/maintenance?operation=drop_invalid_index&schema=public&index=t_ccnew1"
    );
    assert_eq!(href(3), "/database/maintenance?operation=reindex&schema=public&index=broken");
}

#[test]
fn a_statement_is_slow_now_and_not_by_its_past() {
    let mut fast_now = query("SELECT 1", 5000.0);
    fast_now.recent_calls = known(3);
    fast_now.recent_mean_ms = known(2.0);
    let mut silent = query("SELECT 2", 5000.0);
    silent.recent_calls = known(0);
    let mut slow_now = query("/* report */ SELECT 3", 2.0);
    slow_now.id = "7".into();
    slow_now.recent_calls = known(3);
    slow_now.recent_mean_ms = known(1500.0);
    let utility = query("ALTER ROLE anna PASSWORD 'secret'", 5000.0);
    let mut maintenance = query("VACUUM t", 90_000.0);
    maintenance.id = "8".into();
    let rows = vec![fast_now, silent, slow_now, utility, maintenance];
    let found = look(&Observations { slow_queries: known(rows), ..healthy() });
    assert_eq!(said(&found), ["slow_query 7 warning"], "comments in front of it are passed over");
}

#[test]
fn sessions_are_named_by_what_they_do() {
    let found = look(&Observations {
        idle_in_transaction: known(vec![session(1, 901.0), session(2, 200.0)]),
        long_queries: known(vec![
            session(3, 400.0),
            Session { application: Some("train operations".into()), ..session(4, 4000.0) },
        ]),
        blocking: known(vec![
            BlockedSession {
                session: session(1, 901.0),
                depth: 0,
                blocked_by: vec![],
                relation: None,
            },
            BlockedSession {
                session: session(5, 40.0),
                depth: 1,
                blocked_by: vec![1],
                relation: Some("t".into()),
            },
            BlockedSession {
                session: session(6, 20.0),
                depth: 2,
                blocked_by: vec![5],
                relation: None,
            },
            BlockedSession {
                session: session(7, 900.0),
                depth: 0,
                blocked_by: vec![],
                relation: None,
            },
            BlockedSession {
                session: session(8, 3.0),
                depth: 1,
                blocked_by: vec![7],
                relation: None,
            },
        ]),
        ..healthy()
    });
    assert_eq!(
        said(&found),
        [
            "idle_in_transaction pid 1 critical",
            "long_query pid 3 warning",
            "blocking pid 1 warning"
        ]
    );
    let cause = &found.found[2].cause;
    assert_eq!(
        cause,
        "Session 1 (report, user anna) keeps 2 sessions waiting for t, the longest for 40 s."
    );
}

#[test]
fn the_database_as_a_whole() {
    let interval = Interval {
        seconds: 30.0,
        blocks: 20_000,
        cache_hit_ratio: Some(0.5),
        deadlocks: 2,
        ..Interval::default()
    };
    let found = look(&Observations {
        interval: known(interval),
        connections: known(Usage { used: 85, available: 100 }),
        wraparound: known(Wraparound {
            xid_age: 1,
            xid_share: 0.6,
            multixact_age: 1,
            multixact_share: 0.8,
            oldest_table: None,
        }),
        sequences: known(vec![SequenceUse {
            sequence: ObjectName::new("public", "t_id_seq"),
            column: Some("public.t.id".into()),
            last_value: 95,
            limit: 100,
            share: 0.95,
        }]),
        checksum_failures: known(1),
        slots: known(vec![
            Slot {
                name: "away".into(),
                kind: "physical".into(),
                active: false,
                retained_bytes: None,
                wal_status: None,
            },
            Slot {
                name: "here".into(),
                kind: "physical".into(),
                active: true,
                retained_bytes: None,
                wal_status: None,
            },
        ]),
        prepared_transactions: known(vec![PreparedTransaction {
            gid: "g".into(),
            owner: "anna".into(),
            seconds: 3601.0,
        }]),
        ..healthy()
    });
    let expected = [
        "sequence_exhaustion public.t_id_seq critical",
        "high_connection_usage connections warning",
        "low_cache_hit_ratio database warning",
        "deadlocks database warning",
        "wraparound transaction ids warning",
        "wraparound multixact ids critical",
        "checksum_failure database critical",
        "inactive_slot away warning",
        "prepared_transaction g warning",
    ];
    assert_eq!(said(&found), expected);
    for finding in &found.found {
        for sentence in [&finding.cause, &finding.effect, &finding.remedy] {
            assert!(sentence.len() > 10 && !sentence.contains("  "), "{sentence}");
        }
    }
    let quiet = Interval { blocks: 9_999, deadlocks: 0, ..interval };
    assert_eq!(
        said(&look(&Observations { interval: known(quiet), ..healthy() })),
        [""; 0],
        "too few reads to judge"
    );
}

#[test]
fn failed_maintenance_is_told_by_operation_and_target() {
    let failed = vec![
        FailedOperation {
            operation: "vacuum_full".into(),
            target: "t".into(),
            error: Some("canceling statement due to lock timeout".into()),
            completed_at: now(),
        },
        FailedOperation {
            operation: "analyze".into(),
            target: String::new(),
            error: None,
            completed_at: now(),
        },
    ];
    let found = findings(&healthy(), &known(failed), &default_rules(), now());
    assert_eq!(
        said(&found),
        [
            "maintenance_failed vacuum_full t warning",
            "maintenance_failed analyze the whole database warning"
        ]
    );
    assert_eq!(
        found.found[0].cause,
        "The last vacuum full of t failed: canceling statement due to lock timeout"
    );
}
