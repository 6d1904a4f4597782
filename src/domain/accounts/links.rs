//! What an account is mailed a link for: a password that was forgotten, and another e-mail address.

use super::EmailAddress;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For so long a link that sets a new password holds.
pub const RESET_MINUTES: i32 = 60;
/// For so long a change of the e-mail address waits for its confirmation.
pub const EMAIL_CHANGE_HOURS: i32 = 24;

/// The pages of these links: for everybody, signed in or not, and with a frame of their own.
pub const LINK_PAGES: [&str; 3] = ["/forgot-password", "/reset-password", "/confirm-email"];

/// A change of the e-mail address that waits until its link is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingEmail {
    /// The address that the account is to get.
    #[schema(example = "anna.long@example.com")]
    pub email: String,
    pub asked_at: DateTime<Utc>,
    /// When the link ends that was sent to it.
    pub expires_at: DateTime<Utc>,
}

/// Whose account a mailed link is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountLink {
    /// The address that the account has now.
    #[schema(example = "anna@example.com")]
    pub email: String,
    /// The address that it gets; absent for a link that sets a new password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "anna.long@example.com")]
    pub new_email: Option<String>,
}

/// An address for an account that has `current` now.
///
/// # Errors
/// One sentence for what is no address, and for the one that the account has already.
pub fn new_address(raw: &str, current: &str) -> Result<EmailAddress, &'static str> {
    let address = EmailAddress::parse(raw)?;
    if address.as_str() == current {
        return Err("This is your e-mail address already.");
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_address_is_another_one() {
        let current = "anna@example.com";
        let same = new_address(" anna@example.com ", current);
        assert_eq!(same.unwrap_err(), "This is your e-mail address already.");
        assert!(new_address("anna", current).is_err());
        let other = new_address("anna@example.org", current);
        assert_eq!(other.unwrap().as_str(), "anna@example.org");
        // The spelling is one's own, too.
        assert_eq!(new_address("Anna@example.com", current).unwrap().as_str(), "Anna@example.com");
    }
}
