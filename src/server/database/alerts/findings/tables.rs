//! Tables, indexes and sequences.

use super::{Collector, Words, words};
use crate::domain::{
    database::{
        AlertKind, IndexProblem, IndexRow, ObjectName, OperationKind, Panel, SequenceUse, TableRow,
    },
    quantity,
};

/// Bloat of a small table costs nothing, however large its share.
const LEAST_BLOATED_TABLE: i64 = 50 * 1024 * 1024;
const MEGABYTE: f64 = 1024.0 * 1024.0;

pub(super) fn bloat(collector: &mut Collector, panel: &Panel<Vec<TableRow>>) {
    let Some(tables) = collector.open(&[AlertKind::HighBloat], "Bloat", panel) else { return };
    for row in tables {
        let subject = row.table.to_string();
        let Some(bloat) = row.bloat.value() else {
            collector.cannot_tell(AlertKind::HighBloat, &subject);
            continue;
        };
        // While a table is locked its size is not known; the list holds large tables only.
        if row.heap_bytes.value().is_some_and(|bytes| *bytes < LEAST_BLOATED_TABLE) {
            continue;
        }
        let share = bloat.share * 100.0;
        collector.hold(AlertKind::HighBloat, subject, Some(&row.table), share, || Words {
            cause: format!(
                "{:.0} % of {}, {}, holds no rows.",
                bloat.share * 100.0,
                row.table,
                quantity::bytes(bloat.bytes)
            ),
            effect: "Reading the table reads empty space too, and it takes more of the disk and \
                the cache than it needs.",
            remedy: "Vacuum it, so that the space is used again. To give it back to the disk, \
                VACUUM FULL or REPACK at a quiet time.",
            action: Some(words::on_table(OperationKind::Vacuum, &row.table)),
        });
    }
}

pub(super) fn overdue(collector: &mut Collector, panel: &Panel<Vec<TableRow>>) {
    let kinds = [AlertKind::VacuumOverdue, AlertKind::AnalyzeOverdue];
    let Some(tables) = collector.open(&kinds, "Vacuum and analyze", panel) else { return };
    for row in tables {
        if row.autovacuum.vacuum_due {
            vacuum(collector, row);
        }
        if row.autovacuum.analyze_due {
            analyze(collector, row);
        }
    }
}

fn vacuum(collector: &mut Collector, row: &TableRow) {
    // Due by inserted rows or by age there may be few dead ones: due is at least 100 %.
    let share = row.dead_rows as f64 / row.autovacuum.vacuum_threshold.max(1.0) * 100.0;
    let (subject, share) = (row.table.to_string(), share.max(100.0));
    collector.hold(AlertKind::VacuumOverdue, subject, Some(&row.table), share, || Words {
        cause: if row.autovacuum.enabled {
            format!(
                "{} has {} dead rows and waits for autovacuum, which comes from {:.0} on.",
                row.table, row.dead_rows, row.autovacuum.vacuum_threshold
            )
        } else {
            format!(
                "{} has {} dead rows, and autovacuum is switched off for \
                it.",
                row.table, row.dead_rows
            )
        },
        effect: "Dead rows pile up: the table and its indexes grow, and reading gets slower.",
        remedy: "Vacuum it now. If it comes back, let autovacuum run more often, or look for an \
            old transaction that holds it up.",
        action: Some(words::on_table(OperationKind::Vacuum, &row.table)),
    });
}

fn analyze(collector: &mut Collector, row: &TableRow) {
    let last = row.last_analyze.max(row.last_autoanalyze);
    // Never is longer ago than any threshold.
    let days = last
        .map_or(f64::from(u16::MAX), |last| (collector.now - last).num_seconds() as f64 / 86_400.0);
    let subject = row.table.to_string();
    collector.hold(AlertKind::AnalyzeOverdue, subject, Some(&row.table), days, || Words {
        cause: match last {
            Some(_) => format!(
                "The statistics of {} are {days:.0} days old, and {} rows have changed since.",
                row.table, row.autovacuum.changed_since_analyze
            ),
            None => format!("{} has changed a lot and was never analyzed.", row.table),
        },
        effect: "The planner works with a wrong picture of the table and may choose slow plans.",
        remedy: "Analyze it; that takes seconds and locks nobody out.",
        action: Some(words::on_table(OperationKind::Analyze, &row.table)),
    });
}

