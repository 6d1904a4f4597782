//! Everything a sign-up must bring.

use super::{EmailAddress, NewPassword, TimeZoneName};
use crate::domain::{
    field_error::{FieldError, FieldErrors},
    names::DisplayName,
};

/// A sign-up that can be accepted as far as its own fields go.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: EmailAddress,
    pub password: NewPassword,
    pub display_name: DisplayName,
    pub time_zone: TimeZoneName,
    /// The browser named the zone, and nobody chose it: one that is not known becomes UTC instead
    /// of being refused.
    pub zone_is_reported: bool,
}

impl NewAccount {
    /// Paths of the errors: `email`, `displayName`, `password`. Without a time zone it is UTC.
    pub fn parse(
        email: &str,
        password: &str,
        display_name: &str,
        time_zone: Option<TimeZoneName>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let email = errors.keep("email", EmailAddress::parse(email));
        let display_name = errors.keep("displayName", DisplayName::parse(display_name));
        let password = errors.keep("password", NewPassword::parse(password, email.as_ref()));
        let time_zone = time_zone.unwrap_or_else(TimeZoneName::utc);
        match (email, password, display_name) {
            (Some(email), Some(password), Some(display_name)) => {
                Ok(Self { email, password, display_name, time_zone, zone_is_reported: false })
            }
            _ => Err(errors.into_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_everything_that_is_wrong_at_once() {
        let errors = NewAccount::parse("anna", "short", " ", None).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["email", "displayName", "password"]);
    }

    #[test]
    fn an_account_needs_no_time_zone() {
        let account =
            NewAccount::parse("anna@example.com", "a quiet green meadow", "Anna", None).unwrap();
        assert_eq!(account.time_zone, TimeZoneName::utc());
    }
}
