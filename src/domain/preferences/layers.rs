//! The layers of one person's preferences, and what applies after merging them.

use super::{Overrides, Preferences, catalog, defaults, values::ACTIONS};
use crate::domain::{
    merge_patch::{get, set},
    settings::{ClampedBy, Explain, Field, Layer, Stack},
    shortcut::{self, Shortcut},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What each layer sets. The built-in defaults are below both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layers {
    pub organization: Overrides,
    pub own: Overrides,
}

/// The three thresholds, each at most the next.
pub(super) const THRESHOLDS: [&str; 3] = [
    "qualityThresholds.minimumAcceptable",
    "qualityThresholds.flagging",
    "qualityThresholds.autoApproval",
];

impl Layers {
    /// Every layer, the lowest first.
    fn stacked(&self) -> [(Layer, &Overrides); 3] {
        [
            (Layer::Default, defaults()),
            (Layer::Organization, &self.organization),
            (Layer::Person, &self.own),
        ]
    }

    /// Why a field has its value: the layer that sets it, what that hides, and whether it gives way
    /// to what the person chose elsewhere, see [`Self::effective`].
    pub fn explain(&self, field: &Field) -> Explain {
        let mut explain = Explain::of(field, Stack(&self.stacked()));
        let inherited = explain.layer < Layer::Person;
        let Some(why) = gives_way(field.path).filter(|_| inherited) else { return explain };
        // As they are stored: a value in another form than the canonical one gives way to nothing.
        let (merged, effective) = (self.merged(), self.effective());
        let fitted = get(&effective, field.path);
        if let Some(fitted) = fitted.filter(|_| fitted != get(&merged, field.path)) {
            explain.clamp(fitted.clone(), ClampedBy::Rule, why.to_owned());
        }
        explain
    }

    /// The layer that sets a field, as [`Self::explain`] says it.
    pub fn layer(&self, field: &Field) -> Layer {
        Explain::of(field, Stack(&self.stacked())).layer
    }

    /// The layer that has something at a path, readable or not.
    fn source(&self, path: &str) -> Layer {
        Stack(&self.stacked()).value(path).map_or(Layer::Default, |(layer, _)| layer)
    }

    /// What would apply to a field without the person's own value.
    pub fn inherited(&self, path: &str) -> Option<&Value> {
        Stack(&self.stacked()[..2]).value(path).map(|(_, value)| value)
    }

    /// The same without anything of the person's own: what a file of preferences is laid over.
    pub fn without_own(&self) -> Self {
        Self { organization: self.organization.clone(), own: Overrides::new() }
    }

    /// Every field's value, merged field by field, before [`Self::effective`] makes inherited
    /// values fit the person's own.
    pub fn merged(&self) -> Overrides {
        Stack(&self.stacked()).merged()
    }

    /// What applies, as JSON with every field.
    ///
    /// A later change of the organization may not fit what a person chose before (a flagging
    /// threshold above their auto-approval, a shortcut they use elsewhere). What the person chose
    /// stands; the inherited value gives way: a threshold moves to the nearest allowed one, a
    /// shortcut becomes "none".
    pub fn effective(&self) -> Overrides {
        let mut merged = self.merged();
        self.fit_thresholds(&mut merged);
        self.fit_shortcuts(&mut merged);
        merged
    }

    /// [`Self::effective`] as types. A value that no longer reads (written by another release)
    /// falls back to the defaults.
    pub fn preferences(&self) -> Preferences {
        serde_json::from_value(Value::Object(self.effective())).unwrap_or_default()
    }

    fn fit_thresholds(&self, merged: &mut Overrides) {
        let number = |object: &Overrides, path: &str| get(object, path).and_then(Value::as_f64);
        let own: Vec<Option<f64>> = THRESHOLDS.iter().map(|path| number(&self.own, path)).collect();
        let mut ceiling = 10.0_f64;
        // From the highest to the lowest.
        for (index, path) in THRESHOLDS.iter().enumerate().rev() {
            let floor = own[..=index].iter().flatten().copied().fold(0.0, f64::max).min(ceiling);
            let Some(value) = number(merged, path) else { continue };
            let fitted = if own[index].is_some() { value } else { value.clamp(floor, ceiling) };
            if fitted != value {
                set(merged, path, Value::from(fitted));
            }
            ceiling = ceiling.min(fitted);
        }
    }

    fn fit_shortcuts(&self, merged: &mut Overrides) {
        let mut taken: Vec<Shortcut> = Vec::new();
        // The person's own first, then the organization's, then the built-in ones.
        for layer in [Layer::Person, Layer::Organization, Layer::Default] {
            for action in ACTIONS {
                let path = action.path;
                if self.source(path) != layer {
                    continue;
                }
                let Some(Ok(wanted)) =
                    get(merged, path).and_then(Value::as_str).map(str::parse::<Shortcut>)
                else {
                    continue;
                };
                if taken.iter().any(|other| other.collides_with(&wanted)) {
                    set(merged, path, Value::from(shortcut::NONE));
                } else {
                    taken.push(wanted);
                }
            }
        }
    }

    /// The fields whose own value a section would lose on a reset.
    pub fn own_paths(&self, section: Option<catalog::Section>) -> Vec<&'static str> {
        let is_of = |field: &Field| section.is_none_or(|section| field.section == section.choice());
        let fields = catalog::FIELDS.iter().filter(|field| is_of(field));
        fields.map(|field| field.path).filter(|path| get(&self.own, path).is_some()).collect()
    }
}