pub(super) fn indexes(collector: &mut Collector, panel: &Panel<Vec<IndexRow>>) {
    let kinds = [AlertKind::UnusedIndex, AlertKind::DuplicateIndex, AlertKind::InvalidIndex];
    let Some(indexes) = collector.open(&kinds, "Indexes", panel) else { return };
    for row in indexes {
        let has = |problem| row.problems.contains(&problem);
        if has(IndexProblem::Invalid) && !row.building {
            invalid(collector, row);
        }
        if has(IndexProblem::Duplicate) {
            duplicate(collector, row);
        }
        if has(IndexProblem::Unused) {
            unused(collector, row);
        }
    }
}

fn invalid(collector: &mut Collector, row: &IndexRow) {
    collector.hold(AlertKind::InvalidIndex, row.index.to_string(), Some(&row.index), 1.0, || {
        Words {
            cause: format!("{} on {} is invalid: a build of it failed.", row.index, row.table),
            effect: "No query uses it, yet every change of the table keeps it up.",
            remedy: "Drop it if it is a leftover of a rebuild, otherwise rebuild it.",
            action: Some(words::on_index(
                if is_leftover(&row.index) {
                    OperationKind::DropInvalidIndex
                } else {
                    OperationKind::Reindex
                },
                &row.index,
            )),
        }
    });
}

/// What REINDEX CONCURRENTLY calls its new and its old index, perhaps with a number behind it.
fn is_leftover(index: &ObjectName) -> bool {
    let name = index.name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    name.ends_with("_ccnew") || name.ends_with("_ccold")
}

fn duplicate(collector: &mut Collector, row: &IndexRow) {
    collector.hold(AlertKind::DuplicateIndex, row.index.to_string(), Some(&row.index), 1.0, || {
        Words {
            cause: row.duplicate_sentence.clone().unwrap_or_else(|| match &row.duplicate_of {
                Some(other) => format!("{} does nothing that {other} does not do.", row.index),
                None => format!("Another index on {} does the same as {}.", row.table, row.index),
            }),
            effect: "Every change of the table pays for it twice, and it takes disk and cache.",
            remedy: "Drop one of the two, by a change of the schema.",
            action: Some(words::found("Show the index", "indexes", &row.index.name)),
        }
    });
}

fn unused(collector: &mut Collector, row: &IndexRow) {
    let Some(bytes) = row.size_bytes.value().copied() else {
        collector.cannot_tell(AlertKind::UnusedIndex, &row.index.to_string());
        return;
    };
    collector.hold(
        AlertKind::UnusedIndex,
        row.index.to_string(),
        Some(&row.index),
        bytes as f64 / MEGABYTE,
        || Words {
            cause: format!(
                "{} on {}, {}, was not used since the statistics began.",
                row.index,
                row.table,
                quantity::bytes(bytes)
            ),
            effect: "Every change of the table keeps it up, and it takes disk and cache.",
            remedy: "If no rare report or standby needs it, drop it by a change of the schema.",
            action: Some(words::found("Show the index", "indexes", &row.index.name)),
        },
    );
}

pub(super) fn sequences(collector: &mut Collector, panel: &Panel<Vec<SequenceUse>>) {
    let Some(sequences) = collector.open(&[AlertKind::SequenceExhaustion], "Sequences", panel)
    else {
        return;
    };
    for row in sequences {
        let share = row.share * 100.0;
        collector.hold(
            AlertKind::SequenceExhaustion,
            row.sequence.to_string(),
            Some(&row.sequence),
            share,
            || Words {
                cause: format!(
                    "{share:.0} % of the numbers of {} are used: {} of {}{}.",
                    row.sequence,
                    row.last_value,
                    row.limit,
                    row.column.as_ref().map(|column| format!(", for {column}")).unwrap_or_default()
                ),
                effect: "When the last number is used, no more rows can be added.",
                remedy: "Change the column, and the sequence, to bigint by a change of the schema; \
                that rewrites the table.",
                action: None,
            },
        );
    }
}
