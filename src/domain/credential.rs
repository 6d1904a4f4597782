//! Keys and tokens in a text that is kept: pasted into the wrong field, they would be stored, shown
//! and logged. Every text that people send is held against this, at the one door that bodies come
//! in by; the browser asks the same before it sends.

use serde_json::Value;
use std::borrow::Cow;

/// The fields, at the top of a body, in which a secret belongs. A test holds this list against the
/// routes: a new field of such a name elsewhere does not go by unchecked.
pub const SECRET_FIELDS: [&str; 5] =
    ["newPrimaryKey", "key", "password", "currentPassword", "newPassword"];

/// The fields, at the top of a body, in which the token of a mailed link belongs: where it is
/// presented, and where the address of the page stands to which signing in leads back.
const LINK_FIELDS: [&str; 3] = ["token", "next", "invitation"];

/// What such a text opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A key of the provider, Claude.
    ProviderKey,
    /// One of our own API tokens.
    AccessToken,
    /// The token in the mailed link of an invitation.
    InvitationToken,
    /// The token in a mailed link to an account: of a forgotten password, a new e-mail address.
    AccountToken,
}

/// How each begins, and how many characters have to follow: fewer are a mask (`sk-ant-…a1b2`) or
/// a text about keys.
const KINDS: [(&str, usize, Credential); 4] = [
    ("sk-ant-", 10, Credential::ProviderKey),
    ("trn_", 20, Credential::AccessToken),
    ("inv_", 20, Credential::InvitationToken),
    ("acc_", 20, Credential::AccountToken),
];

/// What stands in mailed links.
const OF_LINKS: [Credential; 2] = [Credential::InvitationToken, Credential::AccountToken];

impl Credential {
    /// What happened and what to do, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ProviderKey => {
                "This holds what looks like an API key of Claude, so nothing was saved. Take it \
                 out: keys are stored under AI configuration, API keys, and nowhere else. If \
                 others may have seen it, replace it in the Claude Console."
            }
            Self::AccessToken => {
                "This holds what looks like an API token of Train, so nothing was saved. Take it \
                 out. If others may have seen it, revoke it in your account's settings and make \
                 another."
            }
            Self::InvitationToken => {
                "This holds what looks like the link of an invitation, so nothing was saved. Take \
                 it out. If others may have seen it, ask whoever invited you to withdraw the \
                 invitation and to make another."
            }
            Self::AccountToken => {
                "This holds what looks like a link to your account, so nothing was saved. Take it \
                 out. If others may have seen it, change your password, which ends such links."
            }
        }
    }
}

/// The first key or token in a text, other than of some kinds, and its place in bytes.
fn locate(text: &str, but: &[Credential]) -> Option<(std::ops::Range<usize>, Credential)> {
    let kinds = KINDS.iter().filter(|(_, _, kind)| !but.contains(kind));
    let found = kinds.filter_map(|(start, least, kind)| {
        text.match_indices(start).find_map(|(at, _)| {
            let rest = &text.as_bytes()[at + start.len()..];
            let length = rest.iter().take_while(|byte| is_part(**byte)).count();
            (length >= *least).then(|| (at..at + start.len() + length, *kind))
        })
    });
    found.min_by_key(|(place, _)| place.start)
}

/// How long the key or token is that a text begins with, in bytes.
pub fn length_at_start(text: &str) -> Option<usize> {
    let (start, least, _) = KINDS.iter().find(|(start, ..)| text.starts_with(start))?;
    let rest = &text.as_bytes()[start.len()..];
    let length = rest.iter().take_while(|byte| is_part(**byte)).count();
    (length >= *least).then_some(start.len() + length)
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// What a text must not hold, if it does.
pub fn find(text: &str) -> Option<Credential> {
    locate(text, &[]).map(|(_, kind)| kind)
}

/// The same where the token of a mailed link belongs.
pub fn find_beside_link(text: &str) -> Option<Credential> {
    locate(text, &OF_LINKS).map(|(_, kind)| kind)
}

/// The same for a text in a field at the top of a body: of a few, what belongs there is let be.
pub fn find_in_text_of(field: &str, text: &str) -> Option<Credential> {
    match field {
        field if SECRET_FIELDS.contains(&field) => None,
        field if LINK_FIELDS.contains(&field) => find_beside_link(text),
        _ => find(text),
    }
}

/// Whether a text that begins like a key of the provider is one from its beginning to its end, as
/// it would be found in any other text; `None` for one that begins otherwise.
pub fn is_provider_key(text: &str) -> Option<bool> {
    let (start, _, kind) = KINDS[0];
    text.starts_with(start).then(|| locate(text, &[]) == Some((0..text.len(), kind)))
}

/// The text, with every key and token in it left out: for what is written down whatever it says,
/// such as a line of the log.
pub fn left_out(text: &str) -> Cow<'_, str> {
    let Some((place, _)) = locate(text, &[]) else { return Cow::Borrowed(text) };
    let rest = left_out(&text[place.end..]);
    Cow::Owned(format!("{}(left out){rest}", &text[..place.start]))
}

