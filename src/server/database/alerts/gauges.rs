//! A few numbers of the last look for Prometheus, kept in the database, so that every server has
//! them and a scrape costs two small reads.

use super::{AlertService, list};
use crate::{
    domain::database::AlertCounts,
    server::{database::health::Observations, foundation::error::ServiceError, postgres::Database},
};
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use std::{fmt::Write as _, time::Duration};
use tokio::time::timeout;

/// A scrape does not wait longer for the database.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is older than this is not told as if it were so.
const LONGEST_AGE: TimeDelta = TimeDelta::minutes(5);

/// What cannot be known is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Gauges {
    size_bytes: Option<i64>,
    connections_used: Option<i64>,
    connections_available: Option<i64>,
    /// 0–1, of the last interval.
    cache_hit_ratio: Option<f64>,
    /// Since the statistics' last reset.
    deadlocks: Option<i64>,
    oldest_transaction_seconds: Option<f64>,
    /// 0–1 of 2^31.
    xid_share: Option<f64>,
    maintenance_running: Option<i64>,
}

/// What of it can be read now.
pub(super) async fn measure(database: &Database, observations: &Observations) -> Gauges {
    let usage = observations.connections.value();
    let mut gauges = Gauges {
        connections_used: usage.map(|usage| usage.used),
        connections_available: usage.map(|usage| usage.available),
        cache_hit_ratio: observations
            .interval
            .value()
            .and_then(|interval| interval.cache_hit_ratio),
        xid_share: observations.wraparound.value().map(|wraparound| wraparound.xid_share),
        ..Gauges::default()
    };
    if let Err(error) = add_measured(database, &mut gauges).await {
        tracing::debug!(%error, "some numbers for /metrics could not be read");
    }
    gauges
}

async fn add_measured(database: &Database, gauges: &mut Gauges) -> Result<(), sqlx::Error> {
    // Other sessions' transactions are seen only with the right to; without it there is no number
    // rather than a wrong one.
    let measured = sqlx::query!(
        r#"SELECT pg_database_size(current_database()) AS size,
             (SELECT deadlocks FROM pg_stat_database
               WHERE datname = current_database()) AS deadlocks,
             CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN
               (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
                 FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) END AS oldest"#
    )
    .fetch_one(database.operations())
    .await?;
    gauges.size_bytes = measured.size;
    gauges.deadlocks = measured.deadlocks;
    gauges.oldest_transaction_seconds = measured.oldest;
    // Apart from the others, which do not wait for a table that somebody has locked.
    let running = sqlx::query_scalar!(
        "SELECT count(*) FROM public.maintenance_operations WHERE status = 'running'"
    );
    gauges.maintenance_running = running.fetch_one(database.operations()).await?;
    Ok(())
}

impl Gauges {
    fn lines(&self, text: &mut String) {
        // Writing to a String cannot fail.
        let mut line = |name: &str, kind: &str, help: &str, value: Option<f64>| {
            if let Some(value) = value {
                let _ =
                    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
            }
        };
        let whole = |value: Option<i64>| value.map(|value| value as f64);
        line("train_postgres_size_bytes", "gauge", "Size of the database.", whole(self.size_bytes));
        line(
            "train_postgres_connections_used",
            "gauge",
            "Connections of the server in use.",
            whole(self.connections_used),
        );
        line(
            "train_postgres_connections_available",
            "gauge",
            "Connections there may be, without reserved ones.",
            whole(self.connections_available),
        );
        line(
            "train_postgres_cache_hit_ratio",
            "gauge",
            "Blocks found in the cache, of those asked for in the last interval, 0 to 1.",
            self.cache_hit_ratio,
        );
        line(
            "train_postgres_deadlocks_total",
            "counter",
            "Deadlocks since the statistics began.",
            whole(self.deadlocks),
        );
        line(
            "train_postgres_oldest_transaction_seconds",
            "gauge",
            "Age of the oldest transaction.",
            self.oldest_transaction_seconds,
        );
        line(
            "train_postgres_xid_share",
            "gauge",
            "Transaction ids used up before wraparound, 0 to 1.",
            self.xid_share,
        );
        line(
            "train_postgres_maintenance_running",
            "gauge",
            "Maintenance operations that run.",
            whole(self.maintenance_running),
        );
    }
}

fn open_alerts(open: &AlertCounts, text: &mut String) {
    let name = "train_database_alerts_open";
    let _ = writeln!(
        text,
        "# HELP {name} Alerts about the database that nobody has acknowledged.\n# TYPE {name} gauge"
    );
    for (severity, count) in
        [("critical", open.critical), ("warning", open.warning), ("info", open.info)]
    {
        let _ = writeln!(text, "{name}{{severity=\"{severity}\"}} {count}");
    }
}

impl AlertService {
    /// The database's lines of `/metrics`. Nothing when it does not answer within a second, and no
    /// line for what is not known.
    pub async fn metrics(&self) -> String {
        match timeout(PATIENCE, self.read_metrics()).await {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the numbers of the database could not be read");
                String::new()
            }
            Err(_) => String::new(),
        }
    }

    async fn read_metrics(&self) -> Result<String, ServiceError> {
        let read = sqlx::query!(
            r#"SELECT checked_at, gauges AS "gauges: Json<Gauges>" FROM database_alert_rules"#
        )
        .fetch_one(self.database.pool())
        .await?;
        let mut text = String::new();
        let Some(checked_at) = read.checked_at else { return Ok(text) };
        let name = "train_database_checked_timestamp_seconds";
        let seconds = checked_at.timestamp();
        let _ = writeln!(
            text,
            "# HELP {name} When the alert rules were last looked at.\n# TYPE {name} gauge\n{name} \
                {seconds}"
        );
        open_alerts(&list::open(&self.database).await?, &mut text);
        if Utc::now() - checked_at < LONGEST_AGE {
            read.gauges.0.lines(&mut text);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_has_no_line() {
        let mut text = String::new();
        Gauges::default().lines(&mut text);
        assert_eq!(text, "");
        let gauges =
            Gauges { size_bytes: Some(8_000_000), xid_share: Some(0.25), ..Gauges::default() };
        gauges.lines(&mut text);
        assert_eq!(
            text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>(),
            ["train_postgres_size_bytes 8000000", "train_postgres_xid_share 0.25"]
        );
    }
}
