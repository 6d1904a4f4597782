//! Where to go after signing in: a place of this site, never of another.

use crate::domain::escape::escape_path;

/// A path of this site with its query, safe to redirect to.
///
/// A link to the sign-in page with a foreign address in `next` would otherwise send people, freshly
/// signed in, to a copy of the page that asks for their password again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    const MAX_LENGTH: usize = 512;

    /// `None` for everything that is not clearly ours. Browsers read `//host` and `/\host` as
    /// another site and drop tabs and line breaks from an address.
    pub fn parse(raw: &str) -> Option<Self> {
        let mut letters = raw.chars();
        let rooted = letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'));
        let plain = raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let path = raw.split(['?', '#']).next().unwrap_or_default();
        // Back to a form, or to an answer that is no page, nobody wants to go.
        let page = !matches!(path, "/sign-in" | "/sign-in/code" | "/sign-up")
            && !path.starts_with("/api/");
        (rooted && plain && page && raw.len() <= Self::MAX_LENGTH).then(|| Self(raw.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The token of the invitation that a mailed link leads to.
    pub fn invitation(&self) -> Option<&str> {
        let token = self.0.strip_prefix("/invitations?token=")?;
        Some(token).filter(|token| !token.contains(['&', '#', '%']))
    }

    /// For a query value: `/a?b=c` becomes `/a%3Fb%3Dc`.
    pub fn encoded(&self) -> String {
        escape_path(&self.0).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_places_of_this_site() {
        for raw in [
            "/",
            "/settings/display",
            "/settings/display?x=1&y=%2F%2F#table-density",
            "/history?page=2",
        ] {
            assert_eq!(LocalPath::parse(raw).as_ref().map(LocalPath::as_str), Some(raw));
        }
        for raw in [
            "",
            "settings",
            "//evil.com",
            "/\\evil.com",
            "\\/evil.com",
            "https://evil.com",
            "javascript:alert(1)",
            "/\t/evil.com",
            "/\n/evil.com",
            " /a",
            "/a b",
            "/ä",
            "/sign-in",
            "/sign-in?next=/a",
            "/sign-in/code?next=/a",
            "/api/auth/me",
            "/a\\b",
        ] {
            assert_eq!(LocalPath::parse(raw), None, "{raw:?}");
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "a".repeat(512))), None);
    }

    #[test]
    fn encodes_for_a_query() {
        assert_eq!(LocalPath::parse("/a?b=c&d#e").unwrap().encoded(), "/a%3Fb%3Dc%26d%23e");
    }

    #[test]
    fn the_link_of_an_invitation_has_its_token() {
        let path = |raw| LocalPath::parse(raw).unwrap();
        assert_eq!(path("/invitations?token=inv_12").invitation(), Some("inv_12"));
        for raw in ["/invitations", "/history?token=inv_12", "/invitations?token=inv_12&a=b"] {
            assert_eq!(path(raw).invitation(), None, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn never_leaves_the_site(raw in "[/\\\\a-z:.@?#\\t ]{0,20}") {
            if let Some(path) = LocalPath::parse(&raw) {
                prop_assert!(path.as_str().starts_with('/'));
                prop_assert!(!path.as_str()[1..].starts_with(['/', '\\']));
            }
        }
    }
}
