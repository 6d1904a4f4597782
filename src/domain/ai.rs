//! How generation works for a scope: model, limits, retries, budgets, keys and timeouts.
//!
//! A stored configuration holds only what somebody chose (sparse). What applies is computed:
//! built-in default ⊕ environment ⊕ organization ⊕ person, then held under the organization's
//! ceilings and what the model takes. The defaults live in [`AiConfig::defaults`] and nowhere else.
//! Keys are never in a configuration.

pub mod catalog;
pub mod ceilings;
pub mod changes;
pub mod environment;
pub mod explain;
pub mod keys;
pub mod layers;
pub mod ledger;
pub mod owner;
pub mod save;
pub mod spending;
pub mod usage;
pub mod values;
pub mod views;

pub use crate::domain::settings::{Clamp, ClampedBy, Explain, Layer, Overrides, Shadowed};
pub use ceilings::{CeilingPatch, CeilingValues, Ceilings};
pub use explain::Effective;
pub use layers::Layers;
pub use owner::{Owner, ScopeType};
pub use values::AiConfig;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Any part of [`AiConfig`]: what one configuration sets. A mark that the description of the
/// interface is made from; it fills in the fields.
#[derive(Debug, ToSchema)]
pub struct AiOverrides;

/// A change by merge patch: any part of [`AiConfig`], and `null` for what is taken back.
// The description of the interface fills in its fields, as those of [`AiOverrides`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct AiPatch(pub Overrides);

/// The longest name of a configuration, in Unicode scalar values.
pub const MAX_CONFIG_NAME: usize = 100;

/// The name of a configuration: 1 to 100 characters after trimming, on one line.
pub fn check_config_name(raw: &str) -> Result<String, String> {
    let name = raw.trim();
    let length = name.chars().count();
    if length == 0 {
        return Err("A configuration needs a name.".into());
    }
    if length > MAX_CONFIG_NAME {
        return Err(format!(
            "The configuration's name is too long: {length} characters, at most {MAX_CONFIG_NAME}."
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(
            "The configuration's name must have no control characters or line breaks.".into()
        );
    }
    Ok(name.to_owned())
}

pub mod models;
#[cfg(test)]
mod tests;
