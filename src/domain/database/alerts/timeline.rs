//! When alerts were open, as a picture: a row for each subject, its times as bars over one axis.

use super::{AlertKind, Severity};
use crate::domain::{
    chart::{Tick, moment_label, time_ticks},
    money::grouped,
};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::HashMap, fmt::Display};

/// Times that are drawn at most, the newest.
pub const MOST_TIMES: usize = 1000;
/// More rows would be no picture.
const MOST_ROWS: usize = 30;
/// What is shorter than this part of the axis is drawn as long.
const LEAST: f64 = 0.005;

/// One time that an alert was open.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    pub kind: AlertKind,
    pub subject: String,
    pub severity: Severity,
    pub first_seen: DateTime<Utc>,
    /// `None` while it is still so.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// The picture, with the same as text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertTimeline {
    /// One sentence that says what there is to see.
    pub summary: String,
    /// What stands below the rows.
    pub x_axis: Vec<Tick>,
    /// Open ones first, then the worst, then the newest.
    pub rows: Vec<TimelineRow>,
}

/// What is wrong with one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// What the alert is called.
    pub name: String,
    /// When it was open.
    pub text: String,
    pub bars: Vec<TimelineBar>,
}

/// From when to when it was open: 0 at the left, 1 at the right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineBar {
    pub from: f64,
    pub to: f64,
    pub severity: Severity,
}

impl Occurrence {
    fn end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.resolved_at.unwrap_or(now).max(self.first_seen)
    }

    fn bar(&self, (from, to): (DateTime<Utc>, DateTime<Utc>), now: DateTime<Utc>) -> TimelineBar {
        let seconds = (to - from).as_seconds_f64().max(1.0);
        let place =
            |time: DateTime<Utc>| ((time - from).as_seconds_f64() / seconds).clamp(0.0, 1.0);
        let start = place(self.first_seen).min(1.0 - LEAST);
        TimelineBar {
            from: start,
            to: place(self.end(now)).max(start + LEAST),
            severity: self.severity,
        }
    }
}

