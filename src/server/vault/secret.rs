//! A key in memory.

use std::fmt;
use zeroize::Zeroizing;

/// The beginning that all keys of the provider share, and that may therefore be shown.
const KNOWN_PREFIX: &str = "sk-ant-";
/// A shorter key shows nothing of itself: four characters would be too much of it.
const SHORTEST_SHOWN: usize = 16;

/// A key on its way to or from the vault. `Debug` shows nothing of it, and its memory is wiped when
/// it is dropped.
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How people see it: `sk-ant-…a1b2`.
    pub fn masked(&self) -> String {
        let prefix = if self.0.starts_with(KNOWN_PREFIX) { KNOWN_PREFIX } else { "" };
        let rest: Vec<char> = self.0[prefix.len()..].chars().collect();
        let shown = if rest.len() < SHORTEST_SHOWN { &[][..] } else { &rest[rest.len() - 4..] };
        format!("{prefix}…{}", shown.iter().collect::<String>())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_more_than_the_ends() {
        for (text, expected) in [
            ("sk-ant-api03-0123456789abcdefa1b2", "sk-ant-…a1b2"),
            ("another-kind-of-key-ß€x1", "…ß€x1"),
            ("sk-ant-short", "sk-ant-…"),
            ("0123", "…"),
            ("", "…"),
        ] {
            let secret = Secret::new(text.to_owned());
            assert_eq!(secret.masked(), expected);
            assert_eq!(format!("{secret:?}"), "Secret(hidden)");
        }
    }
}
