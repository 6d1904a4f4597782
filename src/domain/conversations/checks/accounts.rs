//! E-mail addresses, and the numbers of bank accounts and payment cards, by their check digits.

use super::{FindingKind, Place, ends_word, starts_word};

/// Endings of file names that stand behind an `@` too: `icon@2x.png`.
const PICTURES: &[&str] = &["png", "jpg", "jpeg", "gif", "svg", "webp", "avif"];

/// How long the IBANs of each country are, as the register of ISO 13616 has it.
const IBANS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SC", 31),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
];

/// How the digits of a card are grouped when they are not written as one.
const CARD_GROUPS: &[&[usize]] = &[&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

/// Finds them, in no order.
pub fn find(text: &str, places: &mut Vec<Place>) {
    let mut end = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'@' {
            places.extend(email(text, at).map(|place| (place, FindingKind::Email)));
        }
        if at < end || !byte.is_ascii_alphanumeric() || !starts_word(text, at) {
            continue;
        }
        let found = if byte.is_ascii_digit() {
            card(text, at).map(|end| (end, FindingKind::Card))
        } else {
            iban(text, at).map(|end| (end, FindingKind::Iban))
        };
        if let Some((found, kind)) = found {
            end = found;
            places.push((at..end, kind));
        }
    }
}

/// The address around an `@`.
fn email(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let (before, after) = (&text.as_bytes()[..at], &text.as_bytes()[at + 1..]);
    let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let local = before.iter().rev().take(65).take_while(is_local).count();
    let start = at - local;
    let is_host = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let host = after.iter().take(254).take_while(is_host).count();
    let host = text[at + 1..at + 1 + host].trim_end_matches(['.', '-']);
    let end = at + 1 + host.len();
    let (_, top) = host.rsplit_once('.')?;
    let is_picture = PICTURES.iter().any(|ending| top.eq_ignore_ascii_case(ending));
    // `git@host:path` is an address of a program, `//name@host` one of the web.
    let is_remote =
        matches!(&text.as_bytes()[end..], [b':', next, ..] if !next.is_ascii_whitespace());
    let is_of_web = text[..start].ends_with("//");
    let is_whole = host
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let is_address = (1..=64).contains(&local)
        && !text[start..at].starts_with('.')
        && !text[..at].ends_with('.')
        && starts_word(text, start)
        && ends_word(text, end)
        && is_whole
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !(is_picture || is_remote || is_of_web);
    is_address.then_some(start..end)
}

/// Where the IBAN ends that begins here.
fn iban(text: &str, at: usize) -> Option<usize> {
    let country = text.get(at..at + 2)?;
    let (_, length) = IBANS.iter().find(|(code, _)| country.eq_ignore_ascii_case(code))?;
    let mut values = Vec::with_capacity(*length);
    let mut end = at;
    let bytes = text.as_bytes();
    while values.len() < *length {
        let byte = *bytes.get(end)?;
        match char::from(byte).to_digit(36) {
            Some(value) => values.push(value),
            None if byte == b' ' && bytes[end - 1] != b' ' => {}
            None => return None,
        }
        end += 1;
    }
    values.rotate_left(4);
    // As one number with the letters as 10 to 35, it leaves 1.
    let rest = values
        .iter()
        .fold(0, |rest, value| (rest * if *value < 10 { 10 } else { 100 } + value) % 97);
    (rest == 1 && bytes[at + 2].is_ascii_digit() && ends_word(text, end)).then_some(end)
}

/// Where the card number ends that begins here: one group of digits, or those that are usual.
fn card(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    // Behind a decimal point, or part of a longer number.
    if let [.., before, b'.' | b',' | b'-' | b'/'] = &bytes[..at]
        && before.is_ascii_digit()
    {
        return None;
    }
    let count = |from: usize| {
        bytes[from..].iter().take(20).take_while(|byte| byte.is_ascii_digit()).count()
    };
    let first = count(at);
    let end = if (13..=19).contains(&first) {
        at + first
    } else {
        CARD_GROUPS.iter().find_map(|groups| {
            let gap = *bytes.get(at + groups[0]).filter(|byte| matches!(byte, b' ' | b'-'))?;
            let mut end = at;
            for (index, length) in groups.iter().enumerate() {
                if index > 0 {
                    (*bytes.get(end)? == gap).then_some(())?;
                    end += 1;
                }
                (count(end) == *length).then_some(())?;
                end += length;
            }
            Some(end)
        })?
    };
    let digits: Vec<u32> = text[at..end].chars().filter_map(|letter| letter.to_digit(10)).collect();
    let goes_on =
        matches!(&bytes[end..], [b'.' | b',' | b'-' | b'/', next, ..] if next.is_ascii_digit());
    (is_issued(&digits) && is_checked(&digits) && !goes_on && ends_word(text, end)).then_some(end)
}

/// Whether cards of this length begin so.
fn is_issued(digits: &[u32]) -> bool {
    matches!(
        (digits.len(), digits),
        (13, [4, ..])
            | (14, [3, 0 | 6 | 8 | 9, ..])
            | (15, [3, 4 | 7, ..])
            | (16, [2..=6, ..])
            | (17..=19, [4..=6, ..])
    )
}

/// The check digit of Luhn. One digit over and over passes it too, but is no card.
fn is_checked(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 1 { digit * 2 % 10 + digit / 5 } else { *digit })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}
