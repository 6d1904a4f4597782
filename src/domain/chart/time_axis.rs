//! The axis below a plot of something over time: labels at the hours, days and months of a zone.

use super::Tick;
use chrono::{
    DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc,
};
use std::fmt::Display;

/// More labels than this would run into each other on a phone.
const MOST: i64 = 6;

/// Nearer to an edge than this a label of many is left out.
const EDGE: f64 = 0.05;

/// Between two labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Minutes(i64),
    Days(i64),
    Months(u32),
}

const STEPS: [(Step, i64); 17] = {
    const HOUR: i64 = 60;
    const DAY: i64 = 24 * HOUR;
    [
        (Step::Minutes(1), 1),
        (Step::Minutes(5), 5),
        (Step::Minutes(10), 10),
        (Step::Minutes(15), 15),
        (Step::Minutes(30), 30),
        (Step::Minutes(HOUR), HOUR),
        (Step::Minutes(2 * HOUR), 2 * HOUR),
        (Step::Minutes(3 * HOUR), 3 * HOUR),
        (Step::Minutes(6 * HOUR), 6 * HOUR),
        (Step::Minutes(12 * HOUR), 12 * HOUR),
        (Step::Days(1), DAY),
        (Step::Days(2), 2 * DAY),
        (Step::Days(7), 7 * DAY),
        (Step::Days(14), 14 * DAY),
        (Step::Months(1), 30 * DAY),
        (Step::Months(3), 91 * DAY),
        (Step::Months(12), 365 * DAY),
    ]
};

/// Labels between two times: few enough to read, at full minutes, hours, days or months in `zone`.
/// Empty unless `from` is before `to`.
pub fn time_ticks<Z: TimeZone<Offset: Display>>(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: &Z,
) -> Vec<Tick> {
    let span = (to - from).as_seconds_f64();
    if span <= 0.0 {
        return Vec::new();
    }
    let minutes = (to - from).num_minutes();
    let step = STEPS.iter().find(|(_, length)| minutes <= length * MOST).map(|(step, _)| *step);
    let step = step.unwrap_or(Step::Months(12 * (1 + minutes as u32 / (365 * 24 * 60) / 6)));
    let mut ticks = Vec::new();
    let mut local = first(step, from.with_timezone(zone).naive_local());
    // Clocks that are set back or forward cost a label or two.
    for _ in 0..4 * MOST {
        if let Some(time) = zone.from_local_datetime(&local).earliest() {
            let time = time.with_timezone(&Utc);
            if time > to {
                break;
            }
            if time >= from {
                let at = (time - from).as_seconds_f64() / span;
                ticks.push(Tick { at, label: label(step, local) });
            }
        }
        match next(step, local) {
            Some(later) => local = later,
            None => break,
        }
    }
    // A word at an edge is moved inside, into the one beside it where there are many.
    if ticks.len() > 3 {
        ticks.retain(|tick| (EDGE..=1.0 - EDGE).contains(&tick.at));
    }
    ticks
}

/// A time as the text equivalent has it: `29 Nov 2026, 16:06`.
pub fn moment_label<Z: TimeZone<Offset: Display>>(time: DateTime<Utc>, zone: &Z) -> String {
    time.with_timezone(zone).format("%-d %b %Y, %H:%M").to_string()
}

/// The last step at or before a time.
fn first(step: Step, from: NaiveDateTime) -> NaiveDateTime {
    let day = from.date();
    match step {
        Step::Minutes(length) => {
            let minutes = i64::from(from.hour() * 60 + from.minute());
            midnight(day) + Duration::minutes(minutes - minutes % length)
        }
        Step::Days(length) => {
            // Mondays, where it is weeks.
            let since = i64::from(day.num_days_from_ce()) - 1;
            midnight(day - Days::new((since % length).unsigned_abs()))
        }
        Step::Months(length) => {
            let month = day.month0() - day.month0() % length.min(12);
            midnight(NaiveDate::from_ymd_opt(day.year(), month + 1, 1).unwrap_or(day))
        }
    }
}

fn next(step: Step, local: NaiveDateTime) -> Option<NaiveDateTime> {
    match step {
        Step::Minutes(length) => local.checked_add_signed(Duration::minutes(length)),
        Step::Days(length) => local.checked_add_signed(Duration::days(length)),
        Step::Months(length) => local.checked_add_months(chrono::Months::new(length)),
    }
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(chrono::NaiveTime::MIN)
}

fn label(step: Step, local: NaiveDateTime) -> String {
    let format = match step {
        Step::Minutes(_) if local.hour() + local.minute() > 0 => "%H:%M",
        Step::Minutes(_) | Step::Days(_) => "%-d %b",
        Step::Months(length) if length < 12 => "%b %Y",
        Step::Months(_) => "%Y",
    };
    local.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Europe::Berlin, Tz};

    fn labels(from: &str, to: &str, zone: Tz) -> String {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let ticks = time_ticks(at(from), at(to), &zone);
        assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)), "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at), "{ticks:?}");
        ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn labels_stand_at_full_hours_and_days_of_the_zone() {
        for (from, to, zone, expected) in [
            (
                "2026-11-29T15:12:00Z",
                "2026-11-29T16:06:00Z",
                Tz::UTC,
                "15:20 15:30 15:40 15:50 16:00",
            ),
            ("2026-11-28T17:00:00Z", "2026-11-29T17:00:00Z", Berlin, "29 Nov 06:00 12:00"),
            ("2026-11-22T17:00:00Z", "2026-11-29T17:00:00Z", Berlin, "25 Nov 27 Nov 29 Nov"),
            ("2026-10-30T00:00:00Z", "2026-11-29T00:00:00Z", Tz::UTC, "2 Nov 9 Nov 16 Nov 23 Nov"),
            (
                "2026-01-15T00:00:00Z",
                "2026-06-20T00:00:00Z",
                Tz::UTC,
                "Feb 2026 Mar 2026 Apr 2026 May 2026 Jun 2026",
            ),
            ("2010-01-01T00:00:00Z", "2012-01-01T00:00:00Z", Tz::UTC, "2010 2011 2012"),
        ] {
            assert_eq!(labels(from, to, zone), expected, "{from} {to}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_or_never_keeps_the_order() {
        labels("2026-10-24T22:30:00Z", "2026-10-25T03:30:00Z", Berlin);
        labels("2026-03-28T23:30:00Z", "2026-03-29T04:30:00Z", Berlin);
    }

    #[test]
    fn no_time_has_no_labels() {
        assert_eq!(labels("2026-11-29T15:12:00Z", "2026-11-29T15:12:00Z", Tz::UTC), "");
    }

    #[test]
    fn a_moment_is_told_in_the_zone() {
        let time = "2026-11-29T23:06:00Z".parse().unwrap();
        assert_eq!(moment_label(time, &Berlin), "30 Nov 2026, 00:06");
    }
}
