//! Severities, verdicts, states and plans in words and colours.

use crate::{
    domain::database::{OperationStatus, PreflightVerdict, Severity, Target},
    ui::{
        components::{Badge, IconName, Tone},
        words,
    },
};
use leptos::prelude::*;

/// A length of time in whole seconds.
pub fn seconds(length: f64) -> String {
    words::seconds(length.max(0.0).round() as u64)
}

/// Whole numbers with separators.
pub fn count(number: i64) -> String {
    let sign = if number < 0 { "−" } else { "" };
    format!("{sign}{}", crate::domain::money::grouped(&number.unsigned_abs().to_string()))
}

/// How often: “once”, “12 times”.
pub fn times(number: i64) -> String {
    if number == 1 { "once".into() } else { format!("{} times", count(number)) }
}

/// What an operation is done to.
pub fn target_words(target: &Target) -> String {
    match target {
        Target::Table(name) | Target::Index(name) => name.to_string(),
        Target::WholeDatabase => "the whole database".into(),
    }
}

pub fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Info,
        Severity::Warning => Tone::Warning,
        Severity::Critical => Tone::Danger,
    }
}

#[component]
pub fn SeverityBadge(severity: Severity) -> impl IntoView {
    let tone = severity_tone(severity);
    view! {
        <Badge tone=tone icon=tone.icon()>
            {severity.label()}
        </Badge>
    }
    .into_any()
}

#[component]
pub fn VerdictBadge(verdict: PreflightVerdict) -> impl IntoView {
    let (tone, icon, word) = match verdict {
        PreflightVerdict::Fine => (Tone::Success, IconName::Check, "Fine"),
        PreflightVerdict::Caution => (Tone::Warning, IconName::Warning, "Caution"),
        PreflightVerdict::Stop => (Tone::Danger, IconName::Error, "Stop"),
    };
    view! {
        <Badge tone=tone icon=icon>
            {word}
        </Badge>
    }
    .into_any()
}

#[component]
pub fn StatusBadge(status: OperationStatus) -> impl IntoView {
    let (tone, icon) = match status {
        OperationStatus::Queued => (Tone::Neutral, IconName::Clock),
        OperationStatus::Running => (Tone::Info, IconName::Clock),
        OperationStatus::Completed => (Tone::Success, IconName::Check),
        OperationStatus::Failed => (Tone::Danger, IconName::Error),
        OperationStatus::Cancelled => (Tone::Neutral, IconName::Close),
        OperationStatus::Skipped => (Tone::Warning, IconName::Warning),
    };
    view! {
        <Badge tone=tone icon=icon>
            {status.label()}
        </Badge>
    }
    .into_any()
}

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// What five fields of cron mean; field by field where there is no shorter way to say it. `None`
/// unless there are five.
pub fn cron_words(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    let every = |field: &str| field.strip_prefix("*/").and_then(|step| step.parse::<u32>().ok());
    let time = minute.parse::<u32>().ok().zip(hour.parse::<u32>().ok());
    let time = time.map(|(minute, hour)| format!("{hour:02}:{minute:02}"));
    let day_name =
        weekday.parse::<usize>().ok().and_then(|day| DAYS.get(day % 7).filter(|_| day <= 7));
    let words = match (time, day, month, weekday, day_name) {
        (Some(time), "*", "*", "*", _) => format!("Every day at {time}"),
        (Some(time), "*", "*", "1-5", _) => format!("Monday to Friday at {time}"),
        (Some(time), "*", "*", _, Some(name)) => format!("Every {name} at {time}"),
        (Some(time), day, "*", "*", _) if day.parse::<u32>().is_ok() => {
            format!("On day {day} of every month at {time}")
        }
        (None, "*", "*", "*", _) => match (minute, hour, every(minute), every(hour)) {
            ("*", "*", ..) => "Every minute".into(),
            (_, "*", Some(step), _) => format!("Every {step} minutes"),
            (minute, "*", None, _) if minute.parse::<u32>().is_ok() => {
                format!("Every hour at minute {minute}")
            }
            (minute, _, None, Some(step)) if minute.parse::<u32>().is_ok() => {
                format!("Every {step} hours at minute {minute}")
            }
            _ => by_field(minute, hour, day, month, weekday),
        },
        _ => by_field(minute, hour, day, month, weekday),
    };
    Some(words)
}

fn by_field(minute: &str, hour: &str, day: &str, month: &str, weekday: &str) -> String {
    let parts = [
        ("minute", minute),
        ("hour", hour),
        ("day", day),
        ("month", month),
        ("day of the week", weekday),
    ];
    let said = parts
        .into_iter()
        .filter(|(_, field)| *field != "*")
        .map(|(name, field)| format!("{name} {field}"));
    format!("At {}", said.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_is_said_in_words() {
        for (text, words) in [
            ("0 3 * * *", "Every day at 03:00"),
            ("30 2 * * 0", "Every Sunday at 02:30"),
            ("30 2 * * 7", "Every Sunday at 02:30"),
            ("0 4 * * 1-5", "Monday to Friday at 04:00"),
            ("0 1 1 * *", "On day 1 of every month at 01:00"),
            ("*/15 * * * *", "Every 15 minutes"),
            ("5 * * * *", "Every hour at minute 5"),
            ("0 */6 * * *", "Every 6 hours at minute 0"),
            ("0 3 1 1,7 *", "At minute 0, hour 3, day 1, month 1,7"),
        ] {
            assert_eq!(cron_words(text).as_deref(), Some(words), "{text}");
        }
        assert_eq!(cron_words("0 3"), None);
        assert_eq!(
            cron_words("0 3 * * 9").as_deref(),
            Some("At minute 0, hour 3, day of the week 9")
        );
    }

    #[test]
    fn numbers_are_grouped_and_keep_their_sign() {
        assert_eq!(count(-1_234_567), "−1,234,567");
        assert_eq!([0, 1, 1_200].map(times), ["0 times", "once", "1,200 times"]);
    }
}
