//! What a setting is, for preferences and AI configuration alike: a field declared in a [`Table`],
//! sparse values in layers, a change by merge patch, and why a value applies.
//!
//! A feature declares its table and its defaults, and adds the rules of its own that hold between
//! fields. Everything that a declaration can answer is answered here: which values are allowed, the
//! one form in which they are stored, how people read them.

mod explain;
mod field;
mod kind;
mod layers;
mod order;
mod patch;

pub use explain::{Clamp, ClampedBy, Explain, Shadowed};
pub use field::{Field, Table, kebab};
pub use kind::{Kind, MAX_DOLLARS};
pub use layers::{Layer, Stack};
pub use order::{broken_order, exceeds};
pub use patch::{Patch, edited, touched};

use serde_json::{Map, Value};

/// A sparse JSON object: what one layer sets, and nothing else.
pub type Overrides = Map<String, Value>;
