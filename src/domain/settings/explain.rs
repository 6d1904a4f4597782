//! Why a field has its value: the layer that set it, what it shadows, what clamped it.

use super::{Field, Layer, Stack};
use crate::domain::merge_patch::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Why one field has its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explain {
    /// What applies.
    #[schema(value_type = Value, example = json!(50))]
    pub value: Value,
    /// The layer that the value comes from.
    pub layer: Layer,
    /// What lower layers set and this one hides, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadows: Vec<Shadowed>,
    /// What changed the value that the layer set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamped: Option<Clamp>,
}

/// A value that a higher layer hides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shadowed {
    pub layer: Layer,
    #[schema(value_type = Value)]
    pub value: Value,
}

/// What keeps a set value from applying as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Clamp {
    pub by: ClampedBy,
    /// The value that was set.
    #[schema(value_type = Value, example = json!(100))]
    pub unclamped: Value,
    /// The layer that set it.
    pub unclamped_layer: Layer,
    /// One sentence for people.
    #[schema(example = "The organization allows at most $50.00.")]
    pub message: String,
}

/// What clamps a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClampedBy {
    /// A ceiling of the organization.
    Ceiling,
    /// What the organization itself has, and a person may only tighten.
    Organization,
    /// What the model takes.
    Model,
    /// Another field that it must not exceed.
    Rule,
}

impl Explain {
    /// The explanation of a field. A stored value that no longer reads counts as not set.
    pub fn of(field: &Field, stack: Stack) -> Self {
        let mut explain =
            Self { value: Value::Null, layer: Layer::Default, shadows: Vec::new(), clamped: None };
        for (layer, values) in stack.0 {
            let set_here = get(values, field.path);
            if *layer == Layer::Default {
                explain.value = set_here.cloned().unwrap_or(Value::Null);
                continue;
            }
            let Some(Ok(value)) = set_here.map(|value| field.canonical(value)) else { continue };
            let hidden = Shadowed {
                layer: explain.layer,
                value: std::mem::replace(&mut explain.value, value),
            };
            explain.layer = *layer;
            explain.shadows.insert(0, hidden);
        }
        explain
    }

    /// What stands below a layer.
    pub fn below(&self, own: Layer) -> Option<(Layer, &Value)> {
        if self.layer < own {
            return Some((self.layer, &self.value));
        }
        let below = self.shadows.iter().find(|hidden| hidden.layer < own)?;
        Some((below.layer, &below.value))
    }

    /// Replaces the value, and keeps the one that was set first.
    pub fn clamp(&mut self, value: Value, by: ClampedBy, message: String) {
        let replaced = std::mem::replace(&mut self.value, value);
        let (unclamped, unclamped_layer) = match self.clamped.take() {
            Some(earlier) => (earlier.unclamped, earlier.unclamped_layer),
            None => (replaced, self.layer),
        };
        self.clamped = Some(Clamp { by, unclamped, unclamped_layer, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn beneath_a_layer_is_the_nearest_one_below() {
        let hidden = |layer, value| Shadowed { layer, value: json!(value) };
        let mut explain = Explain {
            value: json!(3),
            layer: Layer::Organization,
            shadows: vec![hidden(Layer::Default, 1)],
            clamped: None,
        };
        assert_eq!(explain.below(Layer::Person), Some((Layer::Organization, &json!(3))));
        assert_eq!(explain.below(Layer::Organization), Some((Layer::Default, &json!(1))));
        // Set again since: what is beneath is what it hides.
        explain.layer = Layer::Person;
        explain.shadows.insert(0, hidden(Layer::Environment, 2));
        assert_eq!(explain.below(Layer::Person), Some((Layer::Environment, &json!(2))));
    }
}
