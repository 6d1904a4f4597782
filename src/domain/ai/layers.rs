//! The layers of a configuration, and the merge of those that are stored.

use super::{Ceilings, Layer, Overrides};
use crate::domain::{
    merge_patch::{apply, get, overlay, set},
    settings::exceeds,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What each layer sets. The built-in defaults are below all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layers {
    pub environment: Overrides,
    pub organization: Overrides,
    pub person: Overrides,
    /// There is an organization between environment and person, whether or not it sets anything.
    #[serde(default)]
    pub in_organization: bool,
}

impl Layers {
    /// Every layer above these defaults, the lowest first.
    pub(super) fn stacked<'a>(&'a self, defaults: &'a Overrides) -> [(Layer, &'a Overrides); 4] {
        [
            (Layer::Default, defaults),
            (Layer::Environment, &self.environment),
            (Layer::Organization, &self.organization),
            (Layer::Person, &self.person),
        ]
    }

    /// What one layer sets; `None` for the built-in defaults, which depend on the catalog.
    pub fn get(&self, layer: Layer) -> Option<&Overrides> {
        match layer {
            Layer::Default => None,
            Layer::Environment => Some(&self.environment),
            Layer::Organization => Some(&self.organization),
            Layer::Person => Some(&self.person),
        }
    }

    /// What the organization has for itself: nobody's own values, and no ceilings, which hold
    /// people.
    pub fn of_organization(&self) -> Self {
        Self { person: Map::new(), ..self.clone() }
    }

    /// The person's layer without what would loosen the organization's enforcement. A person may
    /// block earlier than the organization, never pass where it blocks: what it has, or inherits
    /// from the environment and the defaults, applies.
    pub fn tightening_person(&self) -> Overrides {
        let mut person = self.person.clone();
        if self.in_organization && loosens(&person) {
            apply(&mut person, &nested(ENFORCEMENT, Value::Null));
        }
        person
    }

    /// These layers with another value in one of them, and nothing above it: what a save of that
    /// layer is held against.
    pub fn with(&self, layer: Layer, value: Overrides) -> Self {
        let mut layers = self.clone();
        match layer {
            Layer::Person => layers.person = value,
            Layer::Organization => {
                layers.organization = value;
                layers.person = Map::new();
            }
            Layer::Environment => layers = Self { environment: value, ..Self::default() },
            Layer::Default => {}
        }
        layers
    }
}

/// What the database alone says: the organization's configuration under the person's, held under
/// the ceilings field by field where something is set. A model that the ceilings do not allow is
/// dropped, and so is a person's enforcement that would loosen the organization's. The SQL function
/// `get_effective_ai_config` answers the same, so nothing here may depend on defaults, environment
/// or catalog.
///
/// A stored `null` or empty object sets nothing, as in [`super::explain::effective`]: what is below
/// it applies. No save leaves one.
pub fn database_layers(layers: &Layers, ceilings: &Ceilings) -> Overrides {
    let what_is_set = |layer| overlay(&Map::new(), layer);
    let person = layers.tightening_person();
    let mut merged = overlay(&what_is_set(&layers.organization), &what_is_set(&person));
    let mut corrections = Map::new();
    for (path, _, limit) in ceilings.limits() {
        if get(&merged, path).is_some_and(|value| exceeds(value, limit)) {
            set(&mut corrections, path, limit.clone());
        }
    }
    if loosens(&merged) && ceilings.hold_budgets() {
        set(&mut corrections, ENFORCEMENT, Value::from("block"));
    }
    if let Some(model) = get(&merged, "model.model").and_then(Value::as_str)
        && !ceilings.allows_model(model)
    {
        set(&mut corrections, "model.model", Value::Null);
    }
    apply(&mut merged, &corrections);
    merged
}

/// The field that says what happens when a budget is used up.
pub(super) const ENFORCEMENT: &str = "costBudget.enforcement";

/// Whether a layer only warns where a budget is used up.
fn loosens(layer: &Overrides) -> bool {
    get(layer, ENFORCEMENT).and_then(Value::as_str) == Some("alert")
}

fn nested(path: &str, value: Value) -> Overrides {
    let mut object = Map::new();
    set(&mut object, path, value);
    object
}
