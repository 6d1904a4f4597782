//! Times that come again, written as in cron: `minute hour day-of-month month day-of-week`.
//!
//! Each field takes `*`, numbers, ranges `1-5`, steps `*/15` and `10-40/5`, lists `1,15`; months
//! and weekdays also English names of three letters. Sunday is 0 or 7. When both days are
//! restricted, either is enough, as cron has it.
//!
//! The times are local. A time that comes twice, when clocks go back, is taken the first time only;
//! a time that does not come, when they go forward, is taken at the moment after the gap.

use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDateTime, TimeZone, Timelike, Utc,
};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// Between two 29th of February can lie eight years, when a century without one is between them.
const LONGEST_SEARCH_DAYS: u64 = 8 * 366 + 1;
/// A zone that changes sides of the date line leaves out a day.
const LONGEST_GAP_MINUTES: i64 = 26 * 60;
/// More than the clocks of two servers differ: what one has just done is not due again for the
/// other.
const CLOCKS_DIFFER: Duration = Duration::minutes(10);

/// A parsed expression: bit n of each set is the value n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Only one of the two kinds of day is restricted, so both must fit.
    both_days: bool,
}

struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", first: 0, last: 59, names: &[] },
    Field { name: "hour", first: 0, last: 23, names: &[] },
    Field { name: "day of the month", first: 1, last: 31, names: &[] },
    Field { name: "month", first: 1, last: 12, names: &MONTHS },
    Field { name: "day of the week", first: 0, last: 7, names: &WEEKDAYS },
];

impl Cron {
    /// # Errors
    /// One sentence that names the field, or says that such a day never comes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(
                "Write five fields: minute, hour, day of the month, month, day of the week; \
                `30 3 * * 0` is Sundays at 3:30."
                    .into(),
            );
        };
        let [of_minute, of_hour, of_day, of_month, of_weekday] = &FIELDS;
        let mut weekdays = of_weekday.parse(weekday)?;
        // Sunday has two numbers.
        weekdays = (weekdays | weekdays >> 7) & 0x7f;
        let cron = Self {
            minutes: of_minute.parse(minute)?,
            hours: of_hour.parse(hour)?,
            days: of_day.parse(day)?,
            months: of_month.parse(month)?,
            weekdays,
            both_days: day.starts_with('*') || weekday.starts_with('*'),
        };
        // Which days there are does not depend on when somebody looks.
        match cron.next_after(DateTime::UNIX_EPOCH, &Utc) {
            Some(_) => Ok(cron),
            None => Err("There is no such day: it would never be due.".into()),
        }
    }

    /// The first time after `after`; `None` at the end of the calendar.
    pub fn next_after<Z: TimeZone>(&self, after: DateTime<Utc>, zone: &Z) -> Option<DateTime<Utc>> {
        let mut date = after.with_timezone(zone).date_naive();
        for _ in 0..LONGEST_SEARCH_DAYS {
            if self.has_day(date.day(), date.month(), date.weekday().num_days_from_sunday()) {
                for hour in values(self.hours) {
                    for minute in values(self.minutes) {
                        let local = date.and_hms_opt(hour, minute, 0)?;
                        if let Some(moment) = moment(local, zone).filter(|moment| *moment > after) {
                            return Some(moment);
                        }
                    }
                }
            }
            date = date.checked_add_days(Days::new(1))?;
        }
        None
    }

    /// The time to keep instead of `kept`, when that lies beyond one that comes first: it was kept
    /// while the clock was ahead, and the earlier ones were not to be left out.
    pub fn set_back<Z: TimeZone>(
        &self,
        kept: DateTime<Utc>,
        now: DateTime<Utc>,
        zone: &Z,
    ) -> Option<DateTime<Utc>> {
        let latest = self.next_after(now + CLOCKS_DIFFER, zone)?;
        self.next_after(now, zone).filter(|_| kept > latest)
    }

    fn has_day(&self, day: u32, month: u32, weekday: u32) -> bool {
        let (day, weekday) = (has(self.days, day), has(self.weekdays, weekday));
        has(self.months, month) && if self.both_days { day && weekday } else { day || weekday }
    }

    /// Whether a local time is one of these, gaps and repetitions aside.
    pub fn matches(&self, local: NaiveDateTime) -> bool {
        has(self.minutes, local.minute())
            && has(self.hours, local.hour())
            && self.has_day(local.day(), local.month(), local.weekday().num_days_from_sunday())
    }
}

