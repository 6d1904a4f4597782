//! How a person shapes the workplace: the fields, their defaults, and what they mean together.
//!
//! A person's row holds only what they chose ([`Layers::own`], sparse). What applies is computed:
//! built-in default ⊕ organization default ⊕ own override. The defaults live here and nowhere else.

pub mod catalog;
pub mod device;
pub mod layers;
pub mod organization;
pub mod save;
pub mod snapshot;
pub mod values;

pub use layers::Layers;
pub use snapshot::{
    PreferenceOverrides, PreferencePatch, PreferencesAnswer, PreferencesFile, Snapshot,
};
pub use values::Preferences;

pub use crate::domain::settings::{Layer, Overrides};

use serde_json::Value;

/// The built-in defaults as JSON, every field present.
pub fn defaults() -> &'static Overrides {
    static DEFAULTS: std::sync::OnceLock<Overrides> = std::sync::OnceLock::new();
    DEFAULTS.get_or_init(|| match serde_json::to_value(Preferences::default()) {
        Ok(Value::Object(object)) => object,
        _ => unreachable!("a struct of plain fields is a JSON object"),
    })
}
