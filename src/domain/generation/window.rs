//! Calendar windows: the day, the week from Monday and the month around a moment, in a time zone.
//!
//! Windows are computed, so no job has to reset a budget at midnight. The zone is a parameter: the
//! list of the world's zones is too heavy for the browser, so only the server brings it.

use crate::domain::words::words;
use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, Months, NaiveDate, NaiveTime, TimeZone, Utc,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// The length of a window: the word in `budget_spend.period` and on the wire.
    #[derive(
        Clone,
        Copy,
        Debug,
        Default,
        PartialEq,
        Eq,
        PartialOrd,
        Ord,
        Hash,
        Serialize,
        Deserialize,
        ToSchema,
    )]
    pub enum Period: "The window" {
        #[default]
        Day => "day";
        /// From Monday.
        Week => "week";
        Month => "month";
    }
}

/// From `start` (included) to `end` (not included).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    pub period: Period,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Period {
    /// The budget of this period: `daily`.
    pub fn adjective(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Week => "weekly",
            Self::Month => "monthly",
        }
    }

    fn first_day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    fn next(self, first_day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => first_day + Days::new(1),
            Self::Week => first_day + Days::new(7),
            Self::Month => first_day + Months::new(1),
        }
    }
}

impl Window {
    /// The window that holds a moment. For moments within a few hundred thousand years.
    pub fn around<Tz: TimeZone>(period: Period, at: DateTime<Utc>, zone: &Tz) -> Self {
        let local = at.with_timezone(zone).date_naive();
        let mut first = period.first_day(local);
        loop {
            let next = period.next(first);
            let end = start_of_day(next, zone);
            // A clock that goes back over midnight shows the old date again after the new day has
            // begun; the new day goes on.
            if at < end {
                return Self { period, start: start_of_day(first, zone), end };
            }
            first = next;
        }
    }

    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }

    /// How much of the window has passed at a moment, 0 to 1.
    pub fn elapsed(&self, at: DateTime<Utc>) -> f64 {
        let whole = (self.end - self.start).num_milliseconds().max(1);
        let passed = (at - self.start).num_milliseconds().clamp(0, whole);
        passed as f64 / whole as f64
    }
}

/// The first moment of a local day: midnight, the earlier one where the clock shows it twice, and
/// the moment of the change where the clock jumps over midnight (or over the whole day).
pub fn start_of_day<Tz: TimeZone>(day: NaiveDate, zone: &Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    match zone.from_local_datetime(&midnight) {
        LocalResult::Single(moment) => moment.to_utc(),
        LocalResult::Ambiguous(earlier, _) => earlier.to_utc(),
        LocalResult::None => {
            // Offsets lie within a day of UTC, so the change lies between these two; halve until
            // the second is found.
            let mut before = midnight.and_utc() - Duration::hours(36);
            let mut after = midnight.and_utc() + Duration::hours(36);
            while after - before > Duration::seconds(1) {
                let middle = before + Duration::seconds((after - before).num_seconds() / 2);
                if middle.with_timezone(zone).date_naive() >= day {
                    after = middle;
                } else {
                    before = middle;
                }
            }
            after
        }
    }
}

#[cfg(test)]
mod tests;
