//! Values that one device keeps for itself: they lie over the person's own and never leave the
//! browser, but for the cookie by which the server renders the right page at once.

use super::{Overrides, catalog};
use crate::domain::merge_patch::get;
use serde_json::Value;

/// Reads the cookie's value; whatever is not a device value of ours is passed over.
pub fn parse(cookie: &str) -> Overrides {
    let mut values = Overrides::new();
    for pair in cookie.split('~') {
        let Some((path, word)) = pair.split_once('.') else { continue };
        let Some(field) = catalog::field_at(path).filter(|field| field.per_device) else {
            continue;
        };
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            word => Value::from(word),
        };
        if let Ok(value) = field.canonical(&value) {
            values.insert(path.to_owned(), value);
        }
    }
    values
}

/// The cookie's value; empty when the device keeps nothing for itself.
pub fn write(values: &Overrides) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs: Vec<String> = catalog::FIELDS
        .iter()
        .filter(|field| field.per_device)
        .filter_map(|field| {
            get(values, field.path).map(|value| format!("{}.{}", field.path, word(value)))
        })
        .collect();
    pairs.join("~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_back_what_it_wrote_and_nothing_else() {
        let values =
            json!({"theme": "dark", "sidebarCollapsed": true}).as_object().cloned().unwrap();
        assert_eq!(write(&values), "theme.dark~sidebarCollapsed.true");
        assert_eq!(parse(&write(&values)), values);
        assert!(parse("theme.blue~rowsPerPage.10~x~~.~<script>").is_empty());
        assert_eq!(write(&Overrides::new()), "");
    }
}
