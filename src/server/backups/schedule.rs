//! When the next backup is due: the five fields of cron in a time zone.

use chrono::{DateTime, Datelike, Days, Duration, LocalResult, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// How far ahead is looked: 29 February can be eight years away, at the turn of some centuries.
const LONGEST_DAYS: u64 = 366 * 8 + 2;

/// A time of recurrence. Each field is a set of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both days are restricted: either one is enough, as in every cron.
    either_day: bool,
}

impl Cron {
    /// Reads `minute hour day-of-month month day-of-week`: numbers, `*`, lists, ranges and steps. Sunday is 0 or 7.
    ///
    /// # Errors
    /// One sentence for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err("A schedule has five fields: minute, hour, day of month, month, day of week.".into());
        };
        let mut weekdays = field("day of week", weekday, 0, 7)?;
        if weekdays & (1 << 7) != 0 {
            weekdays = (weekdays | 1) & !(1 << 7);
        }
        let cron = Self {
            minutes: field("minute", minute, 0, 59)?,
            hours: field("hour", hour, 0, 23)?,
            days: field("day of month", day, 1, 31)?,
            months: field("month", month, 1, 12)?,
            weekdays,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        };
        match cron.next(Utc::now(), Tz::UTC) {
            Some(_) => Ok(cron),
            None => Err("There is no such day: the schedule would never be due.".into()),
        }
    }

    /// The first time after `after`. What falls into the hour that is left out in spring is due when that hour is over; what comes twice
    /// in autumn is due once, the first time.
    pub fn next(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let today = after.with_timezone(&zone).date_naive();
        (0..LONGEST_DAYS).filter_map(|days| today.checked_add_days(Days::new(days))).find_map(|day| {
            if !self.has_day(&day) {
                return None;
            }
            let times = (0..24).filter(|hour| self.hours & (1 << hour) != 0).flat_map(|hour| {
                (0..60).filter(|minute| self.minutes & (1 << minute) != 0).map(move |minute| (hour, minute))
            });
            times
                .filter_map(|(hour, minute)| instant(zone, day.and_hms_opt(hour, minute, 0)?))
                .find(|time| *time > after)
        })
    }

    fn has_day(&self, day: &impl Datelike) -> bool {
        let month_day = self.days & (1 << day.day()) != 0;
        let weekday = self.weekdays & (1 << day.weekday().num_days_from_sunday()) != 0;
        let fits = if self.either_day { month_day || weekday } else { month_day && weekday };
        fits && self.months & (1 << day.month()) != 0
    }
}

fn instant(zone: Tz, mut local: NaiveDateTime) -> Option<DateTime<Utc>> {
    for _ in 0..=(26 * 60) {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => return Some(time.to_utc()),
            // Clocks skip this minute.
            LocalResult::None => local = local.with_second(0)? + Duration::minutes(1),
        }
    }
    None
}

fn field(name: &str, text: &str, least: u32, most: u32) -> Result<u64, String> {
    let wrong = || {
        format!("“{text}” cannot be the {name} of a schedule; allowed are {least}–{most}, *, lists, ranges and steps.")
    };
    let number =
        |text: &str| text.parse::<u32>().ok().filter(|number| (least..=most).contains(number)).ok_or_else(wrong);
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0).ok_or_else(wrong)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((first, last)) => (number(first)?, number(last)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if first > last {
            return Err(wrong());
        }
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        bits |= (first..=last).step_by(step).fold(0, |bits, number| bits | (1 << number));
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, after: &str, zone: &str) -> String {
        let after: DateTime<Utc> = after.parse().unwrap();
        Cron::parse(cron).unwrap().next(after, zone.parse().unwrap()).unwrap().format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn the_next_time_is_the_first_that_fits() {
        assert_eq!(next("0 3 * * *", "2026-11-25T03:00:00Z", "UTC"), "2026-11-26T03:00Z");
        assert_eq!(next("*/15 * * * *", "2026-11-25T03:14:59Z", "UTC"), "2026-11-25T03:15Z");
        assert_eq!(next("30 2 1 1-6/2 *", "2026-11-25T00:00:00Z", "UTC"), "2027-01-01T02:30Z");
        assert_eq!(next("0 0 * * 7", "2026-11-25T00:00:00Z", "UTC"), "2026-11-29T00:00Z");
        assert_eq!(next("0 0 13 * 5", "2026-11-25T00:00:00Z", "UTC"), "2026-11-27T00:00Z", "either day is enough");
        assert_eq!(next("0 0 29 2 *", "2026-11-25T00:00:00Z", "UTC"), "2028-02-29T00:00Z");
    }

    #[test]
    fn hours_that_are_skipped_or_come_twice_are_due_once() {
        assert_eq!(next("0 3 * * *", "2026-11-25T12:00:00Z", "Europe/Berlin"), "2026-11-26T02:00Z");
        assert_eq!(next("30 2 29 3 *", "2026-03-28T12:00:00Z", "Europe/Berlin"), "2026-03-29T01:00Z");
        assert_eq!(next("30 2 25 10 *", "2026-10-24T12:00:00Z", "Europe/Berlin"), "2026-10-25T00:30Z");
        assert_eq!(next("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin"), "2026-10-26T01:30Z");
    }

    #[test]
    fn what_is_no_schedule_is_told() {
        for wrong in ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *"]
        {
            assert!(Cron::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Cron::parse("0 0 31 2 *").unwrap_err().contains("no such day"));
    }
}
