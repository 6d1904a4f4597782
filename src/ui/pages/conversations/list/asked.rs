//! What the address of the table asks for. Whatever in it cannot be meant is left out, so that
//! every link shows something.

use crate::{
    domain::{
        conversations::{
            ConversationQuery, Direction, FindingKind, Likeness, MAX_SEARCH, SortKey, Status, Tier,
        },
        list::List,
        preferences::values::{DefaultFilters, Selection},
    },
    ui::page_query::with_query,
};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use leptos_router::params::ParamsMap;
use std::{fmt::Display, str::FromStr};
use uuid::Uuid;

pub const PAGE: &str = "/conversations";
/// Filters by their names in addresses, which are those of [`ConversationQuery`]; `from` and `to`
/// are days here, both of them included.
pub const FILTERS: [&str; 18] = [
    "text",
    "status",
    "tier",
    "scoreMin",
    "scoreMax",
    "trainable",
    "persona",
    "emotion",
    "topic",
    "tag",
    "author",
    "from",
    "to",
    "tokensOver",
    "likeness",
    "alike",
    "finding",
    "proposed",
];
/// Filters that are any of several words.
pub const SEVERAL: [&str; 4] = ["status", "tier", "likeness", "finding"];
const SORTING: [&str; 2] = ["sort", "direction"];
/// Where the page lies, and whether all are counted.
const PLACES: [&str; 3] = ["after", "before", "exact"];

/// The understood parts of an address, in the order of [`FILTERS`], sorting and places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked(Vec<(&'static str, String)>);

impl Asked {
    pub fn read(query: &ParamsMap) -> Self {
        let understood = |name: &&'static str| {
            // A plain form sends each checked box by itself.
            let word = query.get_all(name)?.join(",");
            Some((*name, meant(name, word.trim())?))
        };
        let names = FILTERS.iter().chain(&SORTING).chain(&PLACES);
        let mut parts: Vec<_> = names.filter_map(understood).collect();
        if parts.iter().any(|(name, _)| *name == "after") {
            parts.retain(|(name, _)| *name != "before");
        }
        Self(parts)
    }

    /// What the person wants the table to be narrowed by when it opens.
    pub fn of_defaults(defaults: &DefaultFilters) -> Self {
        let words = |selection: &Selection| match selection {
            Selection::All(_) => String::new(),
            Selection::Only(words) => words.join(","),
        };
        let [lowest, highest] = defaults.quality_range;
        let score = |score: f64, is_bound: bool| match is_bound {
            true => String::new(),
            false => score.to_string(),
        };
        Self::default()
            .with("status", &words(&defaults.status))
            .with("tier", &words(&defaults.tier))
            .with("scoreMin", &score(lowest, lowest <= 0.0))
            .with("scoreMax", &score(highest, highest >= 10.0))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, word)| word.as_str())
    }

    /// A part, or the empty word: the value of a control.
    pub fn word(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The words of a part that may have several.
    pub fn words(&self, name: &str) -> Vec<String> {
        self.get(name).map(|word| word.split(',').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// The same from its first page on with another value of one part; an empty one takes it out,
    /// and so does one that cannot be meant.
    #[must_use]
    pub fn with(&self, name: &'static str, word: &str) -> Self {
        let mut parts = self.0.clone();
        // How many others fit is another question.
        let is_filter = FILTERS.contains(&name);
        parts.retain(|(own, _)| {
            *own != name && !matches!(*own, "after" | "before") && !(is_filter && *own == "exact")
        });
        parts.extend(meant(name, word.trim()).map(|word| (name, word)));
        let order = |name: &str| {
            FILTERS.iter().chain(&SORTING).chain(&PLACES).position(|known| *known == name)
        };
        parts.sort_by_key(|(name, _)| order(name));
        Self(parts)
    }

    /// The same with one word more of a part that may have several, or without it.
    #[must_use]
    pub fn toggled(&self, name: &'static str, word: &str) -> Self {
        let words = List(self.words(name)).toggled(word.to_owned());
        self.with(name, &words.0.join(","))
    }

    /// Whether something narrows the list.
    pub fn is_filtered(&self) -> bool {
        self.0.iter().any(|(name, _)| FILTERS.contains(name))
    }

    /// Whether it begins behind the first row.
    pub fn is_behind(&self) -> bool {
        self.get("after").is_some() || self.get("before").is_some()
    }

    /// The filters alone.
    #[must_use]
    pub fn filters(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| FILTERS.contains(name)).cloned().collect())
    }

    /// The same order without filters, from the beginning.
    #[must_use]
    pub fn unfiltered(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| SORTING.contains(name)).cloned().collect())
    }

    /// These filters in the order of the other, from the beginning.
    #[must_use]
    pub fn sorted_as(&self, other: &Self) -> Self {
        let mut parts = self.filters().0;
        parts.extend(other.unfiltered().0);
        Self(parts)
    }

    pub fn address(&self) -> String {
        let parts: Vec<_> = self.0.iter().map(|(name, word)| (*name, word.as_str())).collect();
        with_query(PAGE, &parts)
    }

    /// What the table is sorted by.
    pub fn order(&self) -> (SortKey, Direction) {
        (self.parsed("sort").unwrap_or_default(), self.parsed("direction").unwrap_or_default())
    }

    /// The same sorted by a column, the other way round if it already is.
    #[must_use]
    pub fn sorted_by(&self, key: SortKey) -> Self {
        let turned = self.order() == (key, Direction::Descending);
        self.with("sort", key.as_str())
            .with("direction", if turned { Direction::Ascending.as_str() } else { "" })
    }

    fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    pub fn query(&self) -> ConversationQuery {
        let text = |name| self.get(name).map(str::to_owned);
        let (sort, direction) = self.order();
        let next = |day: NaiveDate| day.checked_add_days(Days::new(1));
        ConversationQuery {
            tier: self.parsed("tier").unwrap_or_default(),
            status: self.parsed("status").unwrap_or_default(),
            score_min: self.parsed("scoreMin"),
            score_max: self.parsed("scoreMax"),
            trainable: self.parsed("trainable"),
            tokens_over: self.parsed("tokensOver"),
            likeness: self.parsed("likeness").unwrap_or_default(),
            alike: self.parsed("alike"),
            finding: self.parsed("finding").unwrap_or_default(),
            proposed: self.parsed("proposed"),
            persona: text("persona"),
            emotion: text("emotion"),
            topic: text("topic"),
            tag: text("tag"),
            author: self.parsed("author"),
            from: self.get("from").and_then(day).map(midnight),
            to: self.get("to").and_then(day).and_then(next).map(midnight),
            text: text("text"),
            sort,
            direction,
            after: text("after"),
            before: text("before"),
            limit: None,
            exact: self.get("exact").is_some(),
        }
    }
}

