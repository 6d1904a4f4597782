//! What can be done with many at once.

use crate::domain::{conversations::Status, reviews::Decision};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Decide(Decision),
    Tag,
    Rerate,
    Archive,
    Unarchive,
    Delete,
    Revise,
}

impl Act {
    /// On the button or in the menu. The dots say that a question follows.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Decide(Decision::Approved) => "Approve…",
            Self::Decide(Decision::Rejected) => "Reject…",
            Self::Decide(Decision::NeedsRevision) => "Needs revision…",
            Self::Tag => "Tags…",
            Self::Rerate => "Rate again…",
            Self::Archive => "Archive",
            Self::Unarchive => "Bring back",
            Self::Delete => "Delete…",
            Self::Revise => "Revise with Claude…",
        }
    }

    /// The rows that it concerns.
    pub fn fits(self) -> fn(Status) -> bool {
        match self {
            Self::Archive => |status| status != Status::Archived,
            Self::Unarchive => |status| status == Status::Archived,
            _ => |_| true,
        }
    }

    pub const fn is_quick(self) -> bool {
        matches!(self, Self::Archive | Self::Unarchive)
    }

    /// Something has to be said before it is known what it would do.
    pub const fn needs_words(self) -> bool {
        matches!(self, Self::Tag | Self::Revise)
    }
}
