//! A change by merge patch: every field known and in its canonical form, or all that is wrong.

use super::{Field, Overrides, Table};
use crate::domain::{
    field_error::FieldError,
    merge_patch::{apply, differences, get, leaves, overlay, patch_between, set},
};
use serde_json::{Map, Value};

/// A patch whose every field is known and has an allowed value, in canonical form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    changes: Overrides,
}

impl Patch {
    /// Reads a merge patch. All that is wrong is told at once; a group set to `null` is spelled out
    /// field by field.
    pub fn parse(table: &Table, object: &Overrides) -> Result<Self, Vec<FieldError>> {
        let (patch, errors) = Self::read_all(table, object);
        if errors.is_empty() { Ok(patch) } else { Err(errors) }
    }

    /// The same with the part that can be read even where another cannot.
    pub fn read_all(table: &Table, object: &Overrides) -> (Self, Vec<FieldError>) {
        let (mut patch, mut errors) = (Self::default(), Vec::new());
        patch.read(table, object, "", &mut errors);
        (patch, errors)
    }

    fn read(
        &mut self,
        table: &Table,
        object: &Map<String, Value>,
        prefix: &str,
        errors: &mut Vec<FieldError>,
    ) {
        for (key, value) in object {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            // A name with a dot in it must not be taken for a path.
            let plain = !key.contains('.');
            let known = table.field(&path).filter(|_| plain);
            match (known, value) {
                (Some(_), Value::Null) => set(&mut self.changes, &path, Value::Null),
                (Some(field), value) => match field.canonical(value) {
                    Ok(value) => set(&mut self.changes, &path, value),
                    Err(message) => errors.push(FieldError::new(path, message)),
                },
                (None, value) if plain && table.below(&path).next().is_some() => match value {
                    Value::Object(inner) => self.read(table, inner, &path, errors),
                    Value::Null => self.clear(table.below(&path)),
                    _ => errors.push(FieldError::new(
                        &path,
                        format!("{path} must be an object, or null to inherit all of it."),
                    )),
                },
                (None, _) => errors.push(FieldError::new(
                    &path,
                    format!("There is no {} named {}.", table.noun, shortened(&path)),
                )),
            }
        }
    }

    fn clear(&mut self, fields: impl Iterator<Item = &'static Field>) {
        for field in fields {
            set(&mut self.changes, field.path, Value::Null);
        }
    }

    /// The patch that takes back every own value of these fields.
    pub fn reset(fields: impl Iterator<Item = &'static Field>) -> Self {
        let mut patch = Self::default();
        patch.clear(fields);
        patch
    }

    /// The paths that the patch names.
    pub fn paths(&self) -> Vec<String> {
        leaves(&self.changes).into_iter().map(|(path, _)| path).collect()
    }

    /// The value that the patch gives a field: `Some(Null)` for "back to inherited".
    pub fn value(&self, path: &str) -> Option<&Value> {
        get(&self.changes, path)
    }

    pub fn as_object(&self) -> &Overrides {
        &self.changes
    }

    /// What a layer sets after the patch, and the paths that differ from before.
    pub fn laid_over(&self, before: &Overrides) -> (Overrides, Vec<String>) {
        let mut after = before.clone();
        apply(&mut after, &self.changes);
        let touched = differences(before, &after).into_iter().map(|change| change.path).collect();
        (after, touched)
    }
}

/// The edits of a draft after one more, as a patch of what stands. A field that is back where it
/// was is no edit; `null` takes a value back, and what is not allowed is kept as it is.
pub fn edited(
    table: &Table,
    before: &Overrides,
    edits: &Overrides,
    path: &str,
    value: Value,
) -> Overrides {
    let value = match table.field(path) {
        Some(field) if !value.is_null() => field.canonical_or_typed(value),
        _ => value,
    };
    let mut one = Overrides::new();
    set(&mut one, path, value);
    patch_between(before, &overlay(&overlay(before, edits), &one))
}

/// Whether a path is among those that a change touches.
pub fn touched(paths: &[String], path: &str) -> bool {
    paths.iter().any(|touched| touched == path)
}

/// A name from outside, short enough for a sentence.
fn shortened(path: &str) -> String {
    let mut text: String = path.chars().take(80).collect();
    if text.len() < path.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ai, preferences};
    use serde_json::json;

    fn object(value: Value) -> Overrides {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_field_that_is_back_where_it_was_is_no_edit() {
        let table = &preferences::catalog::TABLE;
        let before = object(json!({"theme": "dark", "qualityThresholds": {"flagging": 7.0}}));
        let there = edited(table, &before, &Overrides::new(), "theme", json!("light"));
        assert_eq!(Value::Object(there.clone()), json!({"theme": "light"}));
        assert!(edited(table, &before, &there, "theme", json!("dark")).is_empty());
        let path = "qualityThresholds.flagging";
        let gone = edited(table, &before, &Overrides::new(), path, Value::Null);
        assert_eq!(Value::Object(gone.clone()), json!({"qualityThresholds": null}));
        assert!(edited(table, &before, &gone, path, json!(7)).is_empty());
    }

    #[test]
    fn an_edit_that_cannot_be_read_stays() {
        let table = &ai::catalog::TABLE;
        let before = object(json!({"model": {"temperature": 0.5}}));
        let edits = edited(table, &before, &Overrides::new(), "model.temperature", json!(0.25));
        assert_eq!(Value::Object(edits.clone()), json!({"model": {"temperature": 0.25}}));
        assert!(edited(table, &before, &edits, "model.temperature", json!(0.5)).is_empty());
        let path = "costBudget.alertThresholds";
        let edits = edited(table, &before, &Overrides::new(), path, json!("x"));
        assert_eq!(Value::Object(edits), json!({"costBudget": {"alertThresholds": "x"}}));
    }
}
