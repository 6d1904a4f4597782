//! What it means for an organization when one of its members leaves.

use super::{Membership, OrganizationRole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What follows when a person leaves the organization that they belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// It goes on without them.
    GoesOn,
    /// They are the last member: it is closed.
    Closes,
    /// They are its only owner among others, and may not: somebody has to be responsible.
    NeedsOwner,
}

impl Leaving {
    /// For somebody with this role, beside so many others, of whom so many are owners.
    pub fn of(role: OrganizationRole, others: i64, other_owners: i64) -> Self {
        match (role, others, other_owners) {
            (_, 0, _) => Self::Closes,
            (OrganizationRole::Owner, _, 0) => Self::NeedsOwner,
            _ => Self::GoesOn,
        }
    }
}

/// An organization as each of its members may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnOrganizationAnswer {
    pub organization: Membership,
    /// Its owners and admins, the owners first.
    pub managers: Vec<ManagerView>,
    /// What follows when the person who asks leaves.
    pub leaving: Leaving,
}

/// Somebody who may decide, by name: whom a member can ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagerView {
    #[schema(example = "Anna Long")]
    pub display_name: String,
    pub role: OrganizationRole,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_member_closes_it_and_the_only_owner_of_others_stays() {
        let [member, admin, owner] = OrganizationRole::ALL;
        for (role, others, owners, follows) in [
            (owner, 0, 0, Leaving::Closes),
            (owner, 1, 0, Leaving::NeedsOwner),
            (owner, 2, 1, Leaving::GoesOn),
            (admin, 1, 1, Leaving::GoesOn),
            (member, 1, 1, Leaving::GoesOn),
            // No organization is without an owner; if one were, nobody would be kept in it.
            (member, 0, 0, Leaving::Closes),
            (admin, 1, 0, Leaving::GoesOn),
        ] {
            assert_eq!(Leaving::of(role, others, owners), follows, "{role:?} {others} {owners}");
        }
    }
}
