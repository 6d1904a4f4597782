//! The query of the address, for pages whose tabs are one route.

use crate::domain::json;
use leptos::prelude::*;
use leptos_router::{hooks::use_location, params::ParamsMap};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What stands behind the `?`, as long as the address is one of this page; the last of them
/// afterwards, so that a page that is being left does not read what is meant for the next.
///
/// The router's own `use_query_map` does not notice a change that comes together with another tab
/// of the same route: it updates the route's parameters then and leaves its address as it was
/// (leptos_router 0.8, `FlatRoutes`).
pub fn use_page_query() -> Memo<ParamsMap> {
    let location = use_location();
    let page = location.pathname.with_untracked(|path| page_of(path).to_owned());
    Memo::new(move |before: Option<&ParamsMap>| {
        let query = location.query.get();
        let stays = location.pathname.with(|path| page_of(path) == page);
        before.filter(|_| !stays).cloned().unwrap_or(query)
    })
}

/// What the address of a tab asks for, of the parts with these names.
pub fn use_asked(
    page: &'static str,
    tab: &'static str,
    names: &'static [&'static str],
) -> Memo<Asked> {
    let query = use_page_query();
    Memo::new(move |_| query.with(|query| Asked::read(page, tab, names, query)))
}

/// The parts of an address that a list understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    page: &'static str,
    tab: &'static str,
    parts: Vec<(&'static str, String)>,
}

impl Asked {
    /// Reads the parts with these names of a tab's address; empty ones are left out.
    pub fn read(
        page: &'static str,
        tab: &'static str,
        names: &[&'static str],
        query: &ParamsMap,
    ) -> Self {
        let part = |name: &&'static str| {
            let word = query.get(name)?.trim().to_owned();
            (!word.is_empty()).then_some((*name, word))
        };
        Self { page, tab, parts: names.iter().filter_map(part).collect() }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|(own, _)| *own == name).map(|(_, word)| word.as_str())
    }

    /// A part, or the empty word: the value of a control.
    pub fn word(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// A part by its meaning; what cannot be meant is as if it were not there.
    pub fn meant<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        json::read(&Value::String(self.get(name)?.to_owned())).ok()
    }

    pub fn page(&self) -> Option<i64> {
        self.get("page")?.parse().ok().filter(|page| *page > 0)
    }

    /// The same from the first page on with another value of one part; an empty one takes it out.
    pub fn with(&self, name: &'static str, word: &str) -> Self {
        let mut parts = self.parts.clone();
        parts.retain(|(own, _)| *own != name && *own != "page");
        if !word.trim().is_empty() {
            parts.push((name, word.trim().to_owned()));
        }
        Self { page: self.page, tab: self.tab, parts }
    }

    /// The address without the parts.
    pub fn place(&self) -> String {
        let (page, tab) = (self.page, self.tab);
        if tab.is_empty() { format!("/{page}") } else { format!("/{page}/{tab}") }
    }

    pub fn address(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(|(name, word)| (*name, word.as_str())).collect();
        with_query(&self.place(), &parts)
    }
}

/// An address of a page with these parts of a query; none of them, no question mark.
pub fn with_query(path: &str, parts: &[(&str, &str)]) -> String {
    if parts.is_empty() {
        return path.to_owned();
    }
    let parts: Vec<String> =
        parts.iter().map(|(name, word)| format!("{name}={}", escaped(word))).collect();
    format!("{path}?{}", parts.join("&"))
}

/// Escapes the same on the server and in the browser, so that both draw the same link.
fn escaped(word: &str) -> String {
    word.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            text + &char::from(byte).to_string()
        }
        byte => text + &format!("%{byte:02X}"),
    })
}

/// The first part of a path.
fn page_of(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_are_of_one_page() {
        assert_eq!(page_of("/database/tables"), page_of("/database/maintenance"));
        assert_eq!(page_of("/ai"), "ai");
        assert_ne!(page_of("/"), page_of("/ai"));
    }
}
