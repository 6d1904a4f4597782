//! Which part of a file a request asks for.

use crate::server::exports::Part;

/// What `Range` and `If-Range` ask for, of a file of this size and with this tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Whole,
    Part(Part),
    /// It begins behind the end.
    Nothing,
}

/// Several parts at once, other units and what cannot be read are answered with the whole, as is a
/// part of a file that is not the one that `if_range` names.
pub fn asked(range: Option<&str>, if_range: Option<&str>, size: i64, tag: &str) -> Asked {
    let is_same = if_range.is_none_or(|known| known.trim() == tag);
    let part = range.filter(|_| is_same).and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((from, to)) = part.and_then(|part| part.split_once('-')) else { return Asked::Whole };
    let (from, to) = (from.trim(), to.trim());
    if [from, to].concat().bytes().any(|byte| !byte.is_ascii_digit()) {
        return Asked::Whole;
    }
    // Longer numbers than a file can have are its end.
    let number = |text: &str| text.parse::<i64>().unwrap_or(i64::MAX);
    let (from, to) = match (from.is_empty(), to.is_empty()) {
        (true, true) => return Asked::Whole,
        (true, false) => (size.saturating_sub(number(to)).max(0), size),
        (false, true) => (number(from), size),
        (false, false) if number(to) < number(from) => return Asked::Whole,
        (false, false) => (number(from), number(to).saturating_add(1).min(size)),
    };
    if from >= size || from >= to {
        return Asked::Nothing;
    }
    Asked::Part(Part { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Asked {
        asked(Some(range), None, 1000, "\"x\"")
    }

    fn part(from: i64, to: i64) -> Asked {
        Asked::Part(Part { from, to })
    }

    #[test]
    fn a_part_is_from_a_byte_to_another_or_to_the_end_or_the_last_ones() {
        assert_eq!(of("bytes=0-0"), part(0, 1));
        assert_eq!(of("bytes=10-19"), part(10, 20));
        assert_eq!(of("bytes= 990 - "), part(990, 1000));
        assert_eq!(of("bytes=990-5000"), part(990, 1000));
        assert_eq!(of("bytes=-10"), part(990, 1000));
        assert_eq!(of("bytes=-5000"), part(0, 1000));
        assert_eq!(of("bytes=0-99999999999999999999999"), part(0, 1000));
    }

    #[test]
    fn what_lies_behind_the_end_is_nothing_and_what_cannot_be_read_the_whole() {
        for range in ["bytes=1000-", "bytes=2000-3000", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(of(range), Asked::Nothing, "{range}");
        }
        for range in
            ["", "bytes=", "bytes=-", "bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b"]
        {
            assert_eq!(of(range), Asked::Whole, "{range}");
        }
        assert_eq!(asked(None, None, 1000, "\"x\""), Asked::Whole);
        assert_eq!(asked(Some("bytes=0-"), None, 0, "\"x\""), Asked::Nothing);
    }

    #[test]
    fn another_file_is_sent_whole() {
        let with = |tag| asked(Some("bytes=1-2"), Some(tag), 1000, "\"x\"");
        assert_eq!(with("\"x\""), part(1, 3));
        for tag in ["\"y\"", "W/\"x\"", "Mon, 04 May 2026 10:00:00 GMT"] {
            assert_eq!(with(tag), Asked::Whole, "{tag}");
        }
    }
}
