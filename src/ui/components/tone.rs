//! The picture of a tone.

use super::IconName;
use crate::ui::tone::Tone;

impl Tone {
    /// The picture that goes with the tone in banners and toasts.
    pub const fn icon(self) -> IconName {
        match self {
            Self::Neutral | Self::Accent | Self::Info => IconName::Info,
            Self::Success => IconName::Check,
            Self::Warning => IconName::Warning,
            Self::Danger => IconName::Error,
        }
    }
}
