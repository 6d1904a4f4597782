//! What the address asks for. Whatever in it cannot be meant is left out, so that every link shows
//! something.

use crate::{
    api::{history::ExportChanges, operation},
    domain::history::{
        ChangeFilter, ChangeQuery, ChangeScope, ConfigType, StatisticsQuery, is_action,
    },
};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use leptos_router::location::Url;
use uuid::Uuid;

const PAGE: &str = "/history";
/// Filters of the list, by their names in addresses; `from` and `to` are days here, both of them
/// included.
const FILTERS: [&str; 9] =
    ["configType", "action", "actor", "from", "to", "text", "path", "targetId", "scope"];
/// What else an address of the page says: where the list begins, the one change to show, the days
/// that are counted.
const PLACES: [&str; 3] = ["before", "change", "window"];
/// Days after 1970 that are later than every change, in the year 9992; the server takes none after
/// 9999.
const LAST_DAY: i64 = 2_930_000;
/// The longest text that the server looks for, in Unicode scalar values.
const LONGEST_TEXT: usize = 200;

/// The understood parts of an address, in the order of [`FILTERS`] and [`PLACES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked(Vec<(&'static str, String)>);

impl Asked {
    /// Reads the address; `scopes` are the words of those that the person may see.
    pub fn read(part: impl Fn(&str) -> Option<String>, scopes: &[String]) -> Self {
        let understood = |name: &&'static str| {
            let word = part(name)?.trim().to_owned();
            is_meant(name, &word, scopes).then_some((*name, word))
        };
        Self(FILTERS.iter().chain(&PLACES).filter_map(understood).collect())
    }

    /// A part, or nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, word)| word.as_str())
    }

    /// A part, or the empty word: the value of a control.
    pub fn word(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The same from the newest change on, with another value of one part; an empty one takes it
    /// out.
    pub fn with(&self, name: &'static str, word: &str) -> Self {
        let mut parts = self.0.clone();
        parts.retain(|(own, _)| *own != name && *own != "before" && *own != "change");
        if !word.trim().is_empty() {
            parts.push((name, word.trim().to_owned()));
        }
        Self(parts)
    }

    /// Whether something narrows the list; whose changes it tells does not.
    pub fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| *name != "scope" && self.get(name).is_some())
    }

    /// Only what is no filter of the list.
    pub fn unfiltered(&self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| matches!(*name, "scope" | "window"))
                .cloned()
                .collect(),
        )
    }

    pub fn address(&self) -> String {
        let parts: Vec<String> =
            self.0.iter().map(|(name, word)| format!("{name}={}", Url::escape(word))).collect();
        if parts.is_empty() { PAGE.to_owned() } else { format!("{PAGE}?{}", parts.join("&")) }
    }

    /// The one change alone.
    pub fn address_of(id: Uuid) -> String {
        format!("{PAGE}?change={id}")
    }

    /// The export of everything that the filters find.
    pub fn export_address(&self) -> String {
        let query = ChangeQuery { before: None, ..self.query() };
        operation::address::<ExportChanges>(&(), &query)
    }

    pub fn change(&self) -> Option<Uuid> {
        self.get("change")?.parse().ok()
    }

    pub fn scope(&self) -> ChangeScope {
        match self.get("scope") {
            Some("organization") => ChangeScope::Organization,
            Some("all") => ChangeScope::All,
            _ => ChangeScope::Own,
        }
    }

    pub fn query(&self) -> ChangeQuery {
        let text = |name| self.get(name).map(str::to_owned);
        ChangeQuery {
            before: self.get("before").and_then(|word| word.parse().ok()),
            limit: None,
            path: text("path"),
            config_type: self.get("configType").and_then(|word| word.parse().ok()),
            target_id: self.get("targetId").and_then(|word| word.parse().ok()),
            actor: self.get("actor").and_then(|word| word.parse().ok()),
            action: text("action"),
            from: self.get("from").and_then(day).map(midnight),
            to: self
                .get("to")
                .and_then(day)
                .and_then(|day| day.checked_add_days(Days::new(1)))
                .map(midnight),
            text: text("text"),
            scope: self.scope(),
        }
    }

    /// Everything that the list finds, on all of its pages; an open end of the span is that of all
    /// time.
    pub fn found(&self) -> ChangeFilter {
        let query = self.query();
        ChangeFilter {
            from: query.from.unwrap_or(DateTime::UNIX_EPOCH),
            to: query.to.unwrap_or_else(|| DateTime::UNIX_EPOCH + TimeDelta::days(LAST_DAY)),
            scope: Some(query.scope),
            actor: query.actor,
            config_type: query.config_type,
            target_id: query.target_id,
            action: query.action,
            path: query.path,
            text: query.text,
        }
    }

    /// Whether the list is the history of one setting or one configuration.
    pub fn is_of_one(&self) -> bool {
        self.get("targetId").is_some() || self.get("path").is_some() || self.change().is_some()
    }

    pub fn counted(&self) -> StatisticsQuery {
        StatisticsQuery {
            window: self.get("window").and_then(|word| word.parse().ok()),
            scope: self.scope(),
        }
    }
}

