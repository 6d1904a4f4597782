//! What a save does: from a merge patch to the new overrides, or to every reason why not.

use super::{
    Overrides,
    catalog::{FIELDS, Section, TABLE},
    layers::{Layers, THRESHOLDS},
    values::ACTIONS,
};
use crate::domain::{
    field_error::FieldError,
    merge_patch::{get, set},
    settings::{self, broken_order, touched},
    shortcut::Shortcut,
};
use serde_json::Value;

pub use settings::Patch;

/// Reads a merge patch of preferences. All that is wrong is told at once.
pub fn parse(value: &Value) -> Result<Patch, Vec<FieldError>> {
    let (patch, errors) = read_all(value);
    if errors.is_empty() { Ok(patch) } else { Err(errors) }
}

/// The same with the part that can be read even where another cannot.
pub fn read_all(value: &Value) -> (Patch, Vec<FieldError>) {
    match value.as_object() {
        Some(object) => Patch::read_all(&TABLE, object),
        None => {
            let sentence =
                "A change of preferences is a JSON object, such as {\"theme\": \"dark\"}.";
            (Patch::default(), vec![FieldError::new("", sentence)])
        }
    }
}

/// The patch that takes back every own value of a section, or of all.
pub fn reset(section: Option<Section>) -> Patch {
    match section {
        Some(section) => Patch::reset(section.fields()),
        None => Patch::reset(FIELDS.iter()),
    }
}

/// The new overrides after a patch, or every rule that the merged result breaks.
///
/// Rules are held against what would apply, not against the patch alone. A rule that was broken
/// before, by fields that the patch does not touch, does not stop the save: an organization's later
/// change must not lock people out of their settings.
pub fn plan(layers: &Layers, patch: &Patch) -> Result<Overrides, Vec<FieldError>> {
    let (own, paths) = patch.laid_over(&layers.own);
    let next = Layers { organization: layers.organization.clone(), own };
    // Untouched inherited values were made to fit the old own ones; what the person sees is what
    // the rule is held against.
    let mut merged = layers.effective();
    for path in &paths {
        let value = get(&next.own, path).or_else(|| next.inherited(path)).cloned();
        set(&mut merged, path, value.unwrap_or(Value::Null));
    }
    let mut errors = broken_order(&TABLE, &THRESHOLDS, "", &merged, &paths);
    errors.extend(broken_shortcuts(&merged, &paths));
    if errors.is_empty() { Ok(next.own) } else { Err(errors) }
}

fn broken_shortcuts(merged: &Overrides, paths: &[String]) -> Vec<FieldError> {
    let bound: Vec<(&str, &str, Shortcut)> = ACTIONS
        .iter()
        .filter_map(|action| {
            let shortcut = get(merged, action.path)?.as_str()?.parse().ok()?;
            Some((action.path, action.label, shortcut))
        })
        .collect();
    let mut errors = Vec::new();
    for (index, (path, _, shortcut)) in bound.iter().enumerate() {
        if !touched(paths, path) {
            continue;
        }
        let other = bound.iter().enumerate().find(|(other, (other_path, _, other_shortcut))| {
            let reported_already = *other < index && touched(paths, other_path);
            *other != index && !reported_already && other_shortcut.collides_with(shortcut)
        });
        if let Some((_, (_, label, taken))) = other {
            let message = if taken == shortcut {
                format!("{shortcut} is already the shortcut for \"{label}\".")
            } else {
                format!(
                    "{shortcut} and {taken} (\"{label}\") start with the same keys, so one would \
                        hide the other."
                )
            };
            errors.push(FieldError::new(*path, message));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::merge_patch::{leaves, patch_between};
    use proptest::prelude::*;
    use serde_json::{Map, json};

    fn save(own: Value, patch: Value) -> Result<Value, Vec<FieldError>> {
        let layers = Layers { own: own.as_object().cloned().unwrap(), ..Layers::default() };
        plan(&layers, &parse(&patch)?).map(Value::Object)
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
        let patch = json!({
            "theme": "blue",
            "nope": 1,
            "notifications": {"email": "yes", "nope": {}},
            "rowsPerPage": 11,
            "export.x": 1,
        });
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
        assert!(plan(&layers, &parse(&json!({"theme": "dark"})).unwrap()).is_ok());
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
            Value::Object(plan(&layers, &reset(Some(Section::Display))).unwrap()),
            json!({"notifications": {"email": true, "toast": false}})
        );
        assert_eq!(Value::Object(plan(&layers, &reset(None)).unwrap()), json!({}));
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
        fn what_is_saved_always_reads_back_and_keeps_every_rule(
            steps in proptest::collection::vec(patches(), 1..8),
        ) {
            let mut layers = Layers::default();
            for step in steps {
                let Ok(patch) = parse(&step) else { continue };
                let Ok(own) = plan(&layers, &patch) else { continue };
                layers.own = own;
                let thresholds = layers.preferences().quality_thresholds;
                prop_assert!(thresholds.auto_approval >= thresholds.flagging);
                prop_assert!(thresholds.flagging >= thresholds.minimum_acceptable);
                let effective = layers.effective();
                for (path, value) in leaves(&layers.own) {
                    prop_assert_eq!(get(&effective, &path), Some(&value), "an own value applies \
                        as it stands");
                }
            }
        }

        #[test]
        fn undo_is_the_patch_back(first in patches(), second in patches()) {
            let mut layers = Layers::default();
            if let Ok(patch) = parse(&first) && let Ok(own) = plan(&layers, &patch) {
                layers.own = own;
            }
            if let Ok(patch) = parse(&second) && let Ok(own) = plan(&layers, &patch) {
                let back = parse(&Value::Object(patch_between(&own, &layers.own))).unwrap();
                let returned = plan(&Layers { own, ..layers.clone() }, &back).unwrap();
                prop_assert_eq!(returned, layers.own);
            }
        }
    }
}
