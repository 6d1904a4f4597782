//! The database and the server as a whole.

use super::{Collector, FailedOperation, Words, words};
use crate::domain::{
    database::{AlertKind, Interval, Panel, PreparedTransaction, Slot, Wraparound},
    quantity,
};

/// With fewer blocks asked for in an interval the ratio says nothing: 80 MB.
const ENOUGH_BLOCKS: i64 = 10_000;
/// What is one of a kind.
const DATABASE: &str = "database";

pub(super) fn interval(collector: &mut Collector, panel: &Panel<Interval>) {
    let kinds = [AlertKind::LowCacheHitRatio, AlertKind::Deadlocks];
    let Some(interval) = collector.open(&kinds, "Counters", panel) else { return };
    if let Some(ratio) = interval.cache_hit_ratio.filter(|_| interval.blocks >= ENOUGH_BLOCKS) {
        let share = ratio * 100.0;
        collector.hold(AlertKind::LowCacheHitRatio, DATABASE.to_owned(), None, share, || Words {
            cause: format!(
                "Only {share:.0} % of the {} blocks asked for were in the cache.",
                interval.blocks
            ),
            effect: "The rest came from the disk or the operating system, which takes longer.",
            remedy: "Look for statements that read a lot; if there are none, raise shared_buffers.",
            action: Some(words::tab("Show statements", "queries")),
        });
    }
    let deadlocks = interval.deadlocks as f64;
    collector.hold(AlertKind::Deadlocks, DATABASE.to_owned(), None, deadlocks, || Words {
        cause: match interval.deadlocks {
            1 => format!("There was a deadlock in the last {}.", words::duration(interval.seconds)),
            count => format!(
                "There were {count} deadlocks in the last {}.",
                words::duration(interval.seconds)
            ),
        },
        effect: "PostgreSQL ended one of the transactions each time, and its work was lost.",
        remedy: "The server's log names the statements. Let them lock their rows in the same \
            order.",
        action: None,
    });
}

pub(super) fn wraparound(collector: &mut Collector, panel: &Panel<Wraparound>) {
    let Some(value) = collector.open(&[AlertKind::Wraparound], "Wraparound", panel) else { return };
    let counters = [
        ("transaction ids", value.xid_share, value.xid_age),
        ("multixact ids", value.multixact_share, value.multixact_age),
    ];
    for (name, share, age) in counters {
        let share = share * 100.0;
        collector.hold(AlertKind::Wraparound, name.to_owned(), None, share, || Words {
            cause: format!(
                "{share:.0} % of the {name} are used: the oldest row is {age} of them old{}.",
                value
                    .oldest_table
                    .as_ref()
                    .map(|table| format!(", in {table}"))
                    .unwrap_or_default()
            ),
            effect: "Shortly before 100 % PostgreSQL refuses every write.",
            remedy: "Vacuum the oldest tables, and end what holds vacuum up: old transactions, \
                prepared ones, unused slots.",
            action: Some(words::tab("Show maintenance", "maintenance")),
        });
    }
}

pub(super) fn checksums(collector: &mut Collector, panel: &Panel<i64>) {
    let Some(failures) = collector.open(&[AlertKind::ChecksumFailure], "Checksums", panel) else {
        return;
    };
    collector.hold(AlertKind::ChecksumFailure, DATABASE.to_owned(), None, *failures as f64, || {
        Words {
            cause: match failures {
                1 => "A page was read whose checksum is wrong.".to_owned(),
                count => format!("{count} pages were read whose checksum is wrong."),
            },
            effect: "The disk or memory has damaged data; what it was may be lost.",
            remedy: "Take a backup without replacing an older one, check the hardware, and restore \
            what is damaged.",
            action: Some(words::tab("Show backups", "backups")),
        }
    });
}

pub(super) fn slots(collector: &mut Collector, panel: &Panel<Vec<Slot>>) {
    let Some(slots) = collector.open(&[AlertKind::InactiveSlot], "Replication slots", panel) else {
        return;
    };
    for slot in slots.iter().filter(|slot| !slot.active) {
        let retained = slot
            .retained_bytes
            .map(|bytes| format!(", which keeps {} of log", quantity::bytes(bytes)));
        collector.hold(AlertKind::InactiveSlot, slot.name.clone(), None, 1.0, || Words {
            cause: format!(
                "Nobody reads from the replication slot {}{}.",
                slot.name,
                retained.as_deref().unwrap_or_default()
            ),
            effect: "The server keeps its write-ahead log until the disk is full.",
            remedy: "Start its reader again, or drop the slot if nobody needs it: SELECT \
                pg_drop_replication_slot(…).",
            action: None,
        });
    }
}

pub(super) fn prepared(collector: &mut Collector, panel: &Panel<Vec<PreparedTransaction>>) {
    let Some(prepared) =
        collector.open(&[AlertKind::PreparedTransaction], "Prepared transactions", panel)
    else {
        return;
    };
    for one in prepared {
        let kind = AlertKind::PreparedTransaction;
        collector.hold(kind, one.gid.clone(), None, one.seconds, || Words {
            cause: format!(
                "The transaction “{}” of {} was prepared {} ago and never ended.",
                one.gid,
                one.owner,
                words::duration(one.seconds)
            ),
            effect: "It keeps its locks even over a restart, and vacuum cannot remove rows that \
                died since.",
            remedy: "Let its coordinator end it, or do so yourself: COMMIT PREPARED or ROLLBACK \
                PREPARED with its name.",
            action: None,
        });
    }
}

pub(super) fn maintenance(collector: &mut Collector, panel: &Panel<Vec<FailedOperation>>) {
    let Some(failed) = collector.open(&[AlertKind::MaintenanceFailed], "Maintenance", panel) else {
        return;
    };
    for one in failed {
        let operation = one.operation.replace('_', " ");
        let target = if one.target.is_empty() { "the whole database" } else { one.target.as_str() };
        let subject = format!("{} {target}", one.operation);
        collector.hold(AlertKind::MaintenanceFailed, subject, None, 1.0, || Words {
            cause: match &one.error {
                Some(error) => {
                    format!("The last {operation} of {target} failed: {}", words::statement(error))
                }
                None => format!("The last {operation} of {target} failed."),
            },
            effect: "What it was for is still so.",
            remedy: "See in the log why it failed, and start it again.",
            action: Some(words::tab("Show the log", "maintenance")),
        });
    }
}
