//! One of the values that a choice offers.

use super::IconName;

/// One value to choose, and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is stored and sent.
    pub value: String,
    /// What people read.
    pub label: String,
    /// A sentence of explanation, where there is room for one.
    pub hint: Option<String>,
    /// A picture beside the label, where there is room for one.
    pub icon: Option<IconName>,
    /// Shown, but not to be chosen.
    pub disabled: bool,
    /// The label is a name, which translators leave as it is.
    pub named: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: None,
            icon: None,
            disabled: false,
            named: false,
        }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub fn icon(self, icon: IconName) -> Self {
        Self { icon: Some(icon), ..self }
    }

    pub fn disabled(self, disabled: bool) -> Self {
        Self { disabled, ..self }
    }

    pub fn named(self) -> Self {
        Self { named: true, ..self }
    }

    /// The value of the attribute `translate`.
    pub fn translate(&self) -> Option<&'static str> {
        self.named.then_some("no")
    }
}
