//! Which part of a history a picture shows.

use crate::domain::{generation::window::start_of_day, instant, words::words};
use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// The longest part, in days: nothing is kept for longer.
const LONGEST: i64 = 731;

words! {
    /// How much of a history, by its word in the address.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Last: "The range" {
        #[default]
        Day => "24h", "24 hours";
        Week => "7d", "7 days";
        Month => "30d", "30 days";
        /// From one day to another.
        Own => "own", "Custom";
    }
}

/// A part of a history: the last hours or days, or from one day to another, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub last: Last,
    /// Of a range of one's own.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    #[serde(default)]
    pub to: Option<NaiveDate>,
}

impl Range {
    /// From when to when, by the days of a zone. It ends now, or in the past.
    ///
    /// # Errors
    /// A sentence, when the days are missing, the wrong way round, in the future or too many.
    pub fn span<Z: TimeZone>(
        &self,
        now: DateTime<Utc>,
        zone: &Z,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
        let back = |time: Duration| Ok((now - time, now));
        match self.last {
            Last::Day => return back(Duration::hours(24)),
            Last::Week => return back(Duration::days(7)),
            Last::Month => return back(Duration::days(30)),
            Last::Own => {}
        }
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Err("Choose the first and the last day.".to_owned());
        };
        // Far outside of these years there is no midnight to be reckoned.
        let is_day = |day: NaiveDate| instant::is_plausible(day.and_time(NaiveTime::MIN).and_utc());
        if !is_day(from) || !is_day(to) {
            return Err("There is no such day.".to_owned());
        }
        if from > to {
            return Err("The first day must not be after the last.".to_owned());
        }
        if (to - from).num_days() >= LONGEST {
            return Err(format!("Choose at most {LONGEST} days."));
        }
        let start = start_of_day(from, zone);
        if start >= now {
            return Err("Choose a first day in the past.".to_owned());
        }
        Ok((start, start_of_day(to + Days::new(1), zone).min(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Europe::Berlin, Pacific::Apia};

    fn own(from: &str, to: &str) -> Range {
        Range { last: Last::Own, from: from.parse().ok(), to: to.parse().ok() }
    }

    #[test]
    fn days_of_ones_own_are_those_of_the_zone() {
        let now = "2026-11-29T12:00:00Z".parse().unwrap();
        let span = |range: Range| range.span(now, &Berlin);
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let days = span(own("2026-11-01", "2026-11-02")).unwrap();
        assert_eq!(days, (at("2026-10-31T23:00:00Z"), at("2026-11-02T23:00:00Z")));
        assert_eq!(span(own("2026-11-28", "2026-11-29")).unwrap().1, now, "it ends now");
        assert_eq!(span(Range::default()).unwrap(), (now - Duration::hours(24), now));
        for (range, word) in [
            (own("", "2026-11-02"), "first and the last"),
            (own("2026-11-03", "2026-11-02"), "must not be after"),
            (own("2026-11-30", "2026-12-02"), "in the past"),
            (own("2020-11-30", "2026-11-02"), "at most"),
            (own("1969-12-31", "1970-01-02"), "no such day"),
            (own("-200000-01-01", "-200000-01-02"), "no such day"),
            (own("+200000-01-01", "+200000-01-02"), "no such day"),
        ] {
            let refusal = span(range).unwrap_err();
            assert!(refusal.contains(word), "{refusal}");
        }
    }

    #[test]
    fn a_day_that_the_clock_jumped_over_begins_at_the_change() {
        // Samoa had no 30 December 2011.
        let now = "2012-06-01T00:00:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let span = |range: Range| range.span(now, &Apia).unwrap();
        let before = span(own("2011-12-29", "2011-12-29"));
        assert_eq!(before, (at("2011-12-29T10:00:00Z"), at("2011-12-30T10:00:00Z")));
        let from_it_on = span(own("2011-12-30", "2011-12-31"));
        assert_eq!(from_it_on, (at("2011-12-30T10:00:00Z"), at("2011-12-31T10:00:00Z")));
    }
}
