//! The controls of settings, whichever page they are on: each is made from the declaration of its
//! field. And the draft of those that are saved in one step.

mod clamp_note;
mod control;
mod draft;
mod drafts;
mod save_bar;
mod shares;
mod shortcut_recorder;

pub use clamp_note::ClampNote;
pub use control::SettingControl;
pub use draft::{Draft, Edits, Stored};
pub use drafts::Drafts;
pub use save_bar::SaveBar;
pub use shares::why_unread;

use super::components::Origin;
use crate::domain::settings::Layer;

/// The row's word for where a value comes from.
impl From<Layer> for Origin {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Default => Self::Default,
            Layer::Environment => Self::Environment,
            Layer::Organization => Self::Organization,
            Layer::Person => Self::Personal,
        }
    }
}
