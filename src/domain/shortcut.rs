//! Keyboard shortcuts: one or two strokes, written `Ctrl+K` or `G H`.
//!
//! `Ctrl` is the platform's main modifier: Control, or Command (⌘) on a Mac.

mod place;

use crate::domain::letter_case::uppercase;
use std::{fmt, str::FromStr};

/// The binding that stands for "no shortcut".
pub const NONE: &str = "none";

/// Strokes that browsers keep to themselves: a page never sees them, or cannot prevent them.
const RESERVED: &[&str] = &[
    "Ctrl+W",
    "Ctrl+T",
    "Ctrl+N",
    "Ctrl+Q",
    "Ctrl+Shift+W",
    "Ctrl+Shift+T",
    "Ctrl+Shift+N",
    "Ctrl+Shift+Q",
    "Ctrl+Tab",
    "Ctrl+Shift+Tab",
    "Ctrl+PageUp",
    "Ctrl+PageDown",
    "Alt+F4",
    "Alt+ArrowLeft",
    "Alt+ArrowRight",
    "F5",
    "F11",
    "F12",
    "Ctrl+R",
    "Ctrl+L",
    "Ctrl+Shift+I",
];

/// Keys that belong to everyone who works by keyboard.
const TAKEN_KEYS: &[&str] = &["Tab", "Enter", "Space"];

const NAMED_KEYS: &[&str] = &[
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Escape",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Insert",
    "Delete",
    "Backspace",
    "Plus",
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
    "Tab",
    "Enter",
    "Space",
];

/// One key with the modifiers held.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stroke {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    /// An upper-case letter, a digit, a sign, or a name such as `ArrowLeft`.
    pub key: String,
}

/// A key as a browser's `keydown` reports it.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// What the key types, by the layout that is set: `k`, `К`, `Enter`.
    pub key: &'a str,
    /// Where the key is, by the letter that it has on an American keyboard: `KeyK`.
    pub code: &'a str,
    /// Control, or Command on a Mac.
    pub main: bool,
    pub alt: bool,
    pub shift: bool,
}

impl Stroke {
    /// `None` for a modifier alone and for keys that have no name here.
    ///
    /// A key of another script than Latin counts as the one in the same place of an American
    /// keyboard: that is what is printed beside it, and no shortcut could be typed otherwise. A
    /// Latin layout, such as AZERTY or Dvorak, has its own letters.
    pub fn of(pressed: &Pressed<'_>) -> Option<Self> {
        let Pressed { key, code, main, alt, shift } = *pressed;
        let american = is_of_another_script(key).then(|| place::american(code, shift)).flatten();
        Self::from_key(american.unwrap_or(key), main, alt, shift)
    }

    fn from_key(key: &str, ctrl_or_command: bool, alt: bool, shift: bool) -> Option<Self> {
        let name = match key {
            " " => "Space".to_owned(),
            "+" => "Plus".to_owned(),
            _ if NAMED_KEYS.contains(&key) => key.to_owned(),
            _ => single(key)?,
        };
        // A sign such as `?` already says that Shift was held.
        let tells_shift =
            name.chars().count() == 1 && !name.chars().all(char::is_alphanumeric) || name == "Plus";
        Some(Self { ctrl: ctrl_or_command, alt, shift: shift && !tells_shift, key: name })
    }

    /// True for a plain letter, digit or sign: what someone dictating may utter by accident (WCAG
    /// 2.1.4).
    pub fn is_single_character(&self) -> bool {
        !self.ctrl && !self.alt && (self.key.chars().count() == 1 || self.key == "Plus")
    }
}

/// Whether a key types one character of a script other than Latin. Signs belong to all scripts.
fn is_of_another_script(key: &str) -> bool {
    let mut characters = key.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else { return false };
    !matches!(character,
        '\0'..='\u{36F}' // Latin, and marks that go with it
        | '\u{1E00}'..='\u{1EFF}' // more Latin
        | '\u{2000}'..='\u{2BFF}' // signs
        | '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}' | '\u{FB00}'..='\u{FB06}')
}

/// The upper-case form of a one-character key.
fn single(key: &str) -> Option<String> {
    let mut characters = key.chars();
    let first = characters.next()?;
    let printable = !first.is_control() && !first.is_whitespace();
    // `ß` has no upper-case form of one letter.
    let upper = uppercase(first.encode_utf8(&mut [0; 4]));
    let name = if upper.chars().count() == 1 { upper } else { first.to_string() };
    (characters.next().is_none() && printable).then_some(name)
}

impl fmt::Display for Stroke {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if held {
                formatter.write_str(name)?;
            }
        }
        formatter.write_str(&self.key)
    }
}

impl FromStr for Stroke {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.split('+').collect();
        let key = parts.pop().unwrap_or_default();
        let mut stroke = Self { ctrl: false, alt: false, shift: false, key: String::new() };
        for modifier in parts {
            let held = match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "cmd" | "mod" => &mut stroke.ctrl,
                "alt" | "option" => &mut stroke.alt,
                "shift" => &mut stroke.shift,
                _ => {
                    return Err(format!(
                        "\"{text}\" is not a shortcut. Write it like Ctrl+K, Shift+A, ArrowLeft or \
                            G."
                    ));
                }
            };
            if std::mem::replace(held, true) {
                return Err(format!("\"{text}\" names a modifier twice."));
            }
        }
        let named = NAMED_KEYS
            .iter()
            .find(|name| name.eq_ignore_ascii_case(key))
            .map(|name| (*name).to_owned());
        stroke.key = named.or_else(|| single(key)).ok_or_else(|| {
            format!(
                "\"{text}\" does not name a key. Write it like Ctrl+K, Shift+A, ArrowLeft or G."
            )
        })?;
        Ok(stroke)
    }
}

