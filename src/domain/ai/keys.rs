//! API keys: their form, and how they are shown.

use crate::domain::credential;

/// The shortest and the longest key, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 20..=200;

/// A key as it was pasted, without the space around it; or a sentence that says what is wrong,
/// without any part of the key.
pub fn check_key(text: &str) -> Result<String, &'static str> {
    let key = text.trim();
    if key.is_empty() {
        return Err("The API key is empty. Paste the key that you made in the Claude console.");
    }
    if key.contains(['"', '\'', '`', '“', '”', '‘', '’']) {
        return Err("The API key has quotation marks in it. Paste it without them.");
    }
    if key.contains(char::is_whitespace) {
        return Err(
            "The API key has spaces or line breaks in it. Paste the whole key as one line.",
        );
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("The API key has characters in it that no key has. Copy it again.");
    }
    if key.len() < *LENGTHS.start() {
        return Err("The API key is too short. Paste the whole key.");
    }
    if key.len() > *LENGTHS.end() {
        return Err("The API key is too long. Paste only the key.");
    }
    // One that would not be recognized in another field could be kept there.
    if credential::is_provider_key(key) == Some(false) {
        return Err("The API key has characters in it that no key of Claude has. Copy it again.");
    }
    Ok(key.to_owned())
}

/// A key as it may be shown: `sk-ant-…a1b2`. Of a key that does not begin like Claude's only the
/// end is shown, and of a short one nothing.
pub fn mask_key(key: &str) -> String {
    let key = key.trim();
    let length = key.chars().count();
    if length < *LENGTHS.start() {
        return "…".into();
    }
    let end: String = key.chars().skip(length - 4).collect();
    let start = if key.starts_with("sk-ant-") { "sk-ant-" } else { "" };
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_a_key_and_shows_only_its_ends() {
        let key = "sk-ant-api03-abcdefghijklmnop-a1b2";
        assert_eq!(check_key(&format!("  {key}\n")), Ok(key.to_owned()));
        assert_eq!(mask_key(key), "sk-ant-…a1b2");
        assert_eq!(mask_key("another-provider-key-9999"), "…9999");
        assert_eq!(mask_key("short"), "…");
    }

    #[test]
    fn says_what_is_wrong() {
        let long = "k".repeat(201);
        for (text, word) in [
            ("", "empty"),
            (" \n", "empty"),
            ("\"sk-ant-api03-abcdefghijkl\"", "quotation"),
            ("sk-ant-api03-abc defghijkl", "spaces"),
            ("sk-ant-api03-abc\ndefghijkl", "line breaks"),
            ("sk-ant-api03-abc\u{200B}defghijkl", "characters"),
            ("sk-ant-api03-abc\u{7}defghijkl", "characters"),
            ("sk-ant-short", "short"),
            ("sk-ant-abc.defghijklmnop", "characters"),
            ("sk-ant-api03-abcdefghijkl+", "characters"),
            (long.as_str(), "long"),
        ] {
            assert!(check_key(text).unwrap_err().contains(word), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn issue_13_1_7_what_is_taken_as_a_key_of_claude_is_found_in_every_other_text(
            rest in "[!-~]{0,40}",
        ) {
            let key = format!("sk-ant-{rest}");
            prop_assert!(check_key(&key).is_err() || credential::find(&key).is_some());
        }

        #[test]
        fn neither_a_mask_nor_a_sentence_shows_more_than_four_characters_of_the_secret(
            secret in "[!-~]{20,100}",
        ) {
            let shown = mask_key(&format!("sk-ant-{secret}"));
            prop_assert_eq!(shown.chars().count(), "sk-ant-…".chars().count() + 4);
            if let Err(sentence) = check_key(&secret) {
                prop_assert!(!sentence.contains(&secret));
            }
        }
    }
}