impl Field {
    fn parse(&self, text: &str) -> Result<u64, String> {
        text.split(',').try_fold(0, |set, part| Ok(set | self.part(part)?))
    }

    fn part(&self, part: &str) -> Result<u64, String> {
        let wrong = || {
            format!(
                "“{part}” is not a {}, which goes from {} to {}.",
                self.name, self.first, self.last
            )
        };
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, step.parse::<usize>().ok().filter(|step| *step > 0).ok_or_else(wrong)?)
            }
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((first, last)) => {
                (self.value(first).ok_or_else(wrong)?, self.value(last).ok_or_else(wrong)?)
            }
            // `5/10` is 5, 15, … as everywhere.
            None if part.contains('/') => (self.value(range).ok_or_else(wrong)?, self.last),
            None => self.value(range).map(|value| (value, value)).ok_or_else(wrong)?,
        };
        if first > last {
            return Err(format!("“{part}” goes backwards; write the smaller {} first.", self.name));
        }
        Ok((first..=last).step_by(step).fold(0, |set, value| set | 1 << value))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let value = match named {
            Some(position) => u32::try_from(position).ok()? + self.first,
            // `parse` alone would take a sign.
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.first..=self.last).contains(&value).then_some(value)
    }
}

fn has(set: u64, value: u32) -> bool {
    set >> value & 1 == 1
}

fn values(set: u64) -> impl Iterator<Item = u32> {
    (0..60).filter(move |value| has(set, *value))
}