/// The picture of those that were open between two times, the newest first, told in a zone. Of more
/// than [`MOST_TIMES`] it says so.
pub fn timeline<Z: TimeZone<Offset: Display>>(
    occurrences: &[Occurrence],
    span: (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    zone: &Z,
) -> AlertTimeline {
    let is_cut = occurrences.len() > MOST_TIMES;
    let occurrences = &occurrences[..occurrences.len().min(MOST_TIMES)];
    let mut subjects: HashMap<(AlertKind, &str), Vec<&Occurrence>> = HashMap::new();
    for one in occurrences {
        subjects.entry((one.kind, one.subject.as_str())).or_default().push(one);
    }
    let mut subjects: Vec<_> = subjects.into_values().collect();
    for times in &mut subjects {
        times.sort_by_key(|one| one.first_seen);
    }
    subjects.sort_by_key(|times| {
        let is_open = times.iter().any(|one| one.resolved_at.is_none());
        let worst = times.iter().map(|one| one.severity).max();
        let newest = times.last().map(|one| (one.first_seen, one.kind, one.subject.clone()));
        (Reverse(is_open), Reverse(worst), Reverse(newest))
    });
    let summary = summary(occurrences, is_cut, subjects.len());
    let rows = subjects.into_iter().take(MOST_ROWS).filter_map(|times| {
        let last = times.last()?;
        Some(TimelineRow {
            name: last.kind.about(&last.subject),
            text: text(&times, last, now, zone),
            bars: times.iter().map(|one| one.bar(span, now)).collect(),
        })
    });
    AlertTimeline { summary, rows: rows.collect(), x_axis: time_ticks(span.0, span.1, zone) }
}

fn summary(occurrences: &[Occurrence], is_cut: bool, subjects: usize) -> String {
    let most = grouped(&MOST_TIMES.to_string());
    let open = occurrences.iter().filter(|one| one.resolved_at.is_none()).count();
    let mut summary = match (occurrences.len(), open) {
        (_, open) if is_cut => format!(
            "More than {most} alerts were open; the newest {most} are drawn, {open} still open."
        ),
        (0, _) => "No alert was open.".to_owned(),
        (1, 0) => "One alert was open.".to_owned(),
        (1, _) => "One alert was open and still is.".to_owned(),
        (all, 0) => format!("{all} alerts were open; none still is."),
        (all, open) => format!("{all} alerts were open; {open} still open."),
    };
    if subjects > MOST_ROWS {
        summary.push_str(&format!(" The first {MOST_ROWS} of {subjects} subjects are drawn."));
    }
    summary
}

/// When it was open: the one time, or how often, how long and the last.
fn text<Z: TimeZone<Offset: Display>>(
    times: &[&Occurrence],
    last: &Occurrence,
    now: DateTime<Utc>,
    zone: &Z,
) -> String {
    let began = moment_label(last.first_seen, zone);
    let ended = match last.resolved_at {
        Some(time) => format!("to {}", moment_label(time, zone)),
        None => "until now".to_owned(),
    };
    let long = times.iter().map(|one| one.end(now) - one.first_seen);
    let long = lasted(long.fold(TimeDelta::zero(), |sum, one| sum + one));
    match times.len() {
        1 => format!("From {began} {ended}, {long}"),
        count => format!("{count} times, {long} in all, last from {began} {ended}"),
    }
}

/// `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`.
fn lasted(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn one(subject: &str, severity: Severity, from: i64, to: Option<i64>) -> Occurrence {
        Occurrence {
            kind: AlertKind::HighBloat,
            subject: subject.to_owned(),
            severity,
            first_seen: at(from),
            resolved_at: to.map(at),
        }
    }

    fn drawn(occurrences: &[Occurrence]) -> AlertTimeline {
        timeline(occurrences, (at(60), at(160)), at(160), &Utc)
    }

    #[test]
    fn each_subject_is_a_row_with_all_its_times() {
        let told = drawn(&[
            one("public.a", Severity::Warning, 70, Some(80)),
            one("public.a", Severity::Critical, 100, Some(185)),
            one("public.b", Severity::Info, 0, None),
        ]);
        assert_eq!(told.summary, "3 alerts were open; 1 still open.");
        let names: Vec<_> = told.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["High bloat: public.b", "High bloat: public.a"], "open ones first");
        // It began before, and is still so.
        assert_eq!((told.rows[0].bars[0].from, told.rows[0].bars[0].to), (0.0, 1.0));
        assert_eq!(told.rows[0].text, "From 1 Jan 1970, 00:00 until now, 2 h 40 min");
        let bars: Vec<_> = told.rows[1].bars.iter().map(|bar| (bar.from, bar.to)).collect();
        assert_eq!(bars, [(0.1, 0.2), (0.4, 1.0)]);
        let text = "2 times, 1 h 35 min in all, last from 1 Jan 1970, 01:40 to 1 Jan 1970, 03:05";
        assert_eq!(told.rows[1].text, text);
    }

    #[test]
    fn what_is_short_can_be_seen_and_many_are_cut() {
        let bar = drawn(&[one("a", Severity::Info, 160, Some(160))]).rows[0].bars[0];
        assert!(bar.to - bar.from >= LEAST * 0.99 && bar.to <= 1.0 + 1e-9, "{bar:?}");
        let many: Vec<_> =
            (0..40).map(|n| one(&format!("t{n}"), Severity::Info, 70, Some(71))).collect();
        let told = drawn(&many);
        assert_eq!(told.rows.len(), MOST_ROWS);
        assert!(
            told.summary.ends_with("The first 30 of 40 subjects are drawn."),
            "{}",
            told.summary
        );
        assert_eq!(drawn(&[]).summary, "No alert was open.");
        let times = vec![one("a", Severity::Info, 70, Some(71)); MOST_TIMES + 1];
        assert_eq!(drawn(&times[1..]).summary, "1000 alerts were open; none still is.");
        let told = drawn(&times);
        assert_eq!(told.rows[0].bars.len(), MOST_TIMES);
        let cut = "More than 1,000 alerts were open; the newest 1,000 are drawn, 0 still open.";
        assert_eq!(told.summary, cut);
    }

    #[test]
    fn times_are_told_by_what_matters_of_them() {
        for (seconds, words) in
            [(40, "40 s"), (720, "12 min"), (11_100, "3 h 5 min"), (187_200, "2 d 4 h")]
        {
            assert_eq!(lasted(TimeDelta::seconds(seconds)), words);
        }
    }
}
