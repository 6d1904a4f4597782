//! Addresses of the pages: what they ask for, and links that have everything filled in.

pub use crate::ui::page_query::Asked;
use crate::{
    domain::database::{ObjectName, OperationKind, Target},
    ui::page_query::with_query,
};
use leptos_router::params::ParamsMap;

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
        let asked =
            Asked::read("database", "tables", &["search", "problem", "sort", "page"], &query);
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
