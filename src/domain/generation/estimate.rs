//! How many tokens a text has at most, before Claude has counted them.

/// Tokens that a request has beyond its texts: roles, the frame of the messages, the frame of a
/// forced tool. Claude adds up to about 700 for a tool; the rest is room.
const REQUEST_OVERHEAD: u64 = 1000;
/// Tokens around each text.
const TEXT_OVERHEAD: u64 = 8;
/// UTF-8 bytes that a token has at least, on average. English has about four; code, names and
/// numbers about three. Scripts beyond ASCII have fewer characters per token, but two to four bytes
/// per character, so bytes stay on the safe side where characters would not.
const BYTES_PER_TOKEN: u64 = 3;

/// Input tokens of a request made of these texts, estimated high. The estimate is what a budget
/// reserves: too high only holds money back for a moment, too low would let a budget be passed. The
/// bill goes by Claude's own count.
pub fn input_tokens<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().fold(REQUEST_OVERHEAD, |sum, text| sum.saturating_add(text_tokens(text)))
}

/// Tokens of one text, estimated high.
pub fn text_tokens(text: &str) -> u64 {
    bytes_tokens(text.len() as u64)
}

/// Tokens of a text of so many UTF-8 bytes, estimated high.
pub fn bytes_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN).saturating_add(TEXT_OVERHEAD)
}

/// UTF-8 bytes that a token of training text has on average, and tokens of a chat template around
/// each turn. In the middle instead of on the safe side: nobody pays for it, and a target that is
/// checked against it should be met about as often as missed. ±15 % for English.
const TRAINING_BYTES_PER_TOKEN: usize = 4;
const TEMPLATE_TOKENS: usize = 4;

/// Tokens that Claude writes at least for a text, about: an answer that has to repeat it and may
/// not be so long is cut off. In the middle as well, so that nothing is refused that may fit.
pub fn written_tokens(text: &str) -> u64 {
    about_tokens(text)
}

/// Tokens that a text has for Claude, about: neither on the safe side nor on the other.
pub fn about_tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}

/// Tokens that a turn has for a trainer, about.
pub fn training_tokens(text: &str) -> i32 {
    let tokens = text.len().div_ceil(TRAINING_BYTES_PER_TOKEN).saturating_add(TEMPLATE_TOKENS);
    i32::try_from(tokens).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_never_below_the_words_and_signs_of_english() {
        // A token is at most a word with its space, or a sign; English words are cut further only
        // when they are long or rare.
        let text = "The quick brown fox jumps over the lazy dog, and nobody (not even the dog) \
            seems to mind at all.";
        let words_and_signs =
            text.split_whitespace().count() + text.matches([',', '(', ')', '.']).count();
        assert!(text_tokens(text) > words_and_signs as u64, "{} tokens", text_tokens(text));
    }

    #[test]
    fn counts_bytes_so_that_other_scripts_are_not_too_cheap() {
        assert_eq!(text_tokens(""), 8);
        assert_eq!(text_tokens("abcd"), 10);
        // One token per character and more.
        assert_eq!(text_tokens("明日天气"), 12);
        assert_eq!(input_tokens(["abc", "abc"]), 1018);
    }

    proptest! {
        #[test]
        fn more_text_is_never_fewer_tokens(a in "\\PC{0,80}", b in "\\PC{0,80}") {
            let longer = format!("{a}{b}");
            prop_assert!(text_tokens(&longer) >= text_tokens(&a));
            prop_assert!(input_tokens([a.as_str(), b.as_str()]) >= input_tokens([a.as_str()]));
        }
    }
}
