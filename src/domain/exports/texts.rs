//! Texts as files have them: without the space around them, and without what is to be masked.

use super::Record;
use crate::domain::conversations::{Finding, FindingKind, Role, Turn, findings};
use std::borrow::Cow;

/// A turn as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    pub role: Role,
    pub text: Cow<'a, str>,
}

/// What is said in a conversation.
pub fn said<'a>(record: &'a Record, masked: &[FindingKind]) -> Vec<Said<'a>> {
    let turns = &record.content.turns;
    let found = if masked.is_empty() { Vec::new() } else { findings(turns) };
    let texts = turns.iter().zip(1_u32..).map(|(turn, number)| {
        let places = found.iter().filter(|finding| finding.turn == number);
        let text = match covered(&turn.content, places, masked) {
            Some(text) => trimmed(&text).to_owned().into(),
            None => trimmed(&turn.content).into(),
        };
        Said { role: turn.role, text }
    });
    texts.collect()
}

/// A text about a conversation, which may have the same in it.
pub fn described<'a>(text: &'a str, masked: &[FindingKind]) -> Cow<'a, str> {
    let text = trimmed(text);
    if masked.is_empty() || text.is_empty() {
        return text.into();
    }
    let turn = Turn { role: Role::User, content: text.to_owned() };
    let found = findings(std::slice::from_ref(&turn));
    covered(text, found.iter(), masked).map_or_else(|| text.into(), Cow::Owned)
}

/// A text without white space at both ends: what Unicode calls so, and four separators that
/// Python takes off too. Chat templates do this, and would otherwise train on another text than
/// the file has.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
    })
}

/// The text with a note instead of each finding of these kinds; `None` when it has none.
fn covered<'a>(
    text: &str,
    found: impl Iterator<Item = &'a Finding>,
    masked: &[FindingKind],
) -> Option<String> {
    let mut made: Option<String> = None;
    let (mut rest, mut at) = (text, 0);
    for finding in found.filter(|finding| masked.contains(&finding.kind)) {
        let made = made.get_or_insert_with(|| String::with_capacity(text.len()));
        let (before, from) = rest.split_at(place(rest, finding.from.saturating_sub(at)));
        made.push_str(before);
        made.push_str(note(finding.kind));
        rest = &from[place(from, finding.to.saturating_sub(finding.from))..];
        at = finding.to;
    }
    made.map(|mut made| {
        made.push_str(rest);
        made
    })
}

/// Where a character stands, in bytes.
fn place(text: &str, letters: u32) -> usize {
    let letters = usize::try_from(letters).unwrap_or(usize::MAX);
    text.char_indices().nth(letters).map_or(text.len(), |(at, _)| at)
}

/// What stands where something was. It is never empty, so that no turn becomes so.
const fn note(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Refusal | FindingKind::Boilerplate => "(removed)",
        FindingKind::Email => "(email removed)",
        FindingKind::Phone => "(phone number removed)",
        FindingKind::Iban => "(bank account removed)",
        FindingKind::Card => "(card number removed)",
        FindingKind::Secret => "(key removed)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::exports::fixtures::record;
    use proptest::prelude::*;

    #[test]
    fn what_chat_templates_take_off_is_off_already() {
        assert_eq!(trimmed("\u{1c}\u{85}\u{2028}\u{a0}\u{3000}\t a \u{1f}\u{b}"), "a");
        // Neither Python nor Jinja take these for white space.
        assert_eq!(trimmed("\u{200b}a\u{feff}"), "\u{200b}a\u{feff}");
        assert_eq!(trimmed(" \u{1d} "), "");
    }

    #[test]
    fn what_is_masked_is_replaced_and_nothing_else() {
        let talk = record(&[
            "🙂 Write to ann@example.com or bob@example.org!",
            "I wrote to ann@example.com. My IBAN is DE89 3704 0044 0532 0130 00.",
        ]);
        let texts = |masked: &[FindingKind]| -> Vec<String> {
            said(&talk, masked).into_iter().map(|said| said.text.into_owned()).collect()
        };
        assert_eq!(
            texts(&[FindingKind::Email]),
            [
                "🙂 Write to (email removed) or (email removed)!",
                "I wrote to (email removed). My IBAN is DE89 3704 0044 0532 0130 00.",
            ]
        );
        assert!(texts(&[FindingKind::Iban])[1].ends_with("My IBAN is (bank account removed)."));
        assert_eq!(texts(&[])[0], talk.content.turns[0].content);
        assert_eq!(
            described(" for ann@example.com ", &[FindingKind::Email]),
            "for (email removed)"
        );
    }

    proptest! {
        #[test]
        fn masking_leaves_nothing_to_find_and_no_turn_empty(
            texts in proptest::collection::vec("(\\PC{0,8}| ann@example\\.com |I cannot help with \
                that\\. |4111 1111 1111 1111|[\r\n\u{2028}] ){0,6}", 2..5),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let talk = record(&texts);
            for (turn, said) in talk.content.turns.iter().zip(said(&talk, &FindingKind::ALL)) {
                prop_assert_eq!(said.text.is_empty(), trimmed(&turn.content).is_empty());
                prop_assert!(!said.text.contains("ann@example.com"));
                prop_assert_eq!(trimmed(&said.text), &said.text);
            }
        }
    }
}
