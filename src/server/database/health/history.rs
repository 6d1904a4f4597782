//! Since when the counters count, and for which indexes that is long enough.

use super::reader::begin;
use crate::{domain::database::Panel, server::postgres::Database};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::time::Duration;

/// Why nothing is said of the statements since the last snapshot, where their counters were reset
/// or forgotten.
pub(super) const STATEMENTS_ANEW: &str = "Not enough history yet: the statistics of statements \
    began anew since the last snapshot.";

/// What tells one history of the counters from the next. Two readings may be subtracted only when
/// all of it is equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Epoch {
    /// Start of the server.
    pub started_at: DateTime<Utc>,
    /// `pg_stat_reset()` of this database.
    pub reset_at: Option<DateTime<Utc>>,
    /// After a crash PostgreSQL throws all statistics away and notes the time here.
    pub discarded_at: Option<DateTime<Utc>>,
}

impl Epoch {
    pub(super) async fn now(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        // `Counters::read` reads the same beside its counters.
        sqlx::query_as!(
            Self,
            r#"SELECT pg_postmaster_start_time() AS "started_at!",
                 (SELECT stats_reset FROM pg_stat_database
                   WHERE datname = current_database()) AS reset_at,
                 (SELECT stats_reset FROM pg_stat_bgwriter) AS discarded_at"#
        )
        .fetch_one(connection)
        .await
    }

    /// When the statistics were empty the last time. A clean restart keeps them.
    pub(super) fn since(&self) -> Option<DateTime<Utc>> {
        self.reset_at.max(self.discarded_at)
    }

    /// Why nothing can be subtracted, as a sentence.
    pub(super) fn broken(&self, earlier: &Self, now: DateTime<Utc>) -> String {
        let (what, when) = if self.started_at == earlier.started_at {
            ("the statistics were reset", self.since())
        } else {
            ("the database was restarted", Some(self.started_at))
        };
        match when {
            Some(when) => format!("Not enough history yet: {what} {} ago.", age(now - when)),
            None => format!("Not enough history yet: {what}."),
        }
    }
}

/// "40 seconds", "3 hours".
pub(super) fn age(age: chrono::TimeDelta) -> String {
    let seconds = age.num_seconds().max(0);
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Which indexes have been watched for long enough to be called unused. When one was made
/// PostgreSQL does not tell; but object ids rise, so that every index up to the newest relation of
/// an old snapshot is at least as old as that.
#[derive(Clone, Debug)]
pub(super) struct Known {
    newest: Option<i64>,
    days: f64,
    reason: String,
    as_of: DateTime<Utc>,
}

impl Known {
    pub(super) fn knows(&self, oid: i64) -> bool {
        self.newest.is_some_and(|newest| oid <= newest)
    }

    /// The newest object id that is old enough; 0 when none is.
    pub(super) fn newest(&self) -> i64 {
        self.newest.unwrap_or(0)
    }

    /// The days that the statistics cover.
    pub(super) fn panel(&self) -> Panel<f64> {
        match self.newest {
            Some(_) => Panel::exact(self.days, self.as_of),
            None => Panel::unavailable(self.reason.clone()),
        }
    }
}

/// Looks for a snapshot of at least that age since the statistics were reset.
pub(super) async fn known_since(
    database: &Database,
    needed: Duration,
) -> Result<Known, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let epoch = Epoch::now(&mut transaction).await?;
    let now = Utc::now();
    let since = epoch.since().unwrap_or(epoch.started_at);
    let newest = sqlx::query_scalar!(
        "SELECT max((payload->>'newestRelation')::int8) FROM public.database_snapshots
         WHERE kind = 'tables' AND taken_at <= clock_timestamp() - make_interval(secs => $1)
           AND taken_at >= $2",
        needed.as_secs_f64(),
        since
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let days = (now - since).num_seconds() as f64 / 86_400.0;
    let wanted = age(chrono::TimeDelta::from_std(needed).unwrap_or_default());
    let reason = if (now - since).to_std().unwrap_or_default() < needed {
        format!(
            "Not enough history yet: the statistics go back {}, and an index is called unused \
                after {wanted}.",
            age(now - since)
        )
    } else {
        format!("Not enough history yet: the indexes have been watched for less than {wanted}.")
    };
    Ok(Known { newest, days, reason, as_of: now })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn another_history_is_told_with_its_age() {
        let time = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
        let earlier = Epoch { started_at: time(0), reset_at: None, discarded_at: Some(time(0)) };
        let reset = Epoch { reset_at: Some(time(60)), ..earlier.clone() };
        assert_eq!(
            reset.broken(&earlier, time(100)),
            "Not enough history yet: the statistics were reset 40 seconds ago."
        );
        let restarted = Epoch { started_at: time(90), ..earlier.clone() };
        assert_eq!(
            restarted.broken(&earlier, time(91)),
            "Not enough history yet: the database was restarted 1 second ago."
        );
        assert_eq!(age(TimeDelta::hours(3)), "3 hours");
        assert_eq!(age(TimeDelta::days(7)), "7 days");
    }
}
