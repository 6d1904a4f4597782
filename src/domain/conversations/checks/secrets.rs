//! Keys and tokens of well-known services, signed tokens and blocks of private keys.

use super::{FindingKind, Place};
use crate::domain::credential;

/// How each begins, and from how many to how many characters have to follow.
const KINDS: &[(&str, usize, usize)] = &[
    ("sk-", 20, 400),
    ("sk_live_", 16, 400),
    ("sk_test_", 16, 400),
    ("rk_live_", 16, 400),
    ("rk_test_", 16, 400),
    ("AKIA", 16, 16),
    ("ASIA", 16, 16),
    ("AIza", 35, 35),
    ("ghp_", 36, 255),
    ("gho_", 36, 255),
    ("ghu_", 36, 255),
    ("ghs_", 36, 255),
    ("ghr_", 36, 255),
    ("github_pat_", 22, 255),
    ("glpat-", 20, 255),
    ("xoxb-", 20, 255),
    ("xoxp-", 20, 255),
    ("xoxa-", 20, 255),
    ("xoxs-", 20, 255),
    ("hf_", 30, 64),
    ("npm_", 36, 36),
];

const BEGIN: &str = "-----BEGIN ";
const PRIVATE: &str = "PRIVATE KEY-----";

/// Finds them in their order.
pub fn find(text: &str, places: &mut Vec<Place>) {
    let mut end = 0;
    let mut may_end = true;
    for at in 0..text.len() {
        let bytes = text.as_bytes();
        if at < end || !bytes[at].is_ascii() {
            continue;
        }
        let rest = &text[at..];
        let starts = !at.checked_sub(1).is_some_and(|before| is_part(bytes[before]));
        let length = match bytes[at] {
            b'-' if rest.starts_with(BEGIN) => private_key(rest, &mut may_end),
            b'e' if starts => signed_token(rest),
            _ => None,
        };
        let known = || starts.then(|| known(rest)).flatten();
        if let Some(length) = length.or_else(|| credential::length_at_start(rest)).or_else(known) {
            end = at + length;
            places.push((at..end, FindingKind::Secret));
        }
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The length of the characters of tokens that a text begins with.
fn run(text: &str) -> usize {
    text.bytes().take_while(|byte| is_part(*byte)).count()
}

/// A key of a well-known service. Those that are no accident of language have a digit; what stands
/// behind a masked one is cut off by whatever masks it.
fn known(text: &str) -> Option<usize> {
    let kinds = KINDS.iter().filter(|(start, ..)| text.starts_with(start));
    kinds.into_iter().find_map(|(start, least, most)| {
        let length = run(&text[start.len()..]);
        let key = &text[start.len()..start.len() + length];
        let is_key = (*least..=*most).contains(&length)
            && key.bytes().any(|byte| byte.is_ascii_digit())
            && (start.len() != 4 || !start.ends_with("IA") || is_upper(key));
        is_key.then_some(start.len() + length)
    })
}

/// Keys of AWS have capital letters and digits only.
fn is_upper(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// `eyJ….eyJ….…`: a header and claims in JSON, and the signature.
fn signed_token(text: &str) -> Option<usize> {
    let mut end = 0;
    for (index, start) in ["eyJ", "eyJ", ""].iter().enumerate() {
        if index > 0 {
            text[end..].starts_with('.').then_some(())?;
            end += 1;
        }
        let length = run(&text[end..]);
        (length >= 10 && text[end..].starts_with(start)).then_some(())?;
        end += length;
    }
    Some(end)
}

/// A block from its first line to its last, or its first line alone when the rest is missing.
/// `may_end` says whether there may still be a last line, so that a text is not searched twice.
fn private_key(text: &str, may_end: &mut bool) -> Option<usize> {
    let kind = text[BEGIN.len()..].bytes().take(30);
    let kind = kind.take_while(|byte| byte.is_ascii_uppercase() || *byte == b' ').count();
    let header = BEGIN.len() + kind;
    // The words PRIVATE KEY were taken for a part of the kind.
    let line = text.get(..header + "-----".len())?;
    line.ends_with(PRIVATE).then_some(())?;
    let body = &text[line.len()..];
    let last = if *may_end { body.find(PRIVATE) } else { None };
    *may_end = last.is_some();
    // The next block's first line ends so as well.
    let last = last.filter(|last| {
        let before = &body[..*last];
        before.rfind("-----").is_some_and(|dashes| before[dashes..].starts_with("-----END "))
    });
    Some(line.len() + last.map_or(0, |last| last + PRIVATE.len()))
}
