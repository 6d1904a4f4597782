//! When a stored schedule is due: a cron expression in a time zone.

use crate::domain::cron::Cron;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// The times of a schedule.
#[derive(Debug)]
pub(super) struct Times {
    cron: Cron,
    zone: Tz,
}

impl Times {
    /// As they are stored; `None` for an expression that no longer reads. A zone that is gone
    /// counts as UTC: what is due runs at another hour, and not never.
    pub fn of(cron: &str, zone: &str) -> Option<Self> {
        Some(Self { cron: Cron::parse(cron).ok()?, zone: zone.parse().unwrap_or(Tz::UTC) })
    }

    /// The first time after `now`.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.next_after(now, &self.zone)
    }

    /// As [`Cron::set_back`].
    pub fn set_back(&self, kept: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.set_back(kept, now, &self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_that_is_gone_counts_as_utc() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let next = |zone| Times::of("0 3 * * *", zone)?.next_after(at("2026-12-01T00:00:00Z"));
        assert_eq!(next("Mars/Olympus"), Some(at("2026-12-01T03:00:00Z")));
        assert_eq!(next("Europe/Berlin"), Some(at("2026-12-01T02:00:00Z")));
        assert!(Times::of("never", "UTC").is_none());
    }
}
