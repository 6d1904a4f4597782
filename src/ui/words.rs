//! Values, differences and times in the words of people.

use super::components::Difference;
pub use crate::domain::days::{date, month};
use crate::domain::{
    ai::{self, ceilings::path_of},
    conversation_policy,
    merge_patch::FieldChange,
    preferences,
    settings::Field,
};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use serde_json::Value;

/// A change of one field by its label, for a list of differences.
pub fn difference(change: &FieldChange) -> Difference {
    let words =
        |value: &Option<Value>| value.as_ref().map(|value| value_in_words(&change.path, value));
    Difference {
        label: label(&change.path),
        old: words(&change.old),
        new: words(&change.new),
        beneath: None,
    }
}

/// What people call a field.
pub fn label(path: &str) -> String {
    match known(path) {
        Some(Known { field, is_ceiling: true }) => format!("Ceiling · {}", field.label),
        Some(Known { field, .. }) => format!("{} · {}", field.section.label, field.label),
        None => match path {
            "configName" => "Name of the configuration".into(),
            "isActive" => "Active".into(),
            "priority" => "Priority".into(),
            // Of API keys.
            "masked" => "Key".into(),
            "state" => "State".into(),
            "version" => "Version".into(),
            path => path.to_owned(),
        },
    }
}

/// A field's value in words.
pub fn value_in_words(path: &str, value: &Value) -> String {
    match (known(path), value) {
        (Some(known), value) => known.field.display(value),
        (None, Value::Bool(on)) => if *on { "Yes" } else { "No" }.into(),
        (None, Value::String(word)) if path == "state" => capitalized(word),
        (None, Value::String(text)) => text.clone(),
        (None, value) => value.to_string(),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
    })
}

/// A field that is declared.
struct Known {
    field: &'static Field,
    /// The path names a ceiling, which lowers the field.
    is_ceiling: bool,
}

/// The field at a path, of whichever feature it is: as its page names it, or as history does.
fn known(path: &str) -> Option<Known> {
    let setting = || {
        let of_configuration = path.strip_prefix("configuration.").unwrap_or(path);
        preferences::catalog::field_at(path)
            .or_else(|| ai::catalog::field_at(of_configuration))
            .or_else(|| conversation_policy::catalog::field_at(path))
    };
    let ceiling = || ai::catalog::field_at(path_of(path)?);
    let found = setting().map(|field| Known { field, is_ceiling: false });
    found.or_else(|| ceiling().map(|field| Known { field, is_ceiling: true }))
}

/// A number of people: “nobody”, “1 person”, “12 people”.
pub fn people(count: i64) -> String {
    match count {
        0 => "nobody".into(),
        1 => "1 person".into(),
        count => format!("{count} people"),
    }
}

/// A length of time: “12 s”, “2 min 5 s”, “3 h 20 min”.
pub fn seconds(count: u64) -> String {
    match count {
        0..60 => format!("{count} s"),
        60..3600 => format!("{} min {} s", count / 60, count % 60),
        _ => format!("{} h {} min", count / 3600, count % 3600 / 60),
    }
}

/// A time as everyone reads it the same way.
pub fn absolute(time: DateTime<Utc>) -> String {
    format!("{}, {:02}:{:02} UTC", date(time.date_naive()), time.hour(), time.minute())
}

/// The same to the second.
pub fn precise(time: DateTime<Utc>) -> String {
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{}, {hour:02}:{minute:02}:{second:02} UTC", date(time.date_naive()))
}

/// The name of a day in its week.
pub fn weekday(day: NaiveDate) -> &'static str {
    const NAMES: [&str; 7] =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    NAMES[day.weekday().num_days_from_monday() as usize]
}

/// How long ago, or in how long, coarsely.
pub fn relative(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - time).num_seconds();
    let (count, unit) = match seconds.abs() {
        0..10 if time > now => return "in a moment".into(),
        0..10 => return "just now".into(),
        count @ 10..60 => (count, "second"),
        count @ 60..3_600 => (count / 60, "minute"),
        count @ 3_600..86_400 => (count / 3_600, "hour"),
        count @ 86_400..2_592_000 => (count / 86_400, "day"),
        _ => return absolute(time),
    };
    let several = if count == 1 { "" } else { "s" };
    if seconds < 0 {
        format!("in {count} {unit}{several}")
    } else {
        format!("{count} {unit}{several} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use serde_json::json;

    #[test]
    fn says_how_long_ago_and_in_how_long() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(400);
        for (seconds, words) in [
            (0, "just now"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (7_199, "1 hour ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(relative(now - TimeDelta::seconds(seconds), now), words);
        }
        for (seconds, words) in [
            (1, "in a moment"),
            (59, "in 59 seconds"),
            (60, "in 1 minute"),
            (86_399, "in 23 hours"),
            (172_800, "in 2 days"),
        ] {
            assert_eq!(relative(now + TimeDelta::seconds(seconds), now), words);
        }
        assert_eq!(relative(DateTime::UNIX_EPOCH, now), "1 Jan 1970, 00:00 UTC");
    }

    #[test]
    fn tells_a_change_by_label_and_words() {
        let change =
            FieldChange { path: "notifications.email".into(), old: None, new: Some(json!(true)) };
        let shown = difference(&change);
        assert_eq!(
            (shown.label.as_str(), shown.old, shown.new.as_deref()),
            ("Notifications · E-mail", None, Some("On"))
        );
        let path = "configuration.costBudget.dailyBudget";
        let change =
            FieldChange { path: path.into(), old: Some(json!(100)), new: Some(json!(2.5)) };
        let shown = difference(&change);
        assert_eq!(
            (shown.label.as_str(), shown.new.as_deref()),
            ("Costs · Daily budget", Some("$2.50"))
        );
        assert_eq!(label("dailyBudget"), "Ceiling · Daily budget");
        assert_eq!(value_in_words("isActive", &json!(true)), "Yes");
        assert_eq!([label("masked"), label("state")], ["Key", "State"]);
        assert_eq!(value_in_words("state", &json!("primary")), "Primary");
    }

    #[test]
    fn says_days_as_chrono_does() {
        let first = NaiveDate::from_ymd_opt(2027, 12, 25).unwrap();
        for day in first.iter_days().take(400) {
            assert_eq!(date(day), day.format("%-d %b %Y").to_string());
            assert_eq!(month(day), day.format("%B").to_string());
            assert_eq!(weekday(day), day.format("%A").to_string());
            let time = day.and_hms_opt(7, 5, 9).unwrap().and_utc();
            assert_eq!(absolute(time), time.format("%-d %b %Y, %H:%M UTC").to_string());
            assert_eq!(precise(time), time.format("%-d %b %Y, %H:%M:%S UTC").to_string());
        }
    }

    #[test]
    fn says_how_long() {
        for (count, words) in [(0, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (12_000, "3 h 20 min")]
        {
            assert_eq!(seconds(count), words);
        }
    }
}
