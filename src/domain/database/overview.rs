//! The whole database at a glance.

use super::Panel;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// State and totals of the database and its server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    pub database: String,
    /// "15.18".
    pub version: String,
    /// `server_version_num`.
    pub version_number: i32,
    pub started_at: DateTime<Utc>,
    /// A standby, which can be watched but not maintained.
    pub in_recovery: bool,
    pub size_bytes: Panel<i64>,
    pub growth: Panel<Growth>,
    /// Rates and ratios since the snapshot before, never over the whole life of the server.
    pub interval: Panel<Interval>,
    /// Milliseconds: the mean time of a statement between the two newest snapshots.
    pub mean_query_ms: Panel<f64>,
    pub connections: Panel<Usage>,
    pub oldest_transaction: Panel<Option<OldTransaction>>,
    pub oldest_xmin: Panel<Option<XminHolder>>,
    pub wraparound: Panel<Wraparound>,
    pub replication: Panel<Replication>,
    pub prepared_transactions: Panel<Vec<PreparedTransaction>>,
    /// Pages whose checksum was wrong since the statistics' last reset; unavailable while checksums
    /// are off.
    pub checksum_failures: Panel<i64>,
    /// Settings that were changed and wait for a restart.
    pub pending_restart: Panel<Vec<String>>,
    pub statistics_reset_at: Option<DateTime<Utc>>,
}

/// How the size changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    pub bytes: i64,
    pub seconds: f64,
}

impl Growth {
    /// A day's growth, once a day was watched: an hour after the installation says nothing about a
    /// day.
    pub fn bytes_per_day(self) -> Option<f64> {
        const DAY: f64 = 86_400.0;
        (self.seconds >= DAY).then(|| self.bytes as f64 / self.seconds * DAY)
    }
}

/// Counters of `pg_stat_database` between two snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    pub seconds: f64,
    /// 0–1: blocks found in shared buffers of all blocks asked for; `null` when nothing was read.
    pub cache_hit_ratio: Option<f64>,
    /// Blocks asked for, in the cache or not.
    pub blocks: i64,
    pub commits_per_second: f64,
    pub rollbacks_per_second: f64,
    pub tuples_read_per_second: f64,
    pub tuples_written_per_second: f64,
    pub conflicts: i64,
    pub deadlocks: i64,
    pub temp_files: i64,
    pub temp_bytes: i64,
}

/// Connections of the whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub used: i64,
    /// `max_connections` less those reserved for superusers and others.
    pub available: i64,
}

impl Usage {
    /// 0–1.
    pub fn share(self) -> f64 {
        if self.available > 0 { self.used as f64 / self.available as f64 } else { 1.0 }
    }
}

/// From which shares of the connections an alert is raised, 0–1.
/// `null`: never with this severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageLimits {
    pub warning: Option<f64>,
    pub critical: Option<f64>,
}

/// The transaction that has been open the longest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OldTransaction {
    pub pid: i32,
    pub user: Option<String>,
    pub application: Option<String>,
    pub state: Option<String>,
    pub seconds: f64,
}

impl OldTransaction {
    /// Not so old that it is in anybody's way: below the alert of those that are idle.
    pub fn is_fine(&self) -> bool {
        self.seconds < 300.0
    }
}

/// Who keeps vacuum from removing dead rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct XminHolder {
    /// `session`, `prepared transaction`, `replication slot` or `standby`.
    pub kind: String,
    /// A process id, a transaction's or slot's name.
    pub name: String,
    /// In transactions.
    pub age: i64,
    /// A sentence: "Session 4711 (app “report”, user anna) has been in a transaction for 3 h."
    pub sentence: String,
}

impl XminHolder {
    /// So few transactions leave few dead rows behind.
    pub fn is_fine(&self) -> bool {
        self.age < 100_000
    }
}

/// How far the 32-bit counters have gone since the oldest row was frozen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wraparound {
    pub xid_age: i64,
    /// 0–1 of 2^31.
    pub xid_share: f64,
    pub multixact_age: i64,
    pub multixact_share: f64,
    /// The table with the oldest row.
    pub oldest_table: Option<String>,
}

impl Wraparound {
    /// Transactions there are between two rows that can be told apart: 2^31 (PostgreSQL
    /// documentation, "Preventing Transaction ID Wraparound Failures").
    pub const LIMIT: i64 = 1 << 31;

    /// Autovacuum has long to go before it has to hurry.
    pub fn is_fine(&self) -> bool {
        self.xid_share < 0.5 && self.multixact_share < 0.5
    }
}

/// Standbys and slots.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replication {
    pub replicas: Vec<Replica>,
    pub slots: Vec<Slot>,
}

impl Replication {
    /// No slot keeps write-ahead log for somebody who is not there.
    pub fn is_fine(&self) -> bool {
        self.slots.iter().all(|slot| slot.active)
    }
}

/// A standby that is connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replica {
    pub name: String,
    pub state: Option<String>,
    pub lag_bytes: Option<i64>,
    pub lag_seconds: Option<f64>,
}

/// A replication slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    pub name: String,
    /// `physical` or `logical`.
    pub kind: String,
    pub active: bool,
    /// Write-ahead log that the server keeps for it.
    pub retained_bytes: Option<i64>,
    pub wal_status: Option<String>,
}

/// A transaction prepared for two-phase commit and neither committed nor rolled back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreparedTransaction {
    pub gid: String,
    pub owner: String,
    pub seconds: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_estimated_only_after_a_day() {
        let growth = |seconds| Growth { bytes: 1000, seconds };
        assert_eq!(growth(3_600.0).bytes_per_day(), None);
        assert_eq!(growth(86_400.0).bytes_per_day(), Some(1000.0));
        assert_eq!(growth(2.0 * 86_400.0).bytes_per_day(), Some(500.0));
    }

    #[test]
    fn what_is_in_nobodys_way_is_fine() {
        let transaction = |seconds| OldTransaction {
            pid: 1,
            user: None,
            application: None,
            state: None,
            seconds,
        };
        assert!(transaction(299.0).is_fine() && !transaction(300.0).is_fine());
        let age = |xid_share, multixact_share| Wraparound {
            xid_age: 0,
            xid_share,
            multixact_age: 0,
            multixact_share,
            oldest_table: None,
        };
        assert!(age(0.4, 0.4).is_fine() && !age(0.5, 0.0).is_fine() && !age(0.0, 0.5).is_fine());
        let slot = |active| Slot {
            name: "s".into(),
            kind: "physical".into(),
            active,
            retained_bytes: None,
            wal_status: None,
        };
        let with = |slots| Replication { replicas: Vec::new(), slots };
        assert!(with(vec![slot(true)]).is_fine() && !with(vec![slot(true), slot(false)]).is_fine());
    }
}
