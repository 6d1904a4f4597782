//! What a save does: from a merge patch to the new overrides, or to every reason why not.

use super::{
    Overrides,
    catalog::{self, Section},
    layers::{Layers, THRESHOLDS, binding_path},
    values::ACTIONS,
};
use crate::domain::{
    field_error::FieldError,
    merge_patch::{apply, differences, get, leaves, set},
    shortcut::Shortcut,
};
use serde_json::{Map, Value};

/// A patch whose every field is known and has an allowed value, in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    changes: Overrides,
}

impl Patch {
    /// Reads a merge patch. All that is wrong is told at once; a group set to `null` is spelled out
    /// field by field.
    pub fn parse(value: &Value) -> Result<Self, Vec<FieldError>> {
        let (patch, errors) = Self::read_all(value);
        if errors.is_empty() { Ok(patch) } else { Err(errors) }
    }

    /// The same with the part that can be read even where another cannot.
    pub fn read_all(value: &Value) -> (Self, Vec<FieldError>) {
        let mut patch = Self { changes: Map::new() };
        let mut errors = Vec::new();
        match value.as_object() {
            Some(object) => patch.read(object, "", &mut errors),
            None => errors.push(FieldError::new(
                "",
                "A change of preferences is a JSON object, such as {\"theme\": \"dark\"}.",
            )),
        }
        (patch, errors)
    }

    fn read(&mut self, object: &Map<String, Value>, prefix: &str, errors: &mut Vec<FieldError>) {
        for (key, value) in object {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            // A name with a dot in it must not be taken for a path.
            let known = if key.contains('.') { None } else { catalog::field(&path) };
            match (known, value) {
                (Some(_), Value::Null) => set(&mut self.changes, &path, Value::Null),
                (Some(field), value) => match field.canonical(value) {
                    Ok(value) => set(&mut self.changes, &path, value),
                    Err(message) => errors.push(FieldError::new(path, message)),
                },
                (None, value) if !key.contains('.') && catalog::is_group(&path) => match value {
                    Value::Object(inner) => self.read(inner, &path, errors),
                    Value::Null => self.clear_group(&path),
                    _ => errors.push(FieldError::new(
                        &path,
                        format!("{path} must be an object, or null to inherit all of it."),
                    )),
                },
                (None, _) => errors.push(FieldError::new(
                    &path,
                    format!("There is no preference named {}.", shortened(&path)),
                )),
            }
        }
    }

    fn clear_group(&mut self, path: &str) {
        for field in catalog::fields() {
            if field.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')) {
                set(&mut self.changes, &field.path, Value::Null);
            }
        }
    }

    /// The patch that takes back every own value of a section, or of all.
    pub fn reset(section: Option<Section>) -> Self {
        let mut changes = Map::new();
        let fields = catalog::fields()
            .iter()
            .filter(|field| section.is_none_or(|section| field.section == section));
        for field in fields {
            set(&mut changes, &field.path, Value::Null);
        }
        Self { changes }
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
}

/// The new overrides after a patch, or every rule that the merged result breaks.
///
/// Rules are held against what would apply, not against the patch alone. A rule that was broken
/// before, by fields that the patch does not touch, does not stop the save: an organization's later
/// change must not lock people out of their settings.
pub fn plan(layers: &Layers, patch: &Patch) -> Result<Overrides, Vec<FieldError>> {
    let mut own = layers.own.clone();
    apply(&mut own, patch.as_object());
    let next = Layers { organization: layers.organization.clone(), own };
    let touched: Vec<String> =
        differences(&layers.own, &next.own).into_iter().map(|change| change.path).collect();
    // Untouched inherited values were made to fit the old own ones; what the person sees is what
    // the rule is held against.
    let mut merged = layers.effective();
    for path in &touched {
        let value =
            get(&next.own, path).or_else(|| next.inherited(path)).cloned().unwrap_or(Value::Null);
        set(&mut merged, path, value);
    }
    let errors: Vec<FieldError> = broken_thresholds(&merged, &touched)
        .into_iter()
        .chain(broken_shortcuts(&merged, &touched))
        .collect();
    if errors.is_empty() { Ok(next.own) } else { Err(errors) }
}

