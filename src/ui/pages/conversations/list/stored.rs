//! Filters and order of the table as the server reads and keeps them: it has times where the
//! address of the table has days.

use super::asked::Asked;
use crate::{
    api::{conversations::ListConversations, operation},
    domain::conversations::ConversationQuery,
};
use leptos_router::params::ParamsMap;

/// What the address of the table means, with the order or without.
pub fn query(asked: &Asked, is_ordered: bool) -> String {
    let (sort, direction) = asked.order();
    let filters = asked.query().filters();
    let query = match is_ordered {
        true => ConversationQuery { sort, direction, ..filters },
        false => filters,
    };
    let address = operation::address::<ListConversations>(&(), &query);
    address.split_once('?').map_or_else(String::new, |(_, query)| query.to_owned())
}

/// The address of the table that a stored query means.
pub fn asked(query: &str) -> Asked {
    let mut parts = ParamsMap::new();
    for (name, word) in query.split('&').filter_map(|part| part.split_once('=')) {
        // It is decoded as it is put in, but for this sign.
        parts.insert(name.to_owned(), word.replace('+', "%20"));
    }
    Asked::read(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_as_it_was_written() {
        let list = Asked::default()
            .with("text", "a & b")
            .with("tier", "scenario,template")
            .with("from", "2026-11-01")
            .with("to", "2026-11-02")
            .with("sort", "score")
            .with("after", "x");
        let stored = query(&list, true);
        assert!(stored.contains("sort=score") && !stored.contains("after"), "{stored}");
        assert!(stored.contains("2026-11-03T00"), "the last day is included: {stored}");
        assert_eq!(asked(&stored), list.sorted_as(&list));
        assert!(!query(&list, false).contains("sort"));
        assert_eq!(asked("text=a+b%26c").get("text"), Some("a b&c"));
        assert_eq!((query(&Asked::default(), true).as_str(), asked("")), ("", Asked::default()));
    }
}
