//! The kinds of conversations: how one is made, where it stands, who speaks in it.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

macro_rules! words {
    ($type:ident, $what:literal, $($variant:ident => $word:literal, $label:literal;)+) => {
        impl $type {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word stored in the database and sent on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The word that people read.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                let known = Self::ALL.iter().copied().find(|known| known.as_str() == word);
                known.ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    let words = words.join(", ");
                    format!("{} must be one of {words}.", $what)
                })
            }
        }
    };
}

/// How a conversation is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A common situation, along familiar lines.
    Template,
    /// A situation with circumstances of its own.
    Scenario,
    /// A rare or difficult situation.
    EdgeCase,
}

words! { Tier, "The tier",
    Template => "template", "Template";
    Scenario => "scenario", "Scenario";
    EdgeCase => "edge_case", "Edge case";
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    Generated,
    PendingReview,
    Approved,
    Rejected,
    NeedsRevision,
    None,
    Failed,
    Archived,
}

words! { Status, "The status",
    Draft => "draft", "Draft";
    Generated => "generated", "Generated";
    PendingReview => "pending_review", "Pending review";
    Approved => "approved", "Approved";
    Rejected => "rejected", "Rejected";
    NeedsRevision => "needs_revision", "Needs revision";
    None => "none", "None";
    Failed => "failed", "Failed";
    Archived => "archived", "Archived";
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Speaker)]
pub enum Role {
    User,
    Assistant,
}

words! { Role, "The role",
    User => "user", "User";
    Assistant => "assistant", "Assistant";
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    pub role: Role,
    #[schema(example = "How do I reset my router?")]
    pub content: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::preferences::catalog::{STATUSES, TIERS};

    #[test]
    fn words_on_the_wire_and_in_the_preferences_agree() {
        let words: Vec<_> = Tier::ALL.iter().map(|tier| (tier.as_str(), tier.label())).collect();
        assert_eq!(
            words,
            TIERS.iter().map(|choice| (choice.value, choice.label)).collect::<Vec<_>>()
        );
        let words: Vec<_> =
            Status::ALL.iter().map(|status| (status.as_str(), status.label())).collect();
        assert_eq!(
            words,
            STATUSES.iter().map(|choice| (choice.value, choice.label)).collect::<Vec<_>>()
        );
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        for tier in Tier::ALL {
            assert_eq!(serde_json::to_value(tier).unwrap(), tier.as_str());
        }
        assert_eq!(
            "gold".parse::<Tier>(),
            Err("The tier must be one of template, scenario, edge_case.".into())
        );
    }
}