/// The word as it stands in addresses; nothing when it cannot be meant, or says what holds anyway.
fn meant(name: &str, word: &str) -> Option<String> {
    if word.is_empty() {
        return None;
    }
    match name {
        "tier" => known::<Tier>(word),
        "status" => known::<Status>(word),
        "likeness" => known::<Likeness>(word),
        "finding" => known::<FindingKind>(word),
        "scoreMin" | "scoreMax" => score(word).map(|score| score.to_string()),
        "trainable" | "proposed" => word.parse::<bool>().ok().map(|is| is.to_string()),
        "tokensOver" => {
            word.parse::<i32>().ok().filter(|tokens| *tokens >= 0).map(|tokens| tokens.to_string())
        }
        "author" | "alike" => Uuid::try_parse(word).ok().map(|id| id.to_string()),
        "from" | "to" => day_of(word, name == "to").map(|day| day.to_string()),
        "sort" => {
            let key = word.parse::<SortKey>().ok()?;
            (key != SortKey::default()).then(|| key.to_string())
        }
        "direction" => {
            let direction = word.parse::<Direction>().ok()?;
            (direction != Direction::default()).then(|| direction.to_string())
        }
        "exact" => (word == "true").then(|| word.to_owned()),
        _ => {
            let fits = word.chars().count() <= MAX_SEARCH && !word.contains('\0');
            fits.then(|| word.to_owned())
        }
    }
}

/// Those of the words that are known, each once.
fn known<T: FromStr + PartialEq + Display>(words: &str) -> Option<String> {
    let mut list = Vec::<T>::new();
    for word in words.split(',').filter_map(|word| word.trim().parse().ok()) {
        if !list.contains(&word) {
            list.push(word);
        }
    }
    (!list.is_empty()).then(|| List(list).to_string())
}

/// A score as it is typed, with a point or a comma.
pub fn score(word: &str) -> Option<f64> {
    let score: f64 = word.trim().replace(',', ".").parse().ok()?;
    (0.0..=10.0).contains(&score).then_some(score)
}

/// A day on which a conversation may have been made. While a year is being typed, fields of days
/// tell of the year 2 and 20.
pub fn day(word: &str) -> Option<NaiveDate> {
    word.parse::<NaiveDate>().ok().filter(|day| (1970..9999).contains(&day.year()))
}

