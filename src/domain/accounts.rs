//! Accounts: who a person is, what they may do, and what an acceptable e-mail address or password
//! is.
//!
//! Everything here is parsed once, at the door, by the same code in the browser and on the server.
//! A `parse` answers the value or one sentence that says what is allowed.

mod email;
pub mod factor_code;
pub mod links;
mod new_account;
mod password;
mod time_zone;
mod views;

pub use email::EmailAddress;
pub use factor_code::FactorCode;
pub use new_account::NewAccount;
pub use password::{NewPassword, SecretText};
pub use time_zone::{TimeZoneName, current as current_time_zone, is_renamed};
pub use views::{PasskeyView, PublicUser, SecondFactorView, SessionView, TokenView};

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// What an account may do in the whole installation. The first account made is the
    /// administrator.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Role: "The role" {
        Admin => "admin";
        Member => "member";
    }
}

words! {
    /// Who may make an account.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum SignUp: "Sign-up" {
        /// Anybody.
        #[default]
        Open => "open";
        /// Only who was invited, and the very first one, who becomes the administrator.
        Closed => "closed";
    }
}

words! {
    /// What an API token may be used for. The label stands beside the box that grants it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Scope: "A scope" {
        PreferencesRead => "preferences:read", "Read your preferences";
        PreferencesWrite => "preferences:write", "Change your preferences";
        HistoryRead => "history:read", "Read the history of changes";
        OrganizationRead => "organization:read", "Read your organization and its members";
        OrganizationWrite => "organization:write", "Change your organization and its members";
        AiRead => "ai:read", "Read your AI configuration and what was spent";
        AiWrite => "ai:write", "Change your AI configuration and keys";
        ConversationsRead => "conversations:read", "Read conversations";
        ConversationsWrite => "conversations:write", "Generate and change conversations, which \
            costs money";
        MessagesWrite => "messages:write", "Ask Claude through the gateway /v1, which costs money";
        DatabaseRead => "database:read", "Read the health of the database (administrators)";
        DatabaseWrite => "database:write", "Maintain and back up the database (administrators)";
        NotificationsRead => "notifications:read", "Read your notifications";
        NotificationsWrite => "notifications:write", "Mark your notifications as read";
        AdminRead => "admin:read", "Read how the installation is doing and who has an account, \
            for administrators";
        AdminWrite => "admin:write", "Run the installation, for administrators";
    }
}

impl Scope {
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
        Self::WORDS.join(", ")
    }
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
}
