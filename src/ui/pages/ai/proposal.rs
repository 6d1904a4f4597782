//! A change that is sent at once, or only after a question that shows what it leads to.

use crate::{
    api::{
        ai::{ChangeAiConfiguration, RemoveAiConfiguration, ToggleAiConfiguration},
        error::ApiError,
    },
    domain::ai::views::{
        AiConfigurationRequest, ConfigurationAnswer, RemoveAiConfigurationRequest, ToggleRequest,
    },
    ui::{client::rest::Call, components::Difference},
};

/// What is sent, by the operation that takes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Patch(AiConfigurationRequest),
    Toggle(ToggleRequest),
    Remove(RemoveAiConfigurationRequest),
}

impl Change {
    /// Whether somebody may say why.
    pub fn takes_reason(&self) -> bool {
        matches!(self, Self::Patch(_) | Self::Remove(_))
    }

    pub fn is_removal(&self) -> bool {
        matches!(self, Self::Remove(_))
    }

    /// Makes the change, with what was typed as its reason.
    pub async fn send(self, typed: &str) -> Result<ConfigurationAnswer, ApiError> {
        let reason = reason(typed);
        match self {
            Self::Patch(body) => {
                let body = AiConfigurationRequest { reason, ..body };
                Call::<ChangeAiConfiguration>::new((), &body).send().await
            }
            Self::Toggle(body) => Call::<ToggleAiConfiguration>::new((), &body).send().await,
            Self::Remove(body) => {
                let body = RemoveAiConfigurationRequest { reason, ..body };
                Call::<RemoveAiConfiguration>::new((), &body).send().await
            }
        }
    }
}

/// A reason as it is sent: none when nothing was typed.
pub fn reason(typed: &str) -> Option<String> {
    Some(typed.trim().to_owned()).filter(|reason| !reason.is_empty())
}

/// One change of the configurations of a scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub change: Change,
    /// The configuration that is changed.
    pub name: String,
    /// It stores the edits of that configuration.
    pub is_save: bool,
    pub title: String,
    /// What the confirming button does.
    pub confirm: &'static str,
    /// What is said when it worked.
    pub done: &'static str,
    /// Why it deserves a second look.
    pub warnings: Vec<String>,
    /// What would apply instead.
    pub effects: Vec<Difference>,
    /// What is changed as well, although what applies stays.
    pub unfelt: Vec<Difference>,
}

impl Proposal {
    /// A change with the words of its question; `name` is the configuration that it is about.
    pub fn new(
        change: Change,
        name: String,
        title: String,
        confirm: &'static str,
        done: &'static str,
    ) -> Self {
        let (warnings, effects, unfelt) = (Vec::new(), Vec::new(), Vec::new());
        Self { change, name, is_save: false, title, confirm, done, warnings, effects, unfelt }
    }

    /// Stores the edits of a configuration.
    pub fn save(body: AiConfigurationRequest) -> Self {
        let name = body.config_name.clone();
        let title = "Save these changes?".to_owned();
        let done = "Saved. Applies from the next generation on.";
        let proposal = Self::new(Change::Patch(body), name, title, "Save", done);
        Self { is_save: true, ..proposal }
    }
}
