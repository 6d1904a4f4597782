//! A healthy database, and single things that can be wrong with one.

use crate::{
    domain::database::{
        AutovacuumDue, Bloat, IndexProblem, IndexRow, Interval, ObjectName, Panel, QueryRow,
        Session, TableRow, Usage, Wraparound,
    },
    server::database::health::Observations,
};
use chrono::{DateTime, Utc};

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn known<T>(value: T) -> Panel<T> {
    Panel::exact(value, now())
}

/// Everything was looked at and nothing is wrong.
pub fn healthy() -> Observations {
    Observations {
        bloated_tables: known(Vec::new()),
        overdue_tables: known(Vec::new()),
        troubled_indexes: known(Vec::new()),
        slow_queries: known(Vec::new()),
        interval: known(Interval {
            seconds: 30.0,
            blocks: 50_000,
            cache_hit_ratio: Some(0.99),
            ..Interval::default()
        }),
        connections: known(Usage { used: 5, available: 97 }),
        idle_in_transaction: known(Vec::new()),
        long_queries: known(Vec::new()),
        blocking: known(Vec::new()),
        wraparound: known(Wraparound {
            xid_age: 1,
            xid_share: 0.0,
            multixact_age: 1,
            multixact_share: 0.0,
            oldest_table: None,
        }),
        sequences: known(Vec::new()),
        checksum_failures: known(0),
        slots: known(Vec::new()),
        prepared_transactions: known(Vec::new()),
    }
}

pub fn table(name: &str) -> TableRow {
    TableRow {
        oid: 1,
        table: ObjectName::new("public", name),
        live_rows: 1000,
        dead_rows: 9000,
        dead_ratio: Some(0.9),
        heap_bytes: known(60 << 20),
        index_bytes: known(0),
        toast_bytes: known(0),
        total_bytes: known(60 << 20),
        last_vacuum: None,
        last_autovacuum: None,
        last_analyze: None,
        last_autoanalyze: None,
        vacuum_count: 0,
        autovacuum_count: 0,
        analyze_count: 0,
        autoanalyze_count: 0,
        bloat: known(Bloat { bytes: 30 << 20, share: 0.51 }),
        autovacuum: AutovacuumDue {
            enabled: true,
            vacuum_due: false,
            vacuum_threshold: 250.0,
            analyze_due: false,
            analyze_threshold: 150.0,
            changed_since_analyze: 9000,
        },
        maintainable: true,
        locked: false,
    }
}

pub fn index(name: &str, problems: &[IndexProblem]) -> IndexRow {
    IndexRow {
        oid: 2,
        index: ObjectName::new("public", name),
        table: ObjectName::new("public", "t"),
        definition: None,
        method: "btree".into(),
        size_bytes: known(12 << 20),
        scans: 0,
        last_scan: None,
        unique: false,
        constraint: false,
        valid: !problems.contains(&IndexProblem::Invalid),
        building: false,
        duplicate_of: None,
        duplicate_sentence: None,
        bloat: Panel::unavailable("Not asked for."),
        problems: problems.to_vec(),
        maintainable: true,
    }
}

pub fn query(text: &str, mean_ms: f64) -> QueryRow {
    QueryRow {
        id: "-42".into(),
        query: text.into(),
        calls: 9,
        total_ms: mean_ms * 9.0,
        mean_ms,
        min_ms: 1.0,
        max_ms: mean_ms,
        stddev_ms: 0.0,
        rows: 9,
        cache_hit_ratio: None,
        share: 0.1,
        slow: true,
        recent_calls: Panel::unavailable("Not enough history yet."),
        recent_mean_ms: Panel::unavailable("Not enough history yet."),
    }
}

pub fn session(pid: i32, seconds: f64) -> Session {
    Session {
        pid,
        user: Some("anna".into()),
        database: None,
        application: Some("report".into()),
        state: None,
        wait: None,
        transaction_seconds: Some(seconds),
        state_seconds: Some(seconds),
        query: None,
        started_at: None,
        signalable: true,
    }
}
