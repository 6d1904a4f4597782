//! The files that make a page react. Written into the page by the server and read by
//! `ui/hydration.js`.

use serde::Serialize;

/// The page at `/`, whose address has no first part to name its code by.
const HOME: &str = "home";

const SETTINGS: &str = "settings";
/// The one tab of the settings that is no section of the preferences.
pub const ACCOUNT: &str = "account";
/// All sections of the preferences are one code.
const SECTION: &str = "section";
/// The section with a part whose code is one more.
const QUALITY: &str = "quality";
const SCORES: &str = "scores";

const CONVERSATIONS: &str = "conversations";
/// The table of them, and one of them by its id.
const LIST: &str = "list";
pub const ONE: &str = "one";

const DATASETS: &str = "datasets";
/// The tab that the page begins with, at its own address.
pub const SETS: &str = "sets";
/// The other tabs. What is none is one data set by its id.
const TABS: [&str; 2] = ["exports", "imports"];

/// The names of the page at a path and of its tab, as its code is named: the first two parts of
/// the path.
pub fn names(path: &str) -> (&str, &str) {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        ("", tab) => (HOME, tab),
        (SETTINGS, tab) if tab != ACCOUNT => (SETTINGS, SECTION),
        (CONVERSATIONS, "") => (CONVERSATIONS, LIST),
        (CONVERSATIONS, _) => (CONVERSATIONS, ONE),
        (DATASETS, "") => (DATASETS, SETS),
        (DATASETS, tab) if !TABS.contains(&tab) => (DATASETS, ONE),
        names => names,
    }
}

/// What the tab at a path shows besides whose code is one more, named as the tab is.
pub fn within(path: &str) -> Option<&'static str> {
    let mut parts = path.trim_start_matches('/').split('/');
    let is_quality = parts.next() == Some(SETTINGS) && parts.next() == Some(QUALITY);
    is_quality.then_some(SCORES)
}

/// The files of a page's code, as addresses of this site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageCode {
    /// The script that starts the application.
    pub script: String,
    /// What every page needs of the application.
    pub wasm: String,
    /// What this page needs besides.
    pub parts: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::{names, within};

    #[test]
    fn a_page_is_named_by_its_address_and_the_first_page_home() {
        assert_eq!(names("/settings/account"), ("settings", "account"));
        assert_eq!(names("/settings/display"), ("settings", "section"));
        assert_eq!(names("/settings"), ("settings", "section"));
        // The code of the account's dialogs, which is none of an address.
        assert_eq!(names("/settings/dialogs"), ("settings", "section"));
        assert_eq!(names("/conversations"), ("conversations", "list"));
        assert_eq!(names("/conversations/7f3k9q2m81ab"), ("conversations", "one"));
        assert_eq!(names("/datasets"), ("datasets", "sets"));
        assert_eq!(names("/datasets/exports"), ("datasets", "exports"));
        let id = "/datasets/01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(names(id), ("datasets", "one"));
        assert_eq!(names("/history"), ("history", ""));
        assert_eq!(names("/history/"), ("history", ""));
        for path in ["/", "", "//"] {
            assert_eq!(names(path), ("home", ""), "{path:?}");
        }
    }

    #[test]
    fn one_section_has_a_part_with_a_code_of_its_own() {
        assert_eq!(names("/settings/quality"), ("settings", "section"));
        assert_eq!(within("/settings/quality"), Some("scores"));
        for path in ["/settings", "/settings/display", "/database/quality", "/quality", "/"] {
            assert_eq!(within(path), None, "{path}");
        }
    }
}
