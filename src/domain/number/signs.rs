//! The signs that numbers are written with, in one form each.

use super::{NumberError, Sign};

/// A mark that is a decimal mark wherever it stands: the Arabic one.
pub(super) const DECIMAL: char = '\u{066B}';

/// The zeros of the scripts that count in tens; each is followed by its one to nine.
const ZEROS: [u32; 22] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xA8D0, 0xABF0, 0xFF10,
];

/// A number without what stands around it: digits of ASCII and marks, at least one digit.
#[derive(Debug)]
pub(super) struct Body {
    pub negative: bool,
    pub digits: String,
}

/// Takes the sign of the number and of its unit away.
pub(super) fn body(text: &str, sign: Sign) -> Result<Body, NumberError> {
    let plain: String = text.chars().filter_map(plain).collect();
    let mut rest = plain.trim();
    if rest.is_empty() {
        return Err(NumberError::Empty);
    }
    let mut negative = false;
    // `-$5` and `$-5` are the same.
    rest = without_unit(rest, sign);
    if let Some(after) = rest.strip_prefix(['-', '+']) {
        negative = rest.starts_with('-');
        rest = without_unit(after.trim_start(), sign);
    }
    let refuse = |sentence: &str| Err(NumberError::Refused(sentence.into()));
    let is_mark = |sign: char| matches!(sign, ',' | '.' | ' ' | '\'' | DECIMAL | '\u{066C}');
    if let Some(strange) = rest.chars().find(|sign| !sign.is_ascii_digit() && !is_mark(*sign)) {
        return match (strange, sign) {
            (strange, Sign::Dollars) if is_currency(strange) => {
                refuse("Amounts are in US dollars. Enter the number alone.")
            }
            ('e' | 'E', _) if rest.starts_with(|first: char| first.is_ascii_digit()) => {
                refuse("Write the number out, without an exponent.")
            }
            _ => refuse("Enter a number alone, in digits."),
        };
    }
    if !rest.bytes().any(|byte| byte.is_ascii_digit()) {
        return refuse("Enter a number alone, in digits.");
    }
    if rest.ends_with(is_mark) {
        return refuse("The number ends with a mark. Write the digits after it, or leave it out.");
    }
    Ok(Body { negative, digits: rest.to_owned() })
}

/// One sign as we know it; none for what only says in which direction text runs.
fn plain(sign: char) -> Option<char> {
    Some(match sign {
        '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{061C}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}' => return None,
        '，' | '،' | '﹐' => ',',
        '．' | '﹒' => '.',
        '’' | '‘' | 'ʼ' | '＇' | '´' => '\'',
        '−' | '–' | '‐' | '‑' | '﹣' | '－' => '-',
        '＋' => '+',
        '％' | '٪' => '%',
        '＄' => '$',
        sign if sign.is_whitespace() => ' ',
        sign => digit(sign).unwrap_or(sign),
    })
}

fn digit(sign: char) -> Option<char> {
    let code = u32::from(sign);
    let zero = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

fn without_unit(text: &str, sign: Sign) -> &str {
    let (before, after): (&[&str], &[&str]) = match sign {
        Sign::None => (&[], &[]),
        Sign::Dollars => (&["US$", "USD", "$"], &["US$", "USD", "$"]),
        Sign::Percent => (&[], &["%"]),
    };
    let mut rest = text;
    // The signs are ASCII, so a place that fits one is a place between characters.
    for word in before {
        if rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            rest = rest[word.len()..].trim_start();
            break;
        }
    }
    for word in after {
        let at = rest.len().saturating_sub(word.len());
        if rest.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(word)) {
            rest = rest[..at].trim_end();
            break;
        }
    }
    rest
}

fn is_currency(sign: char) -> bool {
    matches!(sign, '\u{20A0}'..='\u{20CF}' | '¢' | '£' | '¥' | '¤' | '￡' | '￥')
        || sign.is_alphabetic()
}
