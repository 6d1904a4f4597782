//! A change that is sent at once, or only after a question that shows what it leads to.

use crate::ui::{client::rest::LooseCall, components::Difference};
use serde_json::Value;

/// Where configurations are changed.
pub const ADDRESS: &str = "/api/ai-configuration";

/// One change of the configurations of a scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    pub title: String,
    /// What the confirming button does.
    pub confirm: &'static str,
    /// Why it deserves a second look.
    pub warnings: Vec<String>,
    /// What would apply instead.
    pub effects: Vec<Difference>,
    pub method: &'static str,
    pub body: Value,
    /// The body takes a reason.
    pub takes_reason: bool,
    /// What is said when it worked.
    pub done: &'static str,
    /// The configuration that is changed.
    pub name: String,
    /// It stores the edits of that configuration.
    pub is_save: bool,
    pub is_removal: bool,
}

impl Proposal {
    pub fn save(name: String, body: Value) -> Self {
        Self {
            title: "Save these changes?".into(),
            confirm: "Save",
            method: "PATCH",
            body,
            takes_reason: true,
            done: "Saved. The next generation obeys it.",
            name,
            is_save: true,
            ..Self::default()
        }
    }

    pub fn call(&self, reason: &str) -> LooseCall {
        let mut body = self.body.clone();
        if let Some(body) =
            body.as_object_mut().filter(|_| self.takes_reason && !reason.trim().is_empty())
        {
            body.insert("reason".into(), reason.trim().into());
        }
        LooseCall::with(self.method, ADDRESS, &body)
    }
}
