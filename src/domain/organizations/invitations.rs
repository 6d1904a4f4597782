//! Invitations to organizations, as those who invite and those who are invited see them.

use super::{Leaving, Membership, OrganizationRole};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// Where an invitation stands. Only a pending one can become something else.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum InvitationState: "The state of an invitation" {
        Pending => "pending";
        Accepted => "accepted";
        Declined => "declined";
        Withdrawn => "withdrawn";
        Expired => "expired";
    }
}

/// An invitation as the organization's owners and admins see it. The same whether or not anybody
/// has an account of this address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    pub id: Uuid,
    #[schema(example = "ben@example.com")]
    pub email: String,
    pub role: OrganizationRole,
    pub state: InvitationState,
    /// By name; absent when the account is gone.
    #[schema(example = "Anna Long")]
    pub invited_by: Option<String>,
    /// When it was made, or renewed last.
    pub invited_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// An invitation as the invited person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnInvitation {
    pub id: Uuid,
    #[schema(example = "Annotation team")]
    pub organization: String,
    /// What they would be there.
    pub role: OrganizationRole,
    #[schema(example = "Anna Long")]
    pub invited_by: String,
    #[schema(example = "anna@example.com")]
    pub invited_by_email: String,
    pub invited_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// What an invited person needs to know before they decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnInvitationsAnswer {
    pub invitations: Vec<OwnInvitation>,
    /// The organization that they belong to now, if any.
    pub current: Option<Membership>,
    /// What follows when they leave that one.
    pub leaving: Option<Leaving>,
}

/// Days for which an invitation can be accepted. The database counts them,
/// `invitations.expires_at`.
pub const INVITATION_DAYS: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_types_agree() {
        for state in InvitationState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert!("open".parse::<InvitationState>().is_err());
    }
}
