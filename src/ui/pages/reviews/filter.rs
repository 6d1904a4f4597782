//! What the address asks for: which queue, and the filters that a list has handed over.

use crate::{
    api::reviews::Queue,
    ui::{
        conversation::{FILTERS, filter_words},
        page_query::with_query,
    },
};
use leptos_router::params::ParamsMap;

/// The part of the address that names the queue.
const QUEUE: &str = "queue";

/// What is reviewed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub queue: Queue,
    /// As the address has them.
    parts: Vec<(&'static str, String)>,
}

impl Asked {
    pub fn read(query: &ParamsMap) -> Self {
        let queue = query.get(QUEUE).and_then(|word| word.parse().ok()).unwrap_or_default();
        let part = |(name, _): (&'static str, &str)| {
            let word = query.get(name)?.trim().to_owned();
            (!word.is_empty() && queue == Queue::Waiting).then_some((name, word))
        };
        Self { queue, parts: FILTERS.into_iter().filter_map(part).collect() }
    }

    /// The filters and the order, if there are any, as the server reads them.
    pub fn query(&self) -> Option<String> {
        let parts: Vec<_> = self.parts.iter().map(|(name, word)| (*name, word.as_str())).collect();
        with_query("", &parts).strip_prefix('?').map(str::to_owned)
    }

    /// The filters in words: "Tier: Scenario · Score to: 7".
    pub fn words(&self) -> String {
        filter_words(&self.parts)
    }
}

/// The address of a queue without filters.
pub fn address(queue: Queue) -> String {
    match queue {
        Queue::Waiting => "/review".to_owned(),
        other => with_query("/review", &[(QUEUE, other.as_str())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(parts: &[(&str, &str)]) -> Asked {
        let mut query = ParamsMap::new();
        for (name, word) in parts {
            query.insert((*name).to_owned(), (*word).to_owned());
        }
        Asked::read(&query)
    }

    #[test]
    fn the_filters_of_a_list_are_taken_over_and_its_place_is_not() {
        let asked = asked(&[
            ("tier", "scenario,edge_case"),
            ("scoreMax", "7"),
            ("text", "a&b"),
            ("finding", "email,secret"),
            ("after", "x"),
            ("view", "own"),
        ]);
        let query = "tier=scenario%2Cedge_case&scoreMax=7&finding=email%2Csecret&text=a%26b";
        assert_eq!(asked.query().unwrap(), query);
        let words = "Tier: Scenario, Edge case · Score to: 7 · Content checks: E-mail address, \
            Key or token · Text: a&b";
        assert_eq!(asked.words(), words);
    }

    #[test]
    fn without_filters_there_is_no_query() {
        assert_eq!(asked(&[("queue", "nonsense"), ("tier", " ")]), Asked::default());
        assert_eq!(Asked::default().query(), None);
        let disagreements = asked(&[("queue", "disagreements"), ("tier", "scenario")]);
        assert_eq!((disagreements.queue, disagreements.query()), (Queue::Disagreements, None));
        assert_eq!(address(disagreements.queue), "/review?queue=disagreements");
        assert_eq!(address(Queue::Waiting), "/review");
    }
}