/// The same also of a time, as the server has it. One that ends a list is that of the moment
/// before: the last day is included.
fn day_of(word: &str, is_end: bool) -> Option<NaiveDate> {
    let Ok(time) = word.parse::<DateTime<Utc>>() else { return day(word) };
    let before = u64::from(is_end && time.time() == NaiveTime::MIN);
    let date = time.date_naive().checked_sub_days(Days::new(before))?;
    day(&date.to_string())
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::preferences::values::Preferences;

    fn read(parts: &[(&'static str, &str)]) -> Asked {
        let mut query = ParamsMap::new();
        for (name, word) in parts {
            query.insert(*name, (*word).to_owned());
        }
        Asked::read(&query)
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        let odd = [
            ("tier", "secret"),
            ("status", ",,"),
            ("scoreMin", "NaN"),
            ("scoreMax", "11"),
            ("trainable", "perhaps"),
            ("author", "me"),
            ("alike", "c-7f3k9q2m"),
            ("likeness", "a_bit"),
            ("finding", ""),
            ("proposed", "maybe"),
            ("from", "0002-01-01"),
            ("tokensOver", "-1"),
            ("sort", "taste"),
            ("direction", "desc"),
            ("exact", "1"),
            ("text", "  "),
            ("view", "own"),
        ];
        assert_eq!(read(&odd), Asked::default());
        let some = read(&[("status", "approved,eaten"), ("status", "draft,approved")]);
        assert_eq!(some.get("status"), Some("approved,draft"));
        let long = "x".repeat(MAX_SEARCH + 1);
        assert_eq!(read(&[("persona", &long)]), Asked::default());
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let asked = read(&[
            ("to", "2026-11-02"),
            ("from", "2026-11-01"),
            ("text", "a & b"),
            ("tier", "edge_case,template"),
            ("scoreMax", "7.50"),
            ("finding", "secret,email"),
            ("proposed", "true"),
            ("sort", "score"),
            ("after", "x"),
            ("before", "y"),
        ]);
        let address = "/conversations?text=a%20%26%20b&tier=edge_case%2Ctemplate&scoreMax=7.5\
            &from=2026-11-01&to=2026-11-02&finding=secret%2Cemail&proposed=true&sort=score\
            &after=x";
        assert_eq!(asked.address(), address);
        let query = asked.query();
        assert!(query.check().is_ok());
        assert_eq!(query.tier.0, [Tier::EdgeCase, Tier::Template]);
        assert_eq!((query.score_max, query.sort), (Some(7.5), SortKey::Score));
        assert_eq!(query.finding.0, [FindingKind::Secret, FindingKind::Email]);
        assert_eq!(query.proposed, Some(true));
        let days = (query.to.unwrap() - query.from.unwrap()).num_days();
        assert_eq!(days, 2, "the last day is included");
    }

    #[test]
    fn another_filter_begins_at_the_first_page_and_counts_anew() {
        let asked = read(&[("text", "a"), ("after", "x"), ("exact", "true"), ("sort", "turns")]);
        assert_eq!(asked.with("text", "b").address(), "/conversations?text=b&sort=turns");
        assert_eq!(asked.with("text", "").address(), "/conversations?sort=turns");
        let further = asked.with("after", "y");
        assert_eq!(further.address(), "/conversations?text=a&sort=turns&after=y&exact=true");
        assert!(asked.is_behind() && !asked.unfiltered().is_filtered());
    }

    #[test]
    fn a_column_sorts_and_sorts_the_other_way_round() {
        let first = Asked::default().sorted_by(SortKey::Score);
        assert_eq!(first.address(), "/conversations?sort=score");
        let second = first.sorted_by(SortKey::Score);
        assert_eq!(second.order(), (SortKey::Score, Direction::Ascending));
        assert_eq!(second.sorted_by(SortKey::Score), first);
        let usual = second.sorted_by(SortKey::Created);
        assert_eq!(usual, Asked::default());
        assert_eq!(usual.sorted_by(SortKey::Created).address(), "/conversations?direction=asc");
    }

    #[test]
    fn a_word_comes_and_goes() {
        let asked = Asked::default().toggled("status", "draft").toggled("status", "approved");
        assert_eq!(asked.words("status"), ["draft", "approved"]);
        assert_eq!(asked.toggled("status", "draft").get("status"), Some("approved"));
        assert!(!asked.toggled("status", "draft").toggled("status", "approved").is_filtered());
    }

    #[test]
    fn default_filters_are_filters_of_the_address() {
        let mut defaults = Preferences::default().default_filters;
        assert_eq!(Asked::of_defaults(&defaults), Asked::default());
        defaults.tier = Selection::Only(vec!["template".into(), "scenario".into()]);
        defaults.quality_range = [2.5, 10.0];
        let asked = Asked::of_defaults(&defaults);
        assert_eq!(asked.address(), "/conversations?tier=template%2Cscenario&scoreMin=2.5");
        let sorted = asked.sorted_as(&read(&[("sort", "turns"), ("after", "x"), ("text", "y")]));
        let address = "/conversations?tier=template%2Cscenario&scoreMin=2.5&sort=turns";
        assert_eq!(sorted.address(), address);
        assert_eq!(sorted.filters(), asked);
    }
}