fn broken_thresholds(merged: &Overrides, touched: &[String]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (upper, lower) in [(THRESHOLDS[0], THRESHOLDS[1]), (THRESHOLDS[1], THRESHOLDS[2])] {
        let number = |path| get(merged, path).and_then(Value::as_f64).unwrap_or_default();
        let label = |path| catalog::field(path).map_or("", |field| field.label);
        let named = |path: &str| touched.iter().any(|touched| touched == path);
        if number(upper) >= number(lower) || !(named(upper) || named(lower)) {
            continue;
        }
        // The message belongs at the field that was edited.
        let error = if named(upper) {
            FieldError::new(
                upper,
                format!(
                    "{} ({:.1}) must be at least {} ({:.1}).",
                    label(upper),
                    number(upper),
                    label(lower).to_lowercase(),
                    number(lower)
                ),
            )
        } else {
            FieldError::new(
                lower,
                format!(
                    "{} ({:.1}) must be at most {} ({:.1}).",
                    label(lower),
                    number(lower),
                    label(upper).to_lowercase(),
                    number(upper)
                ),
            )
        };
        errors.push(error);
    }
    errors
}

fn broken_shortcuts(merged: &Overrides, touched: &[String]) -> Vec<FieldError> {
    let bound: Vec<(String, &str, Shortcut)> = ACTIONS
        .iter()
        .filter_map(|action| {
            let path = binding_path(action.name);
            let shortcut = get(merged, &path)?.as_str()?.parse().ok()?;
            Some((path, action.label, shortcut))
        })
        .collect();
    let mut errors = Vec::new();
    for (index, (path, _, shortcut)) in bound.iter().enumerate() {
        if !touched.contains(path) {
            continue;
        }
        let other = bound.iter().enumerate().find(|(other, (other_path, _, other_shortcut))| {
            let told_already = *other < index && touched.contains(other_path);
            *other != index && !told_already && other_shortcut.collides_with(shortcut)
        });
        if let Some((_, (_, label, taken))) = other {
            let message = if taken == shortcut {
                format!("{shortcut} is already the shortcut for \"{label}\".")
            } else {
                format!(
                    "{shortcut} and {taken} (\"{label}\") begin alike, so one would hide the other."
                )
            };
            errors.push(FieldError::new(path, message));
        }
    }
    errors
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
    use crate::domain::merge_patch::patch_between;
    use proptest::prelude::*;
    use serde_json::json;

    fn save(own: Value, patch: Value) -> Result<Value, Vec<FieldError>> {
        let layers = Layers { own: own.as_object().cloned().unwrap(), ..Layers::default() };
        plan(&layers, &Patch::parse(&patch)?).map(Value::Object)
    }

    fn wrong(own: Value, patch: Value) -> Vec<String> {
        save(own, patch).unwrap_err().into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn the_merged_result_is_held_against_the_rules() {
        assert_eq!(
            wrong(json!({}), json!({"qualityThresholds": {"autoApproval": 5}})),
            ["qualityThresholds.autoApproval"]
        );
        assert!(
            save(json!({}), json!({"qualityThresholds": {"autoApproval": 5, "flagging": 4.5}}))
                .is_ok()
        );
        assert_eq!(
            wrong(json!({}), json!({"qualityThresholds": {"minimumAcceptable": 6.1}})),
            ["qualityThresholds.minimumAcceptable"]
        );
        assert_eq!(
            wrong(
                json!({"qualityThresholds": {"flagging": 5.0, "autoApproval": 5.5}}),
                json!({"qualityThresholds": {"flagging": null}})
            ),
            ["qualityThresholds.flagging"]
        );
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let patch = json!({"theme": "blue", "nope": 1, "notifications": {"email": "yes", "nope": {}}, "rowsPerPage": 11, "export.x": 1});
        assert_eq!(
            wrong(json!({}), patch).into_iter().collect::<std::collections::BTreeSet<_>>(),
            [
                "export.x",
                "nope",
                "notifications.email",
                "notifications.nope",
                "rowsPerPage",
                "theme"
            ]
            .map(String::from)
            .into()
        );
        assert_eq!(wrong(json!({}), json!([])), [""]);
        assert_eq!(wrong(json!({}), json!({"notifications": 5})), ["notifications"]);
        assert_eq!(wrong(json!({}), json!({"notifications.email": true})), ["notifications.email"]);
    }

    #[test]
    fn two_actions_never_share_a_shortcut() {
        let bind = |bindings: Value| json!({"keyboardShortcuts": {"customBindings": bindings}});
        assert_eq!(
            wrong(json!({}), bind(json!({"export": "ctrl+k"}))),
            ["keyboardShortcuts.customBindings.export"]
        );
        assert_eq!(
            wrong(json!({}), bind(json!({"export": "A B"}))),
            ["keyboardShortcuts.customBindings.export"]
        );
        assert_eq!(wrong(json!({}), bind(json!({"export": "Z", "approve": "Z"}))).len(), 1);
        assert!(save(json!({}), bind(json!({"export": "A", "approve": "none"}))).is_ok());
        assert!(
            save(json!({}), bind(json!({"export": "A", "approve": "Ctrl+E"}))).is_ok(),
            "two may change places"
        );
    }

    #[test]
    fn a_rule_broken_from_below_does_not_stop_other_saves() {
        let layers = Layers {
            organization: json!({"qualityThresholds": {"flagging": 9.0}})
                .as_object()
                .cloned()
                .unwrap(),
            own: json!({"qualityThresholds": {"autoApproval": 7.0}}).as_object().cloned().unwrap(),
        };
        assert!(plan(&layers, &Patch::parse(&json!({"theme": "dark"})).unwrap()).is_ok());
    }

    #[test]
    fn null_goes_back_to_inherited_and_reset_removes_only_its_section() {
        let own = json!({"theme": "dark", "notifications": {"email": true, "toast": false}});
        assert_eq!(
            save(own.clone(), json!({"notifications": null})).unwrap(),
            json!({"theme": "dark"})
        );
        assert_eq!(
            save(own.clone(), json!({"notifications": {"email": null}})).unwrap(),
            json!({"theme": "dark", "notifications": {"toast": false}})
        );
        let layers = Layers { own: own.as_object().cloned().unwrap(), ..Layers::default() };
        assert_eq!(
            Value::Object(plan(&layers, &Patch::reset(Some(Section::Display))).unwrap()),
            json!({"notifications": {"email": true, "toast": false}})
        );
        assert_eq!(Value::Object(plan(&layers, &Patch::reset(None)).unwrap()), json!({}));
    }

    /// Patches that are mostly allowed.
    fn patches() -> impl Strategy<Value = Value> {
        let score = (0..=20u32).prop_map(|half| json!(f64::from(half) / 2.0));
        let field = prop_oneof![
            prop_oneof![Just("light"), Just("dark"), Just("blue")]
                .prop_map(|theme| json!({"theme": theme})),
            any::<bool>().prop_map(|on| json!({"notifications": {"email": on}})),
            score.clone().prop_map(|score| json!({"qualityThresholds": {"flagging": score}})),
            score.prop_map(|score| json!({"qualityThresholds": {"autoApproval": score}})),
            Just(json!({"qualityThresholds": null})),
            "[A-D]"
                .prop_map(|key| json!({"keyboardShortcuts": {"customBindings": {"reject": key}}})),
        ];
        proptest::collection::vec(field, 1..4).prop_map(|parts| {
            let mut patch = Map::new();
            for part in parts {
                for (path, value) in leaves(part.as_object().unwrap()) {
                    set(&mut patch, &path, value);
                }
            }
            Value::Object(patch)
        })
    }

    proptest! {
        #[test]
        fn what_is_saved_always_reads_back_and_keeps_every_rule(steps in proptest::collection::vec(patches(), 1..8)) {
            let mut layers = Layers::default();
            for step in steps {
                let Ok(patch) = Patch::parse(&step) else { continue };
                let Ok(own) = plan(&layers, &patch) else { continue };
                layers.own = own;
                let thresholds = layers.preferences().quality_thresholds;
                prop_assert!(thresholds.auto_approval >= thresholds.flagging && thresholds.flagging >= thresholds.minimum_acceptable);
                let effective = layers.effective();
                for (path, value) in leaves(&layers.own) {
                    prop_assert_eq!(get(&effective, &path), Some(&value), "an own value applies as it stands");
                }
            }
        }

        #[test]
        fn undo_is_the_patch_back(first in patches(), second in patches()) {
            let mut layers = Layers::default();
            if let Ok(patch) = Patch::parse(&first) && let Ok(own) = plan(&layers, &patch) {
                layers.own = own;
            }
            if let Ok(patch) = Patch::parse(&second) && let Ok(own) = plan(&layers, &patch) {
                let back = Patch::parse(&Value::Object(patch_between(&own, &layers.own))).unwrap();
                let returned = plan(&Layers { own, ..layers.clone() }, &back).unwrap();
                prop_assert_eq!(returned, layers.own);
            }
        }
    }
}
