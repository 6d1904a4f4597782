//! JSON Merge Patch (RFC 7396), and the differences between two JSON objects by dotted path.
//!
//! Objects merge deeply, arrays replace whole, `null` removes. A *leaf* is anything that is not an
//! object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One leaf that differs between two values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// Dotted path, `notifications.email`.
    #[schema(example = "tableDensity")]
    pub path: String,
    /// The value before; absent when the field was not set.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub old: Option<Value>,
    /// The value after; absent when the field is no longer set.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub new: Option<Value>,
}

/// Keeps a written `null` apart from an absent key.
fn present<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(reader).map(Some)
}

/// Applies a patch and removes the objects that it leaves empty, so that "nothing set" has one
/// form.
pub fn apply(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, change) in patch {
        match change {
            Value::Null => {
                target.remove(key);
            }
            Value::Object(inner) => {
                let mut below = match target.remove(key) {
                    Some(Value::Object(below)) => below,
                    _ => Map::new(),
                };
                apply(&mut below, inner);
                if !below.is_empty() {
                    target.insert(key.clone(), Value::Object(below));
                }
            }
            leaf => {
                target.insert(key.clone(), leaf.clone());
            }
        }
    }
}

/// Lays `upper` over `lower`, as a layer over the one below it.
pub fn overlay(lower: &Map<String, Value>, upper: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = lower.clone();
    apply(&mut merged, upper);
    merged
}

/// Every leaf with its dotted path, in the order of the paths.
pub fn leaves(object: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    collect(object, "", &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn collect(object: &Map<String, Value>, prefix: &str, found: &mut Vec<(String, Value)>) {
    for (key, value) in object {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(inner) => collect(inner, &path, found),
            leaf => found.push((path, leaf.clone())),
        }
    }
}

/// The value at a dotted path.
pub fn get<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (head, rest) = match path.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (path, None),
    };
    let value = object.get(head)?;
    match rest {
        None => Some(value),
        Some(rest) => get(value.as_object()?, rest),
    }
}

/// Writes a value at a dotted path, making the objects on the way. `Null` is written as such: this
/// builds patches.
pub fn set(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let below = object.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if !below.is_object() {
                *below = Value::Object(Map::new());
            }
            if let Value::Object(below) = below {
                set(below, rest, value);
            }
        }
    }
}

/// What differs between two sparse values, leaf by leaf.
pub fn differences(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<FieldChange> {
    let mut changes: Vec<FieldChange> = leaves(old)
        .into_iter()
        .filter(|(path, value)| get(new, path) != Some(value))
        .map(|(path, value)| {
            let after = get(new, &path).filter(|value| !value.is_object()).cloned();
            FieldChange { path, old: Some(value), new: after }
        })
        .collect();
    let added =
        leaves(new).into_iter().filter(|(path, _)| get(old, path).is_none_or(Value::is_object));
    changes.extend(added.map(|(path, value)| FieldChange { path, old: None, new: Some(value) }));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

/// The patch that makes `new` out of `old`.
pub fn patch_between(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, after) in new {
        match (old.get(key), after) {
            (Some(before), after) if before == after => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(key.clone(), Value::Object(patch_between(before, after)));
            }
            (_, after) => {
                patch.insert(key.clone(), after.clone());
            }
        }
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn keeps_siblings_and_replaces_arrays_whole() {
        let mut target = object(json!({"a": {"x": 1, "y": [1, 2, 3]}, "b": 2}));
        apply(&mut target, &object(json!({"a": {"y": [9]}, "b": null})));
        assert_eq!(Value::Object(target), json!({"a": {"x": 1, "y": [9]}}));
    }

    #[test]
    fn leaves_no_empty_object_behind() {
        let mut target = object(json!({"a": {"b": {"c": 1}}}));
        apply(&mut target, &object(json!({"a": {"b": {"c": null}}, "z": {"y": null}})));
        assert_eq!(Value::Object(target), json!({}));
    }

    #[test]
    fn tells_added_changed_and_removed_apart() {
        let changes =
            differences(&object(json!({"a": 1, "b": {"c": 2}})), &object(json!({"a": 3, "d": 4})));
        let found: Vec<_> =
            changes.iter().map(|c| (c.path.as_str(), c.old.is_some(), c.new.is_some())).collect();
        assert_eq!(found, [("a", true, true), ("b.c", true, false), ("d", false, true)]);
    }

    /// Sparse objects as they are stored: no nulls, no empty objects.
    fn sparse() -> impl Strategy<Value = Map<String, Value>> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..5i64).prop_map(Value::from),
            Just(json!([1, 2]))
        ];
        let object = leaf.prop_recursive(3, 12, 3, |inner| {
            proptest::collection::btree_map("[a-c]", inner, 1..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect()))
        });
        proptest::collection::btree_map("[a-c]", object, 0..3)
            .prop_map(|entries| entries.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_patch_between_two_values_leads_from_one_to_the_other(
            old in sparse(), new in sparse(),
        ) {
            let mut reached = old.clone();
            apply(&mut reached, &patch_between(&old, &new));
            prop_assert_eq!(reached, new);
        }

        #[test]
        fn a_patch_applied_twice_is_a_patch_applied_once(target in sparse(), patch in sparse()) {
            let once = overlay(&target, &patch);
            prop_assert_eq!(overlay(&once, &patch), once);
        }

        #[test]
        fn equal_values_do_not_differ(value in sparse()) {
            prop_assert!(differences(&value, &value).is_empty());
        }
    }
}
