//! Telephone numbers: international ones, and the usual national forms of North America and of
//! countries where they begin with 0.

use super::{FindingKind, Place, ends_word, starts_word};

/// What stands between two groups of digits, longer ones first.
const GAPS: &[&str] = &[") ", ")-", " (", ")", "(", " ", "-", ".", "/", "\u{a0}", "\u{2011}"];

/// Finds them in their order.
pub fn find(text: &str, places: &mut Vec<Place>) {
    let mut end = 0;
    for (at, byte) in text.bytes().enumerate() {
        let may_begin = byte.is_ascii_digit() || matches!(byte, b'+' | b'(');
        if at >= end
            && may_begin
            && begins(text, at, byte)
            && let Some(found) = number(text, at)
        {
            end = found;
            places.push((at..end, FindingKind::Phone));
        }
    }
}

/// Whether a number may begin here: it is no part of a longer one, and no price.
fn begins(text: &str, at: usize, byte: u8) -> bool {
    let before = &text[..at];
    let gap = before.trim_end_matches([' ', '-', '.', '/', ',', ':', '\u{a0}']);
    let goes_on = gap.len() + 2 >= before.len() && gap.ends_with(|end: char| end.is_ascii_digit());
    let is_price = gap.ends_with(['$', '€', '£', '¥']);
    let is_part =
        before.ends_with(['+', '#', '=', '.', '/', '-', '&']) || (byte.is_ascii_digit() && goes_on);
    starts_word(text, at) && !is_part && !is_price
}

/// Where the number ends that begins here.
fn number(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_international = bytes[at] == b'+';
    let is_enclosed = bytes[at] == b'(';
    let mut end = at + usize::from(is_international || is_enclosed);
    let (mut digits, mut groups, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let group = bytes[end..].iter().take(16).take_while(|byte| byte.is_ascii_digit()).count();
        digits.extend(bytes[end..end + group].iter().map(|byte| byte - b'0'));
        groups.push(group);
        end += group;
        if group == 0 || digits.len() > 15 {
            return None;
        }
        let rest = &text[end..];
        let gap = GAPS.iter().find(|gap| {
            let next = rest.strip_prefix(**gap);
            next.is_some_and(|next| next.starts_with(|next: char| next.is_ascii_digit()))
        });
        let Some(gap) = gap else { break };
        gaps.push(*gap);
        end += gap.len();
    }
    let is_usual = if is_international {
        let least = if gaps.is_empty() { 10 } else { 8 };
        // `+100.000.000` is an amount.
        let is_amount = !gaps.is_empty()
            && gaps.iter().all(|gap| *gap == ".")
            && groups[1..].iter().all(|group| *group == 3);
        digits[0] != 0 && digits.len() >= least && !is_amount
    } else {
        is_american(&digits, &groups, &gaps, is_enclosed) || is_trunk(&digits, &groups, &gaps)
    };
    let rest = &text[end..];
    let is_other = rest.starts_with(['%', '€', '$', '£', '°', '/', '\\', '@'])
        || matches!(rest.as_bytes(), [b':' | b',' | b'.' | b'-', b'0'..=b'9', ..]);
    (is_usual && ends_word(text, end) && !is_other).then_some(end)
}

/// `555-123-4567`, `(555) 123-4567`, `1-555-123-4567`.
fn is_american(digits: &[u8], groups: &[usize], gaps: &[&str], is_enclosed: bool) -> bool {
    let (digits, gaps, is_enclosed) = match (groups, digits) {
        ([3, 3, 4], _) => (digits, gaps, is_enclosed),
        ([1, 3, 3, 4], [1, rest @ ..]) => (rest, &gaps[1..], gaps[0].contains('(')),
        _ => return false,
    };
    let is_even = gaps[0] == gaps[1] && !gaps[0].contains(['(', ')', '/']);
    let is_area = gaps[0].starts_with(')');
    digits[0] >= 2 && digits[3] >= 2 && if is_enclosed { is_area } else { is_even }
}

/// `030 1234567`, `0171/123 45 67`, `(030) 1234567`, `01 23 45 67 89`, `0044 20 7946 0958`: with 0
/// first and something between the groups, but no date.
fn is_trunk(digits: &[u8], groups: &[usize], gaps: &[&str]) -> bool {
    let is_abroad = matches!(digits, [0, 0, 1..=9, ..]);
    let is_date = match groups {
        [2, 2, 4, ..] => true,
        // A date with a time behind it, unless everything is written evenly, as in France.
        [2, 2, 2, ..] => gaps.iter().any(|gap| *gap != gaps[0]),
        _ => false,
    };
    let is_first = (2..=6).contains(&groups[0]);
    let length = if is_abroad { 10..=15 } else { 9..=12 };
    (is_abroad || matches!(digits, [0, 1..=9, ..]))
        && length.contains(&digits.len())
        && !gaps.is_empty()
        && is_first
        && !is_date
}
