//! What the keys of an American keyboard type, by their place on it.

/// The places that type a sign: without Shift, and with it.
const SIGNS: [(&str, &str, &str); 11] = [
    ("Backquote", "`", "~"),
    ("Minus", "-", "_"),
    ("Equal", "=", "+"),
    ("BracketLeft", "[", "{"),
    ("BracketRight", "]", "}"),
    ("Backslash", "\\", "|"),
    ("Semicolon", ";", ":"),
    ("Quote", "'", "\""),
    ("Comma", ",", "<"),
    ("Period", ".", ">"),
    ("Slash", "/", "?"),
];

/// What a place types. A digit stays one with Shift: other layouts have other signs there.
pub(super) fn american(code: &str, shift: bool) -> Option<&str> {
    let letter = code.strip_prefix("Key").filter(|letter| is_one(letter, u8::is_ascii_uppercase));
    let digit = || {
        let digit = code.strip_prefix("Digit").or_else(|| code.strip_prefix("Numpad"));
        digit.filter(|digit| is_one(digit, u8::is_ascii_digit))
    };
    let sign = || {
        let (_, plain, shifted) = SIGNS.iter().find(|(place, ..)| *place == code)?;
        Some(if shift { *shifted } else { *plain })
    };
    letter.or_else(digit).or_else(sign)
}

fn is_one(text: &str, kind: impl Fn(&u8) -> bool) -> bool {
    matches!(text.as_bytes(), [byte] if kind(byte))
}
