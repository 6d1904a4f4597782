//! The layers of a setting, and what applies of them.

use super::Overrides;
use crate::domain::{
    merge_patch::{apply, get},
    words::words,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

words! {
    /// Where a value comes from, the lowest first.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum Layer {
        Default => "default", "Default";
        /// Of AI configuration only.
        Environment => "environment", "Environment";
        Organization => "organization", "Organization";
        Person => "person", "Person";
    }
}

impl Layer {
    /// Who set it, to complete "set by …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Default => "the built-in default",
            Self::Environment => "the server's environment",
            Self::Organization => "the organization",
            Self::Person => "the person",
        }
    }
}

/// What each layer sets, the lowest first.
#[derive(Clone, Copy, Debug)]
pub struct Stack<'s, 'a>(pub &'s [(Layer, &'a Overrides)]);

impl<'a> Stack<'_, 'a> {
    /// The value that applies to a field, and the layer that sets it.
    pub fn value(self, path: &str) -> Option<(Layer, &'a Value)> {
        self.0.iter().rev().find_map(|(layer, values)| Some((*layer, get(values, path)?)))
    }

    /// Every field's value, merged field by field.
    pub fn merged(self) -> Overrides {
        let Some(((_, lowest), upper)) = self.0.split_first() else { return Overrides::new() };
        let mut merged = (*lowest).clone();
        for (_, values) in upper {
            apply(&mut merged, values);
        }
        merged
    }
}
