//! Enums whose variants have a word: stored in the database, sent on the wire, written in an
//! address. [`words!`] declares such an enum with the word and, where people read it, the label of
//! each variant, so that each stands in one place.

/// One value of a closed set, and what people call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word stored and sent.
    pub value: &'static str,
    pub label: &'static str,
}

/// The place of a word in a list of words.
pub fn position(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|known| *known == word)
}

/// Says which words are allowed.
pub fn one_of(what: &str, words: &[&str]) -> String {
    format!("{what} must be one of {}.", words.join(", "))
}

/// Declares an enum by its words: `Variant => "word";`, or with labels `Variant => "word",
/// "Label";`.
///
/// The enum gets `ALL`, `as_str` and the serde names, with labels also `CHOICES`, `choice` and
/// `label`. After the name may stand what it is called in a sentence (`enum Tier: "The tier"`);
/// then it can be parsed and displayed as well.
macro_rules! words {
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident $(: $what:literal)? {
            $($(#[$note:meta])* $variant:ident => $word:tt, $label:literal;)+
        }
    ) => {
        $crate::domain::words::words! {
            $(#[$about])*
            $visibility enum $name $(: $what)? { $($(#[$note])* $variant => $word;)+ }
        }

        #[allow(dead_code, reason = "not every enum needs everything that its words give it")]
        impl $name {
            /// Every value with its label, in the order of the enum.
            $visibility const CHOICES: &'static [$crate::domain::words::Choice] =
                &[$($crate::domain::words::Choice { value: $word, label: $label }),+];

            $visibility const fn choice(self) -> $crate::domain::words::Choice {
                Self::CHOICES[self as usize]
            }

            /// What people call it.
            $visibility const fn label(self) -> &'static str {
                self.choice().label
            }
        }
    };
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident $(: $what:literal)? {
            $($(#[$note:meta])* $variant:ident => $word:tt;)+
        }
    ) => {
        $(#[$about])*
        $visibility enum $name {
            $($(#[$note])* #[serde(rename = $word)] $variant,)+
        }

        #[allow(dead_code, reason = "not every enum needs everything that its words give it")]
        impl $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            $visibility const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word stored and sent.
            $visibility const fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }
        }

        $(
            impl std::fmt::Display for $name {
                fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    formatter.write_str(self.as_str())
                }
            }

            impl std::str::FromStr for $name {
                type Err = String;

                fn from_str(word: &str) -> Result<Self, String> {
                    match $crate::domain::words::position(Self::WORDS, word) {
                        Some(index) => Ok(Self::ALL[index]),
                        None => Err($crate::domain::words::one_of($what, Self::WORDS)),
                    }
                }
            }
        )?
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    words! {
        /// A stage of the moon.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        enum Moon: "The moon" {
            New => "new", "New moon";
            /// The brighter half.
            HalfFull => "half_full", "Half moon";
        }
    }

    #[test]
    fn one_declaration_gives_every_spelling() {
        for moon in Moon::ALL {
            assert_eq!(moon.as_str().parse(), Ok(moon));
            assert_eq!(serde_json::to_value(moon).unwrap(), moon.to_string());
            assert_eq!(moon.choice(), Choice { value: moon.as_str(), label: moon.label() });
        }
        assert_eq!(Moon::HalfFull.label(), "Half moon");
        assert_eq!(
            "full".parse::<Moon>(),
            Err("The moon must be one of new, half_full.".to_owned())
        );
    }
}
