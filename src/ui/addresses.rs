//! Addresses that are nearly those of a page: with a slash at their end, or without a tab of the
//! page. The server redirects them before it draws anything; inside of the application they are
//! corrected on the way.

use super::{
    components::Tab,
    pages::{
        admin::AdminTab, ai::AiTab, data_sets::DataSetsTab, database::DatabaseTab,
        organizations::OrganizationTab,
    },
};
use crate::domain::preferences::catalog::Section;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use uuid::Uuid;

/// The path without the slash at its end, where it has one. `None` for what begins with two: a
/// browser would go to another site.
pub fn without_slash(path: &str) -> Option<&str> {
    let trimmed = path.trim_end_matches('/');
    let is_ours = !trimmed.is_empty() && !trimmed.starts_with("//");
    (is_ours && trimmed.len() < path.len()).then_some(trimmed)
}

/// The path of the page's first tab, where a path names none of its tabs.
pub fn first_tab(path: &str) -> Option<String> {
    let (page, tab) = path.strip_prefix('/')?.split_once('/').unwrap_or((&path[1..], ""));
    let tabs = match page {
        "admin" => slugs::<AdminTab>(),
        "ai" => slugs::<AiTab>(),
        "database" => slugs::<DatabaseTab>(),
        // The page itself is its first tab, and beside its tabs it has each data set by its id.
        "datasets" => match Uuid::try_parse(tab) {
            Ok(_) => return None,
            Err(_) => slugs::<DataSetsTab>(),
        },
        "organization" => slugs::<OrganizationTab>(),
        "settings" => {
            Section::ALL.iter().map(|section| section.as_str()).chain(["account"]).collect()
        }
        _ => return None,
    };
    // What lies deeper is no tab, and there is no such page.
    let is_tab = tabs.contains(&tab) || tab.contains('/');
    (!is_tab).then(|| format!("/{page}/{}", tabs[0]).trim_end_matches('/').to_owned())
}

fn slugs<T: Tab>() -> Vec<&'static str> {
    T::ALL.iter().map(|tab| tab.slug()).collect()
}

/// Leads on to the page from every address that is nearly one. To be called once, by the frame.
pub fn follow_addresses() {
    let (location, navigate) = (use_location(), use_navigate());
    Effect::new(move |_| {
        let path = location.pathname.get();
        let corrected = without_slash(&path).map(str::to_owned).or_else(|| first_tab(&path));
        let Some(corrected) = corrected else { return };
        let (search, hash) = (location.search.get_untracked(), location.hash.get_untracked());
        let query = if search.is_empty() { String::new() } else { format!("?{search}") };
        // After a link the browser still stands at the page before, whose entry has to stay.
        let stands = window().location().pathname().unwrap_or_default();
        let options = NavigateOptions { replace: stands == path, ..NavigateOptions::default() };
        navigate(&format!("{corrected}{query}{hash}"), options);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_is_too_much() {
        assert_eq!(without_slash("/settings/display/"), Some("/settings/display"));
        assert_eq!(without_slash("/history//"), Some("/history"));
        for path in ["/", "//", "/history", "", "//evil.example/", "///evil.example//"] {
            assert_eq!(without_slash(path), None, "{path}");
        }
    }

    #[test]
    fn a_page_without_a_tab_leads_to_its_first() {
        for (path, first) in [
            ("/settings", "/settings/display"),
            ("/settings/nonsense", "/settings/display"),
            ("/admin", "/admin/overview"),
            ("/admin/nonsense", "/admin/overview"),
            ("/ai", "/ai/model"),
            ("/database", "/database/overview"),
            ("/organization", "/organization/members"),
            ("/organization/nonsense", "/organization/members"),
            ("/datasets/nonsense", "/datasets"),
        ] {
            assert_eq!(first_tab(path).as_deref(), Some(first), "{path}");
            assert_eq!(first_tab(first), None, "{first}");
        }
        for path in [
            "/",
            "",
            "/settings/account",
            "/ai/usage",
            "/ai/model/x",
            "/history",
            "/settings-old",
            "/datasets/imports",
            "/datasets/01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            assert_eq!(first_tab(path), None, "{path}");
        }
    }
}
