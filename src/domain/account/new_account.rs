//! Everything a sign-up must bring.

use super::{DisplayName, EmailAddress, NewPassword, TimeZoneName};
use crate::domain::field_error::{FieldError, FieldErrors};

/// A sign-up that can be accepted as far as its own fields go.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: EmailAddress,
    pub password: NewPassword,
    pub display_name: DisplayName,
    pub time_zone: TimeZoneName,
}

impl NewAccount {
    /// Paths of the errors: `email`, `displayName`, `password`, `timeZone`. An empty time zone is UTC.
    pub fn parse(
        email: &str,
        password: &str,
        display_name: &str,
        time_zone: Option<&str>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let email = errors.keep("email", EmailAddress::parse(email));
        let display_name = errors.keep("displayName", DisplayName::parse(display_name));
        let password = errors.keep("password", NewPassword::parse(password, email.as_ref()));
        let time_zone = match time_zone.filter(|zone| !zone.is_empty()) {
            Some(zone) => errors.keep("timeZone", TimeZoneName::parse(zone)),
            None => Some(TimeZoneName::utc()),
        };
        match (email, password, display_name, time_zone) {
            (Some(email), Some(password), Some(display_name), Some(time_zone)) => {
                Ok(Self { email, password, display_name, time_zone })
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
        let errors = NewAccount::parse("anna", "short", " ", Some("Mars")).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["email", "displayName", "password", "timeZone"]);
    }

    #[test]
    fn an_account_needs_no_time_zone() {
        let account =
            NewAccount::parse("anna@example.com", "a quiet green meadow", "Anna", Some(""))
                .unwrap();
        assert_eq!(account.time_zone, TimeZoneName::utc());
    }
}
