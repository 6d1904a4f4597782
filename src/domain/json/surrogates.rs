//! Halves of characters in JSON. A character outside the basic plane is escaped as two halves
//! (`"\ud83d\ude00"`), and the grammar of JSON lets one stand alone, or be cut off at the end of a
//! text. Neither is a character, so no strict reader takes it.

use std::borrow::Cow;

/// Halves that stand at the border of a string: the rest of the character can be in the text before
/// or in the one that follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Borders {
    /// A second half at the beginning.
    pub leading: Option<u16>,
    /// A first half at the end.
    pub trailing: Option<u16>,
}

impl Borders {
    /// What stands between the text before, which ended with `half`, and this one.
    pub fn joined_to(self, half: Option<u16>) -> Option<char> {
        match (half, self.leading) {
            (None, None) => None,
            (Some(high), Some(low)) => char::decode_utf16([high, low]).next()?.ok(),
            _ => Some(char::REPLACEMENT_CHARACTER),
        }
    }
}

/// JSON whose every half without its other half is U+FFFD.
pub fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    mend(json, None)
}

/// The same, but for those at the border of a string: they are taken out and told.
pub fn split_surrogates<'a>(json: &'a str, borders: &mut Borders) -> Cow<'a, str> {
    mend(json, Some(borders))
}

fn mend<'a>(json: &'a str, mut borders: Option<&mut Borders>) -> Cow<'a, str> {
    if !(json.contains(r"\ud") || json.contains(r"\uD")) {
        return Cow::Borrowed(json);
    }
    let bytes = json.as_bytes();
    let mut mended = String::new();
    // Everything before has been copied; the quotation mark seen last, which no escape hides.
    let (mut copied, mut quote, mut at) = (0, None, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                quote = Some(at);
                at += 1;
            }
            b'\\' => {
                let Some(unit @ 0xd800..=0xdfff) = escaped(bytes, at) else {
                    at += 2;
                    continue;
                };
                let is_high = unit < 0xdc00;
                if is_high && matches!(escaped(bytes, at + 6), Some(0xdc00..=0xdfff)) {
                    at += 12;
                    continue;
                }
                mended.push_str(&json[copied..at]);
                let place = match &mut borders {
                    Some(borders) if is_high && bytes.get(at + 6) == Some(&b'"') => {
                        Some(&mut borders.trailing)
                    }
                    Some(borders) if !is_high && quote.is_some_and(|quote| quote + 1 == at) => {
                        Some(&mut borders.leading)
                    }
                    _ => None,
                };
                match place {
                    Some(place) => *place = Some(unit),
                    None => mended.push_str(r"\ufffd"),
                }
                at += 6;
                copied = at;
            }
            _ => at += 1,
        }
    }
    mended.push_str(&json[copied..]);
    Cow::Owned(mended)
}

/// The unit of UTF-16 that an escape at this place means.
fn escaped(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6).filter(|escape| escape.starts_with(br"\u"))?;
    let digits = std::str::from_utf8(&escape[2..]).ok()?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn read(json: &str) -> String {
        let value: Value = serde_json::from_str(&without_lone_surrogates(json)).unwrap();
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn a_lone_surrogate_is_replaced_and_nothing_else_is_touched() {
        for (json, expected) in [
            (r#""a\ud800b""#, "a\u{fffd}b"),
            (r#""\uDFFF""#, "\u{fffd}"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            // A backslash and a word, not an escape.
            (r#""\\ud800 \\\ud800""#, "\\ud800 \\\u{fffd}"),
            (r#""\u00e9 é \"""#, "é é \""),
        ] {
            assert_eq!(read(json), expected, "{json}");
        }
    }

    #[test]
    fn halves_at_the_border_are_told() {
        let mut borders = Borders::default();
        let mended = split_surrogates(r#"{"text":"\ude00 \"\ude00 \ud83d"}"#, &mut borders);
        assert_eq!(mended, r#"{"text":" \"\ufffd "}"#);
        assert_eq!(borders, Borders { leading: Some(0xde00), trailing: Some(0xd83d) });
        assert_eq!(borders.joined_to(Some(0xd83d)), Some('😀'));
        assert_eq!(borders.joined_to(None), Some('\u{fffd}'));
    }

    proptest! {
        /// Whatever the units are: strict readers take it, and it says what a lenient one would
        /// say.
        #[test]
        fn any_units_can_be_read(units in proptest::collection::vec(any::<u16>(), 0..12)) {
            let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(read(&format!("\"{escapes}\"")), String::from_utf16_lossy(&units));
        }

        #[test]
        fn what_is_no_json_does_no_harm(text in "[\\\\u\"dD890f😀]{0,40}") {
            without_lone_surrogates(&text);
        }
    }
}
