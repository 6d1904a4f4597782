//! Which part of a history a picture shows.

use crate::domain::words::words;
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
        if from > to {
            return Err("The first day must not be after the last.".to_owned());
        }
        if (to - from).num_days() >= LONGEST {
            return Err(format!("Choose at most {LONGEST} days."));
        }
        let start = |day: NaiveDate| {
            let midnight = day.and_time(NaiveTime::MIN);
            // Where the clock jumps over midnight, the day begins an hour later.
            let later = midnight + Duration::hours(1);
            let of = |time| zone.from_local_datetime(&time).earliest();
            of(midnight).or_else(|| of(later)).map(|time| time.to_utc())
        };
        let next = to.checked_add_days(Days::new(1)).and_then(start);
        match start(from).zip(next) {
            Some((start, _)) if start >= now => Err("Choose a first day in the past.".to_owned()),
            Some((start, end)) => Ok((start, end.min(now))),
            None => Err("There is no such day.".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

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
        ] {
            let refusal = span(range).unwrap_err();
            assert!(refusal.contains(word), "{refusal}");
        }
    }
}
