//! Where the dialog of two-step verification stands. Apart from it, because the page opens it.

use crate::api::accounts::second_factor::SecondFactorSetupAnswer;

/// Where the dialog stands.
#[derive(Clone)]
pub enum Step {
    /// The password is asked for, before the secret is shown.
    Begin,
    /// The app is given the secret and shows its first code.
    Scan(SecondFactorSetupAnswer),
    /// The recovery codes, this once.
    Codes(Vec<String>),
    /// Password and code are asked for.
    Renew,
    TurnOff,
}

impl Step {
    /// Of the dialog.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Begin | Self::Scan(_) => "Set up two-step verification",
            Self::Codes(_) => "Keep your recovery codes",
            Self::Renew => "New recovery codes",
            Self::TurnOff => "Turn two-step verification off?",
        }
    }

    /// What goes on.
    pub fn button(&self) -> &'static str {
        match self {
            Self::Begin => "Continue",
            Self::Scan(_) => "Turn on",
            Self::Codes(_) => "I have kept them",
            Self::Renew => "Make new codes",
            Self::TurnOff => "Turn off",
        }
    }
}
