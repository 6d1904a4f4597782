//! Organizations: what a member may do, who belongs to one, how somebody comes into it and what
//! follows when they leave.

mod invitations;
mod leaving;

pub use invitations::{
    INVITATION_DAYS, InvitationState, InvitationView, OwnInvitation, OwnInvitationsAnswer,
};
pub use leaving::{Leaving, ManagerView, OwnOrganizationAnswer};

use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// What a member may do in their organization. The order is the order of power.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum OrganizationRole: "The role" {
        Member => "member", "Member";
        Admin => "admin", "Admin";
        Owner => "owner", "Owner";
    }
}

impl OrganizationRole {
    /// In a sentence: “You are an admin.”
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Owner => "an owner",
            Self::Admin => "an admin",
            Self::Member => "a member",
        }
    }

    /// May rename the organization, set its defaults and policies, invite and remove members.
    pub fn manages(self) -> bool {
        self >= Self::Admin
    }
}

/// An organization and what a person is in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    pub id: Uuid,
    #[schema(example = "Annotation team")]
    pub name: String,
    pub role: OrganizationRole,
}

/// Somebody in an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    pub user_id: Uuid,
    pub email: String,
    pub display_name: String,
    pub role: OrganizationRole,
    pub joined_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_types_agree() {
        for role in OrganizationRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }

    #[test]
    fn only_owners_and_admins_manage() {
        assert!(OrganizationRole::Owner.manages() && OrganizationRole::Admin.manages());
        assert!(!OrganizationRole::Member.manages());
    }
}