/// Why an inherited value of a field would give way; `None` for those that never do.
fn gives_way(path: &str) -> Option<&'static str> {
    if THRESHOLDS.contains(&path) {
        return Some("The inherited value conflicts with your thresholds.");
    }
    let is_shortcut = ACTIONS.iter().any(|action| action.path == path);
    is_shortcut.then_some("Another of your shortcuts uses these keys.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layers(organization: Value, own: Value) -> Layers {
        let object = |value: Value| value.as_object().cloned().unwrap();
        Layers { organization: object(organization), own: object(own) }
    }

    #[test]
    fn a_later_change_below_still_arrives() {
        let before = layers(json!({}), json!({"notifications": {"email": true}}));
        let after = Layers {
            organization: json!({"notifications": {"toast": false}}).as_object().cloned().unwrap(),
            ..before
        };
        let preferences = after.preferences();
        assert!(
            preferences.notifications.email
                && !preferences.notifications.toast
                && preferences.notifications.in_app
        );
        assert_eq!(after.source("notifications.toast"), Layer::Organization);
        assert_eq!(after.source("notifications.email"), Layer::Person);
        assert_eq!(after.source("theme"), Layer::Default);
    }

    #[test]
    fn choosing_the_default_is_still_a_choice() {
        let chosen = layers(json!({"theme": "dark"}), json!({"theme": "system"}));
        assert_eq!(chosen.preferences().theme.as_str(), "system");
    }

    #[test]
    fn inherited_thresholds_give_way_to_own_ones() {
        let thresholds =
            |organization, own| layers(organization, own).preferences().quality_thresholds;
        let fitted = thresholds(
            json!({"qualityThresholds": {"flagging": 9.0}}),
            json!({"qualityThresholds": {"autoApproval": 7.0}}),
        );
        assert_eq!(
            (fitted.auto_approval, fitted.flagging, fitted.minimum_acceptable),
            (7.0, 7.0, 4.0)
        );
        let fitted =
            thresholds(json!({}), json!({"qualityThresholds": {"minimumAcceptable": 8.5}}));
        assert_eq!(
            (fitted.auto_approval, fitted.flagging, fitted.minimum_acceptable),
            (8.5, 8.5, 8.5)
        );
    }

    #[test]
    fn an_inherited_shortcut_gives_way_to_an_own_one() {
        let own = json!({"keyboardShortcuts": {"customBindings": {"export": "A"}}});
        let bindings = layers(json!({}), own).preferences().keyboard_shortcuts.custom_bindings;
        assert_eq!((bindings["export"].as_str(), bindings["approve"].as_str()), ("A", "none"));
    }

    #[test]
    fn an_explanation_says_what_gave_way_and_to_what() {
        let layers = layers(
            json!({"qualityThresholds": {"flagging": 9.0}, "theme": "dark"}),
            json!({"qualityThresholds": {"autoApproval": 7.0}, "theme": "light"}),
        );
        let explain = |path: &str| layers.explain(catalog::field_at(path).unwrap());
        let flagging = explain("qualityThresholds.flagging");
        assert_eq!((&flagging.value, flagging.layer), (&json!(7.0), Layer::Organization));
        let clamp = flagging.clamped.unwrap();
        assert_eq!((clamp.unclamped, clamp.by), (json!(9.0), ClampedBy::Rule));
        let theme = explain("theme");
        assert_eq!(
            (&theme.value, theme.layer, &theme.clamped),
            (&json!("light"), Layer::Person, &None)
        );
        assert_eq!(theme.below(Layer::Person), Some((Layer::Organization, &json!("dark"))));
        assert_eq!(
            explain("qualityThresholds.autoApproval").clamped,
            None,
            "what was chosen stands"
        );
    }

    #[test]
    fn another_form_of_a_value_and_what_no_longer_reads_give_way_to_nothing() {
        let layers = layers(
            json!({"qualityThresholds": {"flagging": 6}}),
            json!({"keyboardShortcuts": {"customBindings": {"export": "no such key"}}}),
        );
        let explain = |path: &str| layers.explain(catalog::field_at(path).unwrap());
        assert_eq!(explain("qualityThresholds.flagging").clamped, None);
        let shortcut = explain("keyboardShortcuts.customBindings.export");
        assert_eq!((shortcut.layer, shortcut.clamped), (Layer::Default, None));
        let field = catalog::field_at("keyboardShortcuts.customBindings.export").unwrap();
        assert_eq!(layers.layer(field), Layer::Default);
    }

    #[test]
    fn the_defaults_fit_themselves() {
        assert_eq!(Layers::default().preferences(), Preferences::default());
        assert_eq!(&Layers::default().effective(), defaults());
    }
}