/// One or two strokes, pressed one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shortcut(pub Vec<Stroke>);

impl Shortcut {
    /// True when the one cannot be typed without the other being typed first, or both are the same.
    pub fn collides_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strokes: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&strokes.join(" "))
    }
}

impl FromStr for Shortcut {
    type Err = String;

    /// Refuses what a browser or keyboard users keep to themselves.
    fn from_str(text: &str) -> Result<Self, String> {
        let strokes =
            text.split_whitespace().map(Stroke::from_str).collect::<Result<Vec<_>, _>>()?;
        if strokes.is_empty() || strokes.len() > 2 {
            return Err("A shortcut is one or two strokes, such as Ctrl+K or G H.".into());
        }
        for stroke in &strokes {
            let written = stroke.to_string();
            if RESERVED.contains(&written.as_str()) {
                return Err(format!("{written} belongs to the browser. Choose another shortcut."));
            }
            if TAKEN_KEYS.contains(&stroke.key.as_str()) && !stroke.ctrl && !stroke.alt {
                return Err(format!(
                    "{written} is needed to work by keyboard. Choose another shortcut."
                ));
            }
        }
        Ok(Self(strokes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn has_one_written_form() {
        for (typed, written) in [
            ("ctrl+k", "Ctrl+K"),
            ("Shift+Ctrl+a", "Ctrl+Shift+A"),
            ("arrowleft", "ArrowLeft"),
            ("g  h", "G H"),
            ("Cmd+Plus", "Ctrl+Plus"),
        ] {
            assert_eq!(typed.parse::<Shortcut>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn refuses_what_is_not_ours_to_take() {
        for text in [
            "Ctrl+W",
            "ctrl+t",
            "Tab",
            "Shift+Enter",
            "",
            "Ctrl+",
            "Hyper+K",
            "Ctrl+Ctrl+K",
            "A B C",
            "AB",
        ] {
            assert!(text.parse::<Shortcut>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_prefix_collides() {
        let parse = |text: &str| text.parse::<Shortcut>().unwrap();
        assert!(parse("G").collides_with(&parse("G H")));
        assert!(parse("Ctrl+K").collides_with(&parse("Ctrl+K")));
        assert!(!parse("G H").collides_with(&parse("G I")));
    }

    #[test]
    fn a_sign_swallows_its_shift() {
        assert_eq!(Stroke::from_key("?", false, false, true).unwrap().to_string(), "?");
        assert_eq!(Stroke::from_key("a", false, false, true).unwrap().to_string(), "Shift+A");
        assert_eq!(Stroke::from_key("Control", true, false, false), None);
    }

    fn pressed(key: &str, code: &str, shift: bool) -> String {
        let pressed = Pressed { key, code, main: true, alt: false, shift };
        Stroke::of(&pressed).unwrap().to_string()
    }

    #[test]
    fn a_letter_of_another_script_is_the_key_in_its_place() {
        for (key, code, written) in [
            ("л", "KeyK", "Ctrl+K"),
            ("κ", "KeyK", "Ctrl+K"),
            ("ל", "KeyK", "Ctrl+K"),
            ("ن", "KeyK", "Ctrl+K"),
            ("ㅏ", "KeyK", "Ctrl+K"),
            ("х", "BracketLeft", "Ctrl+["),
            ("ё", "Backquote", "Ctrl+`"),
            ("١", "Digit1", "Ctrl+1"),
            ("่", "KeyJ", "Ctrl+J"),
        ] {
            assert_eq!(pressed(key, code, false), written, "{key}");
        }
        assert_eq!(pressed("Л", "KeyK", true), "Ctrl+Shift+K");
        assert_eq!(pressed("Х", "BracketLeft", true), "Ctrl+{", "a sign swallows its shift");
    }

    #[test]
    fn a_latin_layout_keeps_its_own_letters_and_signs() {
        for (key, code, written) in [
            ("a", "KeyQ", "Ctrl+A"),   // AZERTY
            (",", "KeyM", "Ctrl+,"),   // AZERTY
            ("k", "KeyV", "Ctrl+K"),   // Dvorak
            (".", "KeyE", "Ctrl+."),   // Dvorak
            ("é", "Digit2", "Ctrl+É"), // AZERTY
            ("ł", "KeyL", "Ctrl+Ł"),   // Polish
            ("ß", "Minus", "Ctrl+ß"),  // German
            ("€", "KeyE", "Ctrl+€"),   // German, with AltGr
            ("?", "Digit7", "Ctrl+?"), // Russian
            ("ArrowLeft", "Numpad4", "Ctrl+ArrowLeft"),
        ] {
            assert_eq!(pressed(key, code, false), written, "{key}");
        }
        assert_eq!(pressed("л", "", false), "Ctrl+Л", "a keyboard that does not say where");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ctrl: bool, alt: bool, shift: bool, key in "[A-Z0-9]") {
            let stroke = Stroke { ctrl, alt, shift, key };
            prop_assert_eq!(stroke.to_string().parse::<Stroke>().unwrap(), stroke);
        }

        #[test]
        fn never_panics(text in "\\PC{0,20}") {
            let _ = text.parse::<Shortcut>();
        }
    }
}
