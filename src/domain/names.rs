//! Names that people give: to themselves, to an organization, to an API token.

use crate::domain::credential;
use std::fmt;

/// The longest name, in Unicode scalar values.
pub(super) const MAX_NAME_LENGTH: usize = 80;

/// Trims and checks a name. `what` begins the sentence: "The name"; `missing` is the whole one
/// where there is none.
fn parse_name(raw: &str, what: &str, missing: &str) -> Result<String, String> {
    let name = raw.trim();
    let length = name.chars().count();
    if length == 0 {
        return Err(missing.to_owned());
    }
    if length > MAX_NAME_LENGTH {
        return Err(format!("{what} is too long: {length} characters, at most {MAX_NAME_LENGTH}."));
    }
    if let Some(found) = credential::find(name) {
        return Err(found.sentence().to_owned());
    }
    if !name.chars().all(is_printable) || !name.chars().any(char::is_alphanumeric) {
        return Err(format!(
            "{what} must have a letter or digit and no control characters or line breaks."
        ));
    }
    Ok(name.to_owned())
}

/// Neither a control character nor one that turns the writing direction around: with those, a name
/// could pretend to be another one in a list of members.
fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        )
}

macro_rules! name_type {
    ($(#[$documentation:meta])* $name:ident, $what:literal, $missing:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// 1 to 80 printable characters after trimming, with a letter or digit among them.
            pub fn parse(raw: &str) -> Result<Self, String> {
                parse_name(raw, $what, $missing).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// How a person is called on the pages.
    DisplayName,
    "The name",
    "Enter your name."
);
name_type!(
    /// How an organization is called.
    OrganizationName,
    "The organization's name",
    "Enter the organization's name."
);
name_type!(
    /// What an API token is for, in its owner's words.
    TokenName,
    "The token's name",
    "Enter the token's name."
);
name_type!(
    /// Which device a passkey is on, in its owner's words.
    PasskeyName,
    "The passkey's name",
    "Enter a name, so that you recognise the passkey later."
);

impl OrganizationName {
    /// The first organization carries its owner's name until somebody renames it.
    pub fn after_person(name: &DisplayName) -> Self {
        const SUFFIX: &str = "’s organization";
        let room = MAX_NAME_LENGTH - SUFFIX.chars().count();
        let short: String = name.as_str().chars().take(room).collect();
        Self(format!("{}{SUFFIX}", short.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_names_nobody_can_read() {
        for raw in [
            "",
            " ",
            "\u{7}bell",
            "two\nlines",
            "---",
            "\u{202E}evil",
            "a\u{200B}b",
            &"x".repeat(81),
        ] {
            assert!(DisplayName::parse(raw).is_err(), "{raw:?} was accepted");
        }
    }

    #[test]
    fn each_kind_of_name_says_which_one_is_missing() {
        let missing = [
            DisplayName::parse(" ").err(),
            OrganizationName::parse("").err(),
            TokenName::parse("\t").err(),
        ];
        let sentences =
            ["Enter your name.", "Enter the organization's name.", "Enter the token's name."];
        assert_eq!(missing, sentences.map(|sentence| Some(sentence.to_owned())));
    }

    #[test]
    fn a_key_is_no_name() {
        let key = "sk-ant-api03-0123456789-abcdef";
        for refused in [DisplayName::parse(key).err(), TokenName::parse(key).err()] {
            let sentence = refused.unwrap();
            assert!(sentence.contains("API key") && !sentence.contains(key), "{sentence}");
        }
    }

    #[test]
    fn counts_characters_not_bytes() {
        assert!(DisplayName::parse(&"ß".repeat(80)).is_ok());
        assert_eq!(DisplayName::parse(" Ánna 明 ").unwrap().as_str(), "Ánna 明");
        assert!(TokenName::parse("---").unwrap_err().starts_with("The token's name"));
    }

    proptest! {
        #[test]
        fn an_organization_can_always_be_named_after_its_owner(raw in "\\PC{1,80}") {
            if let Ok(name) = DisplayName::parse(&raw) {
                let organization = OrganizationName::after_person(&name);
                prop_assert_eq!(OrganizationName::parse(organization.as_str()), Ok(organization));
            }
        }

        #[test]
        fn what_is_accepted_is_trimmed_short_and_printable(raw in any::<String>()) {
            if let Ok(name) = DisplayName::parse(&raw) {
                prop_assert_eq!(name.as_str(), raw.trim());
                prop_assert!((1..=MAX_NAME_LENGTH).contains(&name.as_str().chars().count()));
                prop_assert!(name.as_str().chars().all(is_printable));
            }
        }
    }
}
