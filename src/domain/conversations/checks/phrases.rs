//! Set phrases: refusals and boilerplate. Everything in lower case; an apostrophe stands for the
//! curly one too, and a space for any one white space.

use super::{FindingKind, Place, ends_word, starts_word};

/// Of two that begin alike the longer one stands first.
const REFUSALS: &[&str] = &[
    "i can't assist with that",
    "i can't help with that",
    "i can't help you with that",
    "i can't help with this",
    "i can't comply with",
    "i can't fulfill",
    "i can't provide that",
    "i can't do that",
    "i can't discuss",
    "i cannot assist with",
    "i cannot help with",
    "i cannot help you with that",
    "i cannot comply with",
    "i cannot fulfill",
    "i cannot generate",
    "i cannot provide that",
    "i cannot do that",
    "i cannot discuss",
    "i am not able to help with that",
    "i am unable to assist with",
    "i am unable to help with",
    "i am unable to comply with",
    "i'm not able to assist with that",
    "i'm not able to help with that",
    "i'm unable to assist with",
    "i'm unable to help with",
    "i'm unable to comply with",
    "i won't be able to help with that",
    "i won't be able to assist with that",
    "i must decline",
    "i have to decline",
    "that goes against my guidelines",
    "it goes against my guidelines",
    "against my programming",
];

/// Of two that begin alike the longer one stands first.
const BOILERPLATE: &[&str] = &[
    "as an ai language model",
    "as a large language model",
    "as a language model",
    "as an artificial intelligence",
    "as an ai assistant",
    "as an ai model",
    "as an ai,",
    "i am an ai language model",
    "i am a language model",
    "i am just an ai",
    "i'm an ai language model",
    "i'm a language model",
    "i'm just an ai",
    "i hope this helps",
    "hope this helps",
    "i hope this information helps",
    "is there anything else i can help you with",
    "is there anything else i can assist you with",
    "let me know if you have any other questions",
    "let me know if you have any further questions",
    "please don't hesitate to ask",
    "please don't hesitate to reach out",
    "feel free to ask if you have",
    "feel free to reach out if you have",
    "my knowledge cutoff",
    "my knowledge cut-off",
    "my last knowledge update",
    "my training data",
    "i don't have personal opinions",
    "i don't have personal experiences",
    "i do not have personal opinions",
];

/// Refusals count only where the assistant speaks.
pub fn find(text: &str, is_assistant: bool, places: &mut Vec<Place>) {
    let lists = [(REFUSALS, FindingKind::Refusal), (BOILERPLATE, FindingKind::Boilerplate)];
    let lists = &lists[usize::from(!is_assistant)..];
    let mut end = 0;
    for (at, byte) in text.bytes().enumerate() {
        if at < end || !byte.is_ascii_alphabetic() || !starts_word(text, at) {
            continue;
        }
        let found = lists.iter().find_map(|(phrases, kind)| {
            let mut lengths = phrases.iter().filter_map(|phrase| length(&text[at..], phrase));
            lengths.find(|length| ends_word(text, at + length)).map(|length| (length, *kind))
        });
        if let Some((length, kind)) = found {
            end = at + length;
            places.push((at..end, kind));
        }
    }
}

/// How many bytes of a text the phrase is that it begins with.
fn length(text: &str, phrase: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    for expected in phrase.chars() {
        let (_, letter) = letters.next()?;
        let is_same = match expected {
            '\'' => matches!(letter, '\'' | '’' | 'ʼ' | '`'),
            ' ' => letter.is_whitespace(),
            expected => letter.to_ascii_lowercase() == expected,
        };
        if !is_same {
            return None;
        }
    }
    Some(letters.offset())
}
