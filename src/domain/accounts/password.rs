//! Passwords, as they are typed. What is stored of them is made in `server::accounts::passwords`.

use super::EmailAddress;
use crate::domain::letter_case::lowercase;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Text that must never reach a log or an error: `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Every caller is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretText(hidden)")
    }
}

/// A password good enough to be chosen: 12 to 200 characters, not one that everybody tries first.
#[derive(Clone)]
pub struct NewPassword(SecretText);

impl NewPassword {
    /// In Unicode scalar values.
    pub const MIN_LENGTH: usize = 12;
    /// In Unicode scalar values. More than anyone types, little enough that hashing it costs
    /// nothing extra.
    pub const MAX_LENGTH: usize = 200;

    /// Length is what counts; there are no rules about kinds of characters, which only lead to
    /// `Password1!`.
    pub fn parse(raw: &str, email: Option<&EmailAddress>) -> Result<Self, String> {
        let length = raw.chars().count();
        if length == 0 {
            return Err("Enter a password.".into());
        }
        if length < Self::MIN_LENGTH {
            let characters = if length == 1 { "character" } else { "characters" };
            return Err(format!(
                "The password is too short: {length} {characters}, at least {}. A few words in a \
                    row are easy to remember.",
                Self::MIN_LENGTH
            ));
        }
        if length > Self::MAX_LENGTH {
            return Err(format!(
                "The password is too long: {length} characters, at most {}.",
                Self::MAX_LENGTH
            ));
        }
        let folded = lowercase(raw.trim());
        if email.is_some_and(|email| {
            folded == email.key() || folded == email.local_part().to_ascii_lowercase()
        }) {
            return Err("The password must not be your e-mail address.".into());
        }
        if is_common(&folded) {
            return Err(
                "This password is one of the first that anyone would try. Choose another.".into()
            );
        }
        Ok(Self(SecretText::new(raw)))
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NewPassword(hidden)")
    }
}

/// What attackers try first among passwords of twelve characters and more, in lower case. Lists of
/// leaked passwords are millions long; these are the forms that the length alone does not stop.
const COMMON: &[&str] = &[
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "password123!",
    "password2024",
    "password2025",
    "password2026",
    "mypassword123",
    "mypassword1234",
    "p@ssw0rd1234",
    "p@ssword1234",
    "passw0rd1234",
    "adminadmin123",
    "administrator",
    "administrator1",
    "administrator123",
    "admin1234567",
    "admin12345678",
    "qwertyuiop123",
    "qwertyuiop12",
    "qwertyuiop[]",
    "qwertyuiopas",
    "qwertyuiopasdf",
    "qwertyqwerty",
    "qwerty123456",
    "qwerty1234567",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u8i",
    "zaq12wsxcde3",
    "asdfghjkl123",
    "asdfghjkl;'",
    "zxcvbnm12345",
    "qazwsxedcrfv",
    "qazwsxedc123",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcdefghijklmnop",
    "abcdefghijklmnopqrstuvwxyz",
    "abcd12345678",
    "abc123456789",
    "abc123abc123",
    "123456789abc",
    "1234567890ab",
    "a1b2c3d4e5f6",
    "iloveyou1234",
    "iloveyouforever",
    "iloveyousomuch",
    "letmein12345",
    "letmein123456",
    "welcome12345",
    "welcome123456",
    "welcome2024!",
    "changeme1234",
    "changeme12345",
    "changemenow!",
    "trustno1trustno1",
    "sunshine1234",
    "princess1234",
    "football1234",
    "baseball1234",
    "superman1234",
    "correcthorsebatterystaple",
    "correct horse battery staple",
    "testtesttest",
    "test12345678",
    "hello1234567",
    "helloworld123",
    "helloworld12",
    "secret123456",
    "secretsecret",
    "monkey123456",
    "dragon123456",
    "master123456",
    "computer1234",
    "internet1234",
    "samsung12345",
    "michael12345",
    "jennifer1234",
    "train1234567",
    "traintraintrain",
];

fn is_common(folded: &str) -> bool {
    COMMON.contains(&folded) || repeats_a_short_piece(folded) || is_one_run(folded)
}

/// `aaaaaaaaaaaa`, `abcabcabcabc`: at most three characters, again and again.
fn repeats_a_short_piece(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (1..=3).any(|piece| {
        letters.len() > piece && (piece..letters.len()).all(|at| letters[at] == letters[at - piece])
    })
}

/// `123456789012`, `zyxwvutsrqpo`: every character follows the one before it, up or down; 9 is
/// followed by 0.
fn is_one_run(text: &str) -> bool {
    let follows = |before: char, after: char| {
        u32::from(before) + 1 == u32::from(after) || (before == '9' && after == '0')
    };
    let pairs = || text.chars().zip(text.chars().skip(1));
    pairs().all(|(first, second)| follows(first, second))
        || pairs().all(|(first, second)| follows(second, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn says_what_is_missing() {
        let refused = |raw| NewPassword::parse(raw, None).unwrap_err();
        assert_eq!(refused(""), "Enter a password.");
        assert!(refused("a").contains("too short: 1 character, at least 12"));
        assert!(refused("short").contains("too short: 5 characters, at least 12"));
    }

    #[test]
    fn refuses_what_everybody_tries() {
        for raw in [
            "password1234",
            "PASSWORD1234",
            " password1234 ",
            "aaaaaaaaaaaa",
            "abababababab",
            "123123123123",
            "123456789012",
            "098765432109",
            "abcdefghijkl",
            "zyxwvutsrqpo",
        ] {
            assert!(NewPassword::parse(raw, None).is_err(), "{raw:?} was accepted");
        }
        let email = EmailAddress::parse("Annabelle.Long@example.com").unwrap();
        assert!(NewPassword::parse("annabelle.long@EXAMPLE.com", Some(&email)).is_err());
        assert!(NewPassword::parse("annabelle.long", Some(&email)).is_err());
    }

    #[test]
    fn every_entry_of_the_list_could_be_chosen_otherwise() {
        for common in COMMON {
            assert_eq!(*common, common.to_lowercase(), "the list is compared in lower case");
            assert!(NewPassword::parse(common, None).is_err());
        }
    }

    #[test]
    fn counts_characters_not_bytes() {
        let emoji: String = "🐸🐢🦎🐍🦖🐊🐲🦕🐬🐳🦭".chars().collect();
        assert_eq!(emoji.chars().count(), 11);
        assert!(NewPassword::parse(&emoji, None).unwrap_err().contains("11 characters"));
        assert!(NewPassword::parse(&format!("{emoji}!"), None).is_ok());
        assert!(NewPassword::parse(&"äöü-".repeat(50), None).is_ok());
        assert!(NewPassword::parse(&"äöü-".repeat(51), None).is_err());
    }

    proptest! {
        #[test]
        fn never_shows_itself(raw in "[a-z]{4}[A-Z]{4}[0-9]{3}[!-/]{1,40}") {
            if let Ok(password) = NewPassword::parse(&raw, None) {
                let shown = format!("{:?} {:?}", password, SecretText::new(raw.clone()));
                prop_assert!(!shown.contains(&raw), "{}", shown);
                prop_assert_eq!(password.expose(), raw);
            }
        }

        #[test]
        fn only_the_length_is_between(raw in any::<String>()) {
            if NewPassword::parse(&raw, None).is_ok() {
                let length = raw.chars().count();
                prop_assert!((NewPassword::MIN_LENGTH..=NewPassword::MAX_LENGTH).contains(&length));
            }
        }
    }
}
