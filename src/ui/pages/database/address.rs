//! Addresses of the pages: what they ask for, and links that have everything filled in.

use crate::{
    domain::{
        database::{ObjectName, OperationKind, Target},
        json,
    },
    ui::page_query::with_query,
};
use leptos_router::params::ParamsMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The parts of an address that a list understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    tab: &'static str,
    parts: Vec<(&'static str, String)>,
}

impl Asked {
    /// Reads the parts with these names; empty ones are left out.
    pub fn read(tab: &'static str, names: &[&'static str], query: &ParamsMap) -> Self {
        let part = |name: &&'static str| {
            let word = query.get(name)?.trim().to_owned();
            (!word.is_empty()).then_some((*name, word))
        };
        Self { tab, parts: names.iter().filter_map(part).collect() }
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
        Self { tab: self.tab, parts }
    }

    pub fn address(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(|(name, word)| (*name, word.as_str())).collect();
        address(self.tab, &parts)
    }
}

/// A tab with a query.
pub fn address(tab: &str, parts: &[(&str, &str)]) -> String {
    with_query(&format!("/database/{tab}"), parts)
}

/// Maintenance with its form filled in.
pub fn maintain(operation: OperationKind, target: &Target) -> String {
    let mut parts = vec![("operation", operation.as_str())];
    match target {
        Target::Table(table) => {
            parts.extend([("schema", table.schema.as_str()), ("table", table.name.as_str())])
        }
        Target::Index(index) => {
            parts.extend([("schema", index.schema.as_str()), ("index", index.name.as_str())])
        }
        Target::WholeDatabase => parts.push(("target", "database")),
    }
    address("maintenance", &parts)
}

/// What an address of maintenance is about.
pub fn target_of(query: &ParamsMap) -> Option<Target> {
    let part = |name: &str| query.get(name).filter(|word| !word.is_empty());
    let named =
        |name: String| ObjectName::new(part("schema").unwrap_or_else(|| "public".into()), name);
    if let Some(index) = part("index") {
        return Some(Target::Index(named(index)));
    }
    if let Some(table) = part("table") {
        return Some(Target::Table(named(table)));
    }
    (part("target").as_deref() == Some("database")).then_some(Target::WholeDatabase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::database::TableSort;

    #[test]
    fn a_link_to_maintenance_keeps_odd_names_whole() {
        let table = Target::Table(ObjectName::new("My schema", "a\"b.c&d=é"));
        assert_eq!(
            maintain(OperationKind::Vacuum, &table),
            "/database/maintenance?operation=vacuum&schema=My%20schema&table=a%22b.c%26d%3D%C3%A9"
        );
    }

    #[test]
    fn an_address_says_what_a_list_shows() {
        let mut query = ParamsMap::new();
        for (name, word) in
            [("sort", "deadRows"), ("page", "3"), ("problem", "nonsense"), ("other", "x")]
        {
            query.insert(name, word.to_owned());
        }
        let asked = Asked::read("tables", &["search", "problem", "sort", "page"], &query);
        assert_eq!(asked.meant::<TableSort>("sort"), Some(TableSort::DeadRows));
        assert_eq!(asked.meant::<crate::domain::database::TableProblem>("problem"), None);
        assert_eq!(asked.page(), Some(3));
        assert_eq!(
            asked.with("problem", "").with("search", "a b").address(),
            "/database/tables?sort=deadRows&search=a%20b"
        );
    }

    #[test]
    fn the_whole_database_has_to_be_said() {
        let mut query = ParamsMap::new();
        assert_eq!(target_of(&query), None);
        query.insert("target", "database".to_owned());
        assert_eq!(target_of(&query), Some(Target::WholeDatabase));
        query.insert("table", "t".to_owned());
        assert_eq!(target_of(&query), Some(Target::Table(ObjectName::new("public", "t"))));
    }
}