fn moment<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Option<DateTime<Utc>> {
    (0..=LONGEST_GAP_MINUTES).find_map(|minutes| {
        match zone.from_local_datetime(&local.checked_add_signed(Duration::minutes(minutes))?) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                Some(moment.with_timezone(&Utc))
            }
            LocalResult::None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Europe::Berlin, Pacific::Apia, Tz};
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn next(cron: &str, zone: Tz, after: &str) -> String {
        let next = Cron::parse(cron).unwrap().next_after(at(after), &zone).unwrap();
        next.with_timezone(&zone).format("%Y-%m-%dT%H:%M%:z").to_string()
    }

    #[test]
    fn what_is_not_a_time_is_told_by_its_field() {
        for (text, part) in [
            ("", "five fields"),
            ("* * * *", "five fields"),
            ("60 * * * *", "not a minute"),
            ("* 24 * * *", "not a hour"),
            ("* * 0 * *", "day of the month"),
            ("* * * 13 *", "not a month"),
            ("* * * * 8", "day of the week"),
            ("*/0 * * * *", "not a minute"),
            ("+5 * * * *", "not a minute"),
            ("30-10 * * * *", "backwards"),
            ("1,, * * * *", "not a minute"),
            ("0 0 30 2 *", "no such day"),
        ] {
            let error = Cron::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_ways_to_write_the_same_are_the_same() {
        for (one, other) in [
            ("0 3 * * sun", "0 3 * * 7"),
            ("0 3 * * 0", "0 3 * * Sun"),
            ("*/20 * * jan-mar *", "0,20,40 * * 1,2,3 *"),
            ("5/30 * * * *", "5,35 * * * *"),
        ] {
            assert_eq!(Cron::parse(one), Cron::parse(other), "{one}");
        }
    }

    #[test]
    fn days_are_found_however_rare() {
        assert_eq!(next("30 3 * * 0", Tz::UTC, "2026-11-25T12:00:00Z"), "2026-11-29T03:30+00:00");
        assert_eq!(next("0 0 29 2 *", Tz::UTC, "2097-01-01T00:00:00Z"), "2104-02-29T00:00+00:00");
        // Either day is enough when both are said.
        assert_eq!(next("0 0 13 * fri", Tz::UTC, "2026-11-25T00:00:00Z"), "2026-11-27T00:00+00:00");
        // A time is not after itself.
        assert_eq!(next("0 3 * * *", Tz::UTC, "2026-11-25T03:00:00Z"), "2026-11-26T03:00+00:00");
    }

    #[test]
    fn a_time_kept_while_the_clock_was_ahead_is_set_back_to_the_very_next() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let cron = Cron::parse("0 3 * * *").unwrap();
        let set_back = |kept, now| cron.set_back(at(kept), at(now), &Tz::UTC);
        // However soon that is: with a tolerance in what is kept, the run of today was left out.
        for now in ["2026-11-25T01:00:00Z", "2026-11-25T02:55:00Z", "2026-11-25T02:59:59Z"] {
            assert_eq!(set_back("2026-11-27T03:00:00Z", now), Some(at("2026-11-25T03:00:00Z")));
        }
        // A server whose clock is behind lets be what another has just done.
        assert_eq!(set_back("2026-11-26T03:00:00Z", "2026-11-25T02:51:00Z"), None);
        assert_eq!(set_back("2026-11-25T03:00:00Z", "2026-11-25T01:00:00Z"), None);
    }

    #[test]
    fn a_time_that_comes_twice_is_taken_once() {
        // Clocks go from 3:00 back to 2:00 on 25 October 2026.
        assert_eq!(next("30 2 * * *", Berlin, "2026-10-24T22:00:00Z"), "2026-10-25T02:30+02:00");
        assert_eq!(next("30 2 * * *", Berlin, "2026-10-25T00:30:00Z"), "2026-10-26T02:30+01:00");
    }

    #[test]
    fn a_time_that_does_not_come_is_taken_after_the_gap() {
        // Clocks go from 2:00 to 3:00 on 29 March 2026.
        assert_eq!(next("30 2 * * *", Berlin, "2026-03-28T12:00:00Z"), "2026-03-29T03:00+02:00");
        assert_eq!(next("30 2 * * *", Berlin, "2026-03-29T01:00:00Z"), "2026-03-30T02:30+02:00");
        // Samoa had no 30 December 2011.
        assert_eq!(next("0 12 30 12 *", Apia, "2011-12-29T12:00:00Z"), "2011-12-31T00:00+14:00");
    }

    proptest! {
        /// Against the plain definition: walk minute by minute.
        #[test]
        fn finds_the_same_as_looking_at_every_minute(
            seconds in 1_767_225_600_i64..1_798_761_600, minute in 0_u32..60, hour in 0_u32..24,
            zone in 0_usize..4,
        ) {
            let zone = [Tz::UTC, Berlin, Tz::America__St_Johns, Tz::Australia__Lord_Howe][zone];
            let after = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
            let cron = Cron::parse(&format!("{minute} {hour} * * *")).unwrap();
            let found = cron.next_after(after, &zone).unwrap();
            prop_assert!(found > after && found - after <= Duration::hours(49));
            let local = found.with_timezone(&zone).naive_local();
            let wanted = local.date().and_hms_opt(hour, minute, 0).unwrap();
            let is_gap = zone.from_local_datetime(&wanted).earliest().is_none();
            prop_assert!(cron.matches(local) || is_gap, "{local}");
            let first = after.timestamp() / 60 + 1;
            for number in first..found.timestamp() / 60 {
                let moment = DateTime::<Utc>::from_timestamp(number * 60, 0).unwrap();
                let there = moment.with_timezone(&zone);
                let local = there.naive_local();
                let is_first = zone.from_local_datetime(&local).earliest() == Some(there);
                prop_assert!(!(cron.matches(local) && is_first), "{local} was passed over");
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9*/,a-z -]{0,24}") {
            if let Ok(cron) = Cron::parse(&text) {
                let after = at("2026-11-25T00:00:00Z");
                prop_assert!(cron.next_after(after, &Berlin).is_none_or(|next| next > after));
            }
        }
    }
}