/// The first key or token in a body, names of fields included, with its dotted path; what stands
/// in a field for secrets is not looked at. A name that is one is not repeated in the path.
pub fn find_in_body(body: &Value) -> Option<(String, Credential)> {
    let Value::Object(fields) = body else { return find_in(body, "") };
    fields.iter().find_map(|(name, value)| match value {
        Value::String(text) if find(name).is_none() => {
            find_in_text_of(name, text).map(|kind| (name.clone(), kind))
        }
        _ => find_in_field(name, value, ""),
    })
}

fn find_in(value: &Value, path: &str) -> Option<(String, Credential)> {
    match value {
        Value::String(text) => find(text).map(|kind| (path.to_owned(), kind)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_in(item, &join(path, &index.to_string()))),
        Value::Object(fields) => {
            fields.iter().find_map(|(name, value)| find_in_field(name, value, path))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn find_in_field(name: &str, value: &Value, path: &str) -> Option<(String, Credential)> {
    match find(name) {
        Some(kind) => Some((path.to_owned(), kind)),
        None => find_in(value, &join(path, name)),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "sk-ant-api03-0123456789-abcdefghij_KLMN";
    const TOKEN: &str = "trn_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_key_or_token_is_found_wherever_it_stands() {
        for (text, expected) in [
            (KEY.to_owned(), Credential::ProviderKey),
            (format!("my key is {KEY}."), Credential::ProviderKey),
            (format!("sk-ant-… or “{KEY}”"), Credential::ProviderKey),
            (TOKEN.to_owned(), Credential::AccessToken),
            (format!("Bearer {TOKEN}"), Credential::AccessToken),
            (TOKEN.replace("trn_", "/invitations?token=inv_"), Credential::InvitationToken),
            (TOKEN.replace("trn_", "/reset-password?token=acc_"), Credential::AccountToken),
        ] {
            assert_eq!(find(&text), Some(expected), "{text}");
            let left = left_out(&text);
            assert!(find(&left).is_none() && left.contains("(left out)"), "{left}");
        }
        let both = format!("{TOKEN}/{KEY}?");
        assert_eq!(left_out(&both), "(left out)/(left out)?");
    }

    #[test]
    fn a_mask_and_a_text_about_keys_are_no_keys() {
        for text in [
            "sk-ant-…a1b2",
            "sk-ant-api03-…",
            "Keys begin with sk-ant- and tokens with trn_.",
            "sk-ant-admin01",
            "trn_short",
            "task-antenna",
            "",
        ] {
            assert_eq!(find(text), None, "{text}");
            assert_eq!(left_out(text), text);
        }
    }

    #[test]
    fn a_body_is_searched_whole_but_for_the_fields_of_secrets() {
        let at = |body| find_in_body(&body).map(|(path, _)| path);
        assert_eq!(at(json!({"reason": KEY})).as_deref(), Some("reason"));
        assert_eq!(at(json!({"a": [{"b": ["x", KEY]}]})).as_deref(), Some("a.0.b.1"));
        assert_eq!(at(json!({"a": {KEY: 1}})).as_deref(), Some("a"));
        assert_eq!(at(json!(KEY)).as_deref(), Some(""));
        assert_eq!(at(json!({"newPrimaryKey": KEY, "reason": "better"})), None);
        let inside = json!({"key": {"name": KEY}, "options": {"key": KEY}});
        assert_eq!(at(inside).as_deref(), Some("key.name"), "only a text is a secret");
        assert_eq!(at(json!({"options": {"key": KEY}})).as_deref(), Some("options.key"));
    }

    #[test]
    fn issue_13_1_7_a_mailed_link_stands_where_it_is_presented_and_nowhere_else() {
        let at = |body| find_in_body(&body).map(|(path, _)| path);
        for start in ["/invitations?token=inv_", "/reset-password?token=acc_"] {
            let link = TOKEN.replace("trn_", start);
            assert_eq!(at(json!({"token": link, "next": link})), None);
            assert_eq!(at(json!({"reason": link})).as_deref(), Some("reason"));
            assert_eq!(at(json!({"a": {"token": link}})).as_deref(), Some("a.token"));
            assert_eq!(at(json!({"token": format!("{link}/{KEY}")})).as_deref(), Some("token"));
        }
    }

    #[test]
    fn no_sentence_repeats_anything() {
        for (_, _, kind) in KINDS {
            assert_eq!(find(kind.sentence()), None);
        }
    }
}