fn is_meant(name: &str, word: &str, scopes: &[String]) -> bool {
    match name {
        "configType" => word.parse::<ConfigType>().is_ok(),
        "action" => is_action(word),
        "actor" | "targetId" | "change" => word.parse::<Uuid>().is_ok(),
        "from" | "to" => day(word).is_some(),
        "before" => word.parse::<i64>().is_ok(),
        "window" => word == "30",
        "scope" => scopes.iter().any(|scope| scope == word),
        _ => !word.is_empty() && word.chars().count() <= LONGEST_TEXT,
    }
}

/// A day that history may know. While a year is being typed, fields of days tell of the year 2 and
/// 20.
pub fn day(word: &str) -> Option<NaiveDate> {
    word.parse::<NaiveDate>().ok().filter(|day| (1970..9999).contains(&day.year()))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operation::Operation;

    fn read(parts: &[(&str, &str)]) -> Asked {
        let part = |name: &str| {
            parts.iter().find(|(own, _)| *own == name).map(|(_, word)| (*word).to_owned())
        };
        Asked::read(part, &["organization".to_owned()])
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        let odd = [
            ("configType", "secret"),
            ("action", "eaten"),
            ("actor", "me"),
            ("from", "0002-01-01"),
            ("scope", "all"),
        ];
        assert_eq!(read(&odd), Asked::default());
        assert_eq!(read(&[("scope", "organization")]).scope(), ChangeScope::Organization);
    }

    /// The query of the export's address.
    fn exported(asked: &Asked) -> String {
        let address = asked.export_address();
        let (path, query) = address.split_once('?').unwrap();
        assert_eq!(path, ExportChanges::PATH);
        query.to_owned()
    }

    #[test]
    fn a_span_of_days_includes_the_last_one() {
        let asked = read(&[("from", "2026-11-01"), ("to", "2026-11-02")]);
        assert_eq!(
            exported(&asked).replace("%3A", ":"),
            "from=2026-11-01T00:00:00Z&to=2026-11-03T00:00:00Z"
        );
        let asked = read(&[("scope", "organization"), ("before", "7"), ("text", "a b")]);
        assert_eq!(exported(&asked), "scope=organization&text=a%20b");
    }

    #[test]
    fn everything_found_is_the_whole_list() {
        let asked = read(&[
            ("from", "2026-11-01"),
            ("path", "theme"),
            ("before", "12"),
            ("scope", "organization"),
        ]);
        let found = asked.found();
        let list = ChangeQuery { before: None, to: Some(found.to), ..asked.query() };
        assert_eq!(found.query(), list);
        assert_eq!(found.to.year(), 9992);
        assert!(asked.is_of_one() && !read(&[("action", "reset")]).is_of_one());
    }

    #[test]
    fn another_filter_begins_at_the_newest_change() {
        let asked = read(&[("path", "theme"), ("before", "12")]);
        assert_eq!(asked.query().before, Some(12));
        assert_eq!(asked.with("action", "reset").address(), "/history?path=theme&action=reset");
        assert_eq!(asked.with("path", "").address(), "/history");
        assert!(asked.is_filtered() && !asked.unfiltered().is_filtered());
    }
}
