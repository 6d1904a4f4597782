//! The filters of a list of conversations, in words.

use crate::domain::conversations::{Direction, FindingKind, Likeness, SortKey, Status, Tier};
use leptos_router::params::ParamsMap;
use std::str::FromStr;

/// The filters and the order by their names in addresses, with what each is called.
pub const FILTERS: [(&str, &str); 20] = [
    ("tier", "Tier"),
    ("status", "Status"),
    ("scoreMin", "Score from"),
    ("scoreMax", "Score to"),
    ("trainable", "Trainable"),
    ("tokensOver", "Tokens over"),
    ("likeness", "Similar"),
    ("alike", "Similar to"),
    ("finding", "Content checks"),
    ("proposed", "Proposed revision"),
    ("persona", "Persona"),
    ("emotion", "Emotion"),
    ("topic", "Topic"),
    ("tag", "Tag"),
    ("author", "Author"),
    ("from", "From"),
    ("to", "To"),
    ("text", "Text"),
    ("sort", "Sorted by"),
    ("direction", "Direction"),
];

/// "Tier: Scenario · Score to: 7".
pub fn filter_words(parts: &[(&'static str, String)]) -> String {
    let words = parts.iter().map(|(name, word)| {
        let label = FILTERS.iter().find(|(own, _)| own == name).map_or("", |(_, label)| label);
        format!("{label}: {}", value_words(name, word))
    });
    words.collect::<Vec<_>>().join(" · ")
}

/// The same of a query that is kept as an address has it.
pub fn query_words(query: &str) -> String {
    let mut all = ParamsMap::new();
    for (name, word) in query.split('&').filter_map(|part| part.split_once('=')) {
        // It is decoded as it is put in, but for this sign.
        all.insert(name.to_owned(), word.replace('+', "%20"));
    }
    let part = |(name, _): (&'static str, &str)| Some((name, all.get(name)?));
    filter_words(&FILTERS.into_iter().filter_map(part).collect::<Vec<_>>())
}

fn value_words(name: &str, word: &str) -> String {
    match name {
        "tier" => labels(word, Tier::label),
        "status" => labels(word, Status::label),
        "sort" => labels(word, SortKey::label),
        "direction" => labels(word, Direction::label),
        "likeness" => labels(word, Likeness::label),
        "finding" => labels(word, FindingKind::label),
        "trainable" | "proposed" => if word == "true" { "Yes" } else { "No" }.to_owned(),
        // An id, which says nothing to anybody.
        "author" => "chosen".to_owned(),
        "alike" => "one conversation".to_owned(),
        "from" | "to" => word.get(..10).unwrap_or(word).to_owned(),
        _ => word.to_owned(),
    }
}

fn labels<T: FromStr>(words: &str, label: fn(T) -> &'static str) -> String {
    let words: Vec<_> =
        words.split(',').map(|word| word.trim().parse().map_or(word, label)).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_kept_is_told_in_words() {
        let query = "tier=scenario%2Cedge_case&to=2026-11-03T00%3A00%3A00Z&text=a+b%26c&after=x";
        let words = "Tier: Scenario, Edge case · To: 2026-11-03 · Text: a b&c";
        assert_eq!(query_words(query), words);
        assert_eq!(query_words(""), "");
    }
}
