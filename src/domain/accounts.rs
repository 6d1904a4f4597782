//! Accounts: who a person is, what they may do, and what an acceptable e-mail address, password or
//! name is.
//!
//! Everything here is parsed once, at the door, by the same code in the browser and on the server.
//! A `parse` answers the value or one sentence that says what is allowed.

mod email;
mod invitations;
mod leaving;
mod names;
mod new_account;
mod password;
mod time_zone;
mod views;

pub use email::EmailAddress;
pub use invitations::{INVITATION_DAYS, InvitationState, InvitationView, Invited, OwnInvitation};
pub use leaving::{Leaving, ManagerView, OrganizationView};
pub use names::{DisplayName, OrganizationName, TokenName};
pub use new_account::NewAccount;
pub use password::{NewPassword, SecretText};
pub use time_zone::{TimeZoneName, current as current_time_zone, is_renamed};
pub use views::{MemberView, Membership, PublicUser, SessionView, TokenView};

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// What an account may do in the whole installation. The first account made is the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Member,
}

impl Role {
    /// The word stored in `auth.users.role` and sent on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Admin, Self::Member]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| format!("“{word}” is not a role. Allowed are admin and member."))
    }
}

/// What a member may do in their organization. The order is the order of power.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationRole {
    Member,
    Admin,
    Owner,
}

impl OrganizationRole {
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::Member];

    /// The word stored in `organization_members.role` and sent on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

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

impl FromStr for OrganizationRole {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| "The role must be owner, admin or member.".into())
    }
}

/// What an API token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    #[serde(rename = "preferences:read")]
    PreferencesRead,
    #[serde(rename = "preferences:write")]
    PreferencesWrite,
    #[serde(rename = "history:read")]
    HistoryRead,
    #[serde(rename = "organization:read")]
    OrganizationRead,
    #[serde(rename = "organization:write")]
    OrganizationWrite,
    #[serde(rename = "ai:read")]
    AiRead,
    #[serde(rename = "ai:write")]
    AiWrite,
    #[serde(rename = "conversations:read")]
    ConversationsRead,
    #[serde(rename = "conversations:write")]
    ConversationsWrite,
    #[serde(rename = "database:read")]
    DatabaseRead,
    #[serde(rename = "database:write")]
    DatabaseWrite,
    #[serde(rename = "notifications:read")]
    NotificationsRead,
    #[serde(rename = "notifications:write")]
    NotificationsWrite,
    #[serde(rename = "admin:read")]
    AdminRead,
    #[serde(rename = "admin:write")]
    AdminWrite,
}

impl Scope {
    pub const ALL: [Self; 15] = [
        Self::PreferencesRead,
        Self::PreferencesWrite,
        Self::HistoryRead,
        Self::OrganizationRead,
        Self::OrganizationWrite,
        Self::AiRead,
        Self::AiWrite,
        Self::ConversationsRead,
        Self::ConversationsWrite,
        Self::DatabaseRead,
        Self::DatabaseWrite,
        Self::NotificationsRead,
        Self::NotificationsWrite,
        Self::AdminRead,
        Self::AdminWrite,
    ];

    /// The word stored with the token and sent on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreferencesRead => "preferences:read",
            Self::PreferencesWrite => "preferences:write",
            Self::HistoryRead => "history:read",
            Self::OrganizationRead => "organization:read",
            Self::OrganizationWrite => "organization:write",
            Self::AiRead => "ai:read",
            Self::AiWrite => "ai:write",
            Self::ConversationsRead => "conversations:read",
            Self::ConversationsWrite => "conversations:write",
            Self::DatabaseRead => "database:read",
            Self::DatabaseWrite => "database:write",
            Self::NotificationsRead => "notifications:read",
            Self::NotificationsWrite => "notifications:write",
            Self::AdminRead => "admin:read",
            Self::AdminWrite => "admin:write",
        }
    }

    /// What a person reads beside the box that grants it.
    pub fn description(self) -> &'static str {
        match self {
            Self::PreferencesRead => "Read your preferences",
            Self::PreferencesWrite => "Change your preferences",
            Self::HistoryRead => "Read the history of changes",
            Self::OrganizationRead => "Read your organization and its members",
            Self::OrganizationWrite => "Change your organization and its members",
            Self::AiRead => "Read your AI configuration and what was spent",
            Self::AiWrite => "Change your AI configuration and keys",
            Self::ConversationsRead => "Read conversations",
            Self::ConversationsWrite => "Generate and change conversations, which costs money",
            Self::DatabaseRead => "Read the health of the database (administrators)",
            Self::DatabaseWrite => "Maintain and back up the database (administrators)",
            Self::NotificationsRead => "Read your notifications",
            Self::NotificationsWrite => "Mark your notifications as read",
            Self::AdminRead => "Read how the installation is doing, for administrators",
            Self::AdminWrite => "Run the installation, for administrators",
        }
    }

    /// Holding a writing scope includes reading the same thing.
    pub fn includes(self, needed: Self) -> bool {
        self == needed
            || matches!(
                (self, needed),
                (Self::PreferencesWrite, Self::PreferencesRead)
                    | (Self::OrganizationWrite, Self::OrganizationRead)
                    | (Self::AiWrite, Self::AiRead)
                    | (Self::ConversationsWrite, Self::ConversationsRead)
                    | (Self::DatabaseWrite, Self::DatabaseRead)
                    | (Self::NotificationsWrite, Self::NotificationsRead)
                    | (Self::AdminWrite, Self::AdminRead)
            )
    }

    /// A token's scopes: at least one, none twice.
    pub fn set(given: &[Self]) -> Result<Vec<Self>, String> {
        let mut scopes = Vec::new();
        for scope in given {
            if !scopes.contains(scope) {
                scopes.push(*scope);
            }
        }
        if scopes.is_empty() {
            Err(format!("Choose at least one scope of {}.", Self::list()))
        } else {
            Ok(scopes)
        }
    }

    fn list() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| {
            format!("“{}” is not a scope. Allowed are {}.", shorten(word), Self::list())
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Keeps a stranger's long input from filling an error sentence.
fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_types_agree() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        for role in OrganizationRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        for role in [Role::Admin, Role::Member] {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }

    #[test]
    fn a_set_of_scopes_is_neither_empty_nor_repeated() {
        assert!(Scope::set(&[]).is_err());
        assert_eq!(Scope::set(&[Scope::HistoryRead; 2]), Ok(vec![Scope::HistoryRead]));
    }

    #[test]
    fn writing_includes_reading_and_never_the_reverse() {
        assert!(Scope::PreferencesWrite.includes(Scope::PreferencesRead));
        assert!(!Scope::PreferencesRead.includes(Scope::PreferencesWrite));
        assert!(!Scope::PreferencesWrite.includes(Scope::HistoryRead));
    }

    #[test]
    fn only_owners_and_admins_manage() {
        assert!(OrganizationRole::Owner.manages() && OrganizationRole::Admin.manages());
        assert!(!OrganizationRole::Member.manages());
    }
}
