//! E-mail addresses.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// The longest address that mail can carry (RFC 5321).
const MAX_LENGTH: usize = 254;
const MAX_LOCAL_LENGTH: usize = 64;

/// An address that mail could be sent to. Written as its owner typed it, compared without regard to
/// case.
///
/// ASCII only: a domain in another script has its `xn--` form, and two accounts whose addresses
/// differ only in a look-alike letter cannot exist.
#[derive(Clone, Debug)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(raw: &str) -> Result<Self, &'static str> {
        let address = raw.trim();
        if address.is_empty() {
            return Err("Enter your e-mail address.");
        }
        if address.len() > MAX_LENGTH {
            return Err("The e-mail address is too long; at most 254 characters.");
        }
        let Some((local, domain)) = address.split_once('@') else {
            return Err("An e-mail address has an @, like name@example.com.");
        };
        if domain.contains('@') {
            return Err("An e-mail address has one @ only, like name@example.com.");
        }
        if !is_local_part(local) || !is_domain(domain) {
            return Err("This is not an e-mail address. Write it like name@example.com.");
        }
        Ok(Self(address.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is the same for every spelling of the address.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// What stands before the @.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

fn is_local_part(local: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !local.is_empty()
        && local.len() <= MAX_LOCAL_LENGTH
        && local.bytes().all(allowed)
        && local.split('.').all(|part| !part.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A name without a dot is nearly always a slip of the hand; `localhost` is what people try a
    // first time with.
    domain.split('.').all(is_label)
        && (domain.contains('.') || domain.eq_ignore_ascii_case("localhost"))
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_an_address() {
        for raw in [
            "",
            "  ",
            "anna",
            "@example.com",
            "anna@",
            "a@b@c.de",
            "anna@example",
            "anna@-x.de",
            "anna@x-.de",
            "a b@c.de",
            ".a@c.de",
            "a.@c.de",
            "a..b@c.de",
            "a@c..de",
            "a@.de",
            "a@de.",
            "ä@c.de",
            "a@ç.de",
            "a\n@c.de",
            "a@c.de\0",
            "\"a\"@c.de",
            "a<b@c.de",
            "a,b@c.de",
        ] {
            assert!(EmailAddress::parse(raw).is_err(), "{raw:?} was accepted");
        }
        assert!(EmailAddress::parse(&format!("{}@c.de", "a".repeat(65))).is_err());
        assert!(EmailAddress::parse(&format!("a@{}.de", "b".repeat(64))).is_err());
        let long = format!("a@{}de", "abcdefgh.".repeat(28));
        assert!(long.len() > MAX_LENGTH && EmailAddress::parse(&long).is_err());
    }

    #[test]
    fn accepts_what_people_have() {
        for raw in [
            "anna@example.com",
            "a.b+tag@sub.example.co.uk",
            "o'neil@x-y.org",
            "root@localhost",
            "A@XN--P1AI.com",
        ] {
            assert_eq!(
                EmailAddress::parse(raw).map(|address| address.to_string()).as_deref(),
                Ok(raw)
            );
        }
    }

    proptest! {
        #[test]
        fn spaces_around_and_case_make_no_difference(
            local in "[a-z0-9]{1,20}", domain in "[a-z]{1,20}\\.[a-z]{2,5}",
        ) {
            let plain = EmailAddress::parse(&format!("{local}@{domain}")).unwrap();
            let loud = EmailAddress::parse(&format!("  \
                {}@{}\t", local.to_uppercase(), domain.to_uppercase())).unwrap();
            prop_assert_eq!(&plain, &loud);
            prop_assert_eq!(plain.key(), loud.key());
        }

        #[test]
        fn never_panics_and_what_it_accepts_it_accepts_again(raw in "\\PC{0,80}") {
            if let Ok(address) = EmailAddress::parse(&raw) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()));
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert!(!address.as_str().contains(char::is_whitespace));
            }
        }
    }
}
