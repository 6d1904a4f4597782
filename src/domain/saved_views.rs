//! Saved views: filters and order of the table of conversations under a name.

use super::field_error::{FieldError, FieldErrors};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest name, in Unicode scalar values.
pub const MAX_NAME: usize = 80;
/// The longest query, in bytes.
pub const MAX_QUERY: usize = 4000;
/// How many columns a view names at most.
pub const MOST_COLUMNS: usize = 20;
/// The longest word for a column, in characters.
pub const MAX_COLUMN: usize = 40;
/// How many views one person may have, and how many an organization.
pub const MOST_VIEWS: i64 = 50;

/// A view, with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    pub id: Uuid,
    #[schema(example = "Weak scenarios")]
    pub name: String,
    /// Filters and order as an address has them.
    #[schema(example = "tier=scenario&scoreMax=6&sort=score&direction=asc")]
    pub query: String,
    /// Which columns it shows, by their words; absent: those that each person chose.
    pub columns: Option<Vec<String>>,
    /// The organization's members have it too.
    pub is_shared: bool,
    /// The caller may change and remove it: their own, or as one who manages the organization.
    pub can_change: bool,
    pub author_name: Option<String>,
    pub updated_at: DateTime<Utc>,
}

/// `{views}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedViewsAnswer {
    /// By name; own and shared ones.
    pub views: Vec<SavedView>,
}

/// A name as it is stored.
///
/// # Errors
/// What is wrong with it.
pub fn view_name(name: &str) -> Result<String, Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 {
        errors.add("name", "Give the view a name.");
    } else if length > MAX_NAME {
        errors.add("name", format!("A name has at most {MAX_NAME} characters, not {length}."));
    } else if name.chars().any(char::is_control) {
        errors.add("name", "A name has no control characters.");
    }
    errors.finish(Some(name.to_owned()))
}

/// Columns as they are stored, each once; none is as good as not saying which.
///
/// # Errors
/// What is wrong with them.
pub fn view_columns(columns: Option<Vec<String>>) -> Result<Option<Vec<String>>, Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    let mut kept: Vec<String> = Vec::new();
    for column in columns.unwrap_or_default() {
        if !is_word(&column) {
            let sentence = format!(
                "A column is a word of at most {MAX_COLUMN} letters, digits, hyphens and \
                 underscores."
            );
            errors.add("columns", sentence);
        } else if !kept.contains(&column) {
            kept.push(column);
        }
    }
    if kept.len() > MOST_COLUMNS {
        errors.add("columns", format!("A view has at most {MOST_COLUMNS} columns."));
    }
    errors.finish(Some((!kept.is_empty()).then_some(kept)))
}

fn is_word(text: &str) -> bool {
    (1..=MAX_COLUMN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_words_each_once() {
        let columns = |words: &[&str]| {
            view_columns(Some(words.iter().map(|word| (*word).to_owned()).collect()))
        };
        assert_eq!(columns(&["title", "score", "title"]).unwrap().unwrap(), ["title", "score"]);
        assert_eq!((columns(&[]).unwrap(), view_columns(None).unwrap()), (None, None));
        for bad in ["", "two words", "<b>", &"x".repeat(MAX_COLUMN + 1)] {
            assert_eq!(columns(&["title", bad]).unwrap_err()[0].path, "columns", "{bad}");
        }
        let many: Vec<_> = (0..=MOST_COLUMNS).map(|index| format!("c{index}")).collect();
        assert_eq!(view_columns(Some(many)).unwrap_err()[0].path, "columns");
    }

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(view_name(" Weak ").unwrap(), "Weak");
        for bad in [" ", "a\nb", &"x".repeat(MAX_NAME + 1)] {
            assert_eq!(view_name(bad).unwrap_err()[0].path, "name");
        }
    }
}
