//! Texts as parts of an address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A query may hold slashes as they are.
const IN_QUERY: &AsciiSet = &RESERVED.remove(b'/');

/// For a part of a path, or a name or value of a query: `a/b c` becomes `a%2Fb%20c`.
pub fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// For a path as the value of a query: `/a?b=c` becomes `/a%3Fb%3Dc`.
pub fn escape_path(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, IN_QUERY)
}
