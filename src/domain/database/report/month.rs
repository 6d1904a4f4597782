//! The month of a report.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use std::{fmt, str::FromStr};

/// A calendar month, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that a moment lies in.
    pub fn of(time: DateTime<Utc>) -> Self {
        let day = time.date_naive();
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Its first moment.
    pub fn from(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// The first moment after it.
    pub fn to(self) -> DateTime<Utc> {
        self.0
            .checked_add_months(Months::new(1))
            .unwrap_or(self.0)
            .and_time(NaiveTime::MIN)
            .and_utc()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
        let digits = text.bytes().all(|sign| sign.is_ascii_digit() || sign == b'-');
        let day = parts.filter(|_| digits).and_then(|(year, month)| {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
        });
        day.map(Self).ok_or_else(|| "A month is written as 2026-11.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(
            (month.from().to_rfc3339(), month.to().to_rfc3339()),
            ("2026-12-01T00:00:00+00:00".into(), "2027-01-01T00:00:00+00:00".into())
        );
        assert_eq!(Month::of("2026-12-31T23:59:59Z".parse().unwrap()), month);
        assert_eq!(month.to_string(), "2026-12");
    }

    #[test]
    fn what_is_no_month_is_told() {
        for wrong in
            ["", "2026", "2026-13", "2026-1", "2026-11-25", "+026-11", "2026-é", "november"]
        {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
