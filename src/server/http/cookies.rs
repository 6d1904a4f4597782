//! The cookies of the server: the session, and the refused form that is shown once.

use crate::{
    api::session::Flash,
    domain::preferences::{Overrides, device},
};
use http::{HeaderMap, HeaderValue, header};

pub const SESSION: &str = "train_session";
const FLASH: &str = "train_flash";
/// Browsers take 4 KiB for a cookie with its name and attributes; hexadecimal doubles the content.
const LARGEST_FLASH: usize = 1800;

/// The value of a cookie of the request.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Keeps the session for so many seconds. Scripts cannot read it; other sites' posts do not carry it.
pub fn session(secret: &str, seconds: u32, secure: bool) -> Option<HeaderValue> {
    cookie(SESSION, secret, seconds, secure)
}

/// Takes the session cookie away.
pub fn no_session(secure: bool) -> Option<HeaderValue> {
    cookie(SESSION, "", 0, secure)
}

/// Keeps a refused form for the redirect that follows.
pub fn flash(flash: &Flash, secure: bool) -> Option<HeaderValue> {
    let mut flash = flash.clone();
    let mut text = serde_json::to_vec(&flash).ok()?;
    if text.len() > LARGEST_FLASH {
        flash.values.clear();
        flash.error.errors.clear();
        text = serde_json::to_vec(&flash).ok()?;
    }
    (text.len() <= LARGEST_FLASH).then(|| cookie(FLASH, &hex::encode(text), 60, secure)).flatten()
}

/// The refused form that the request brings back.
pub fn read_flash(headers: &HeaderMap) -> Option<Flash> {
    serde_json::from_slice(&hex::decode(read(headers, FLASH)?).ok()?).ok()
}

/// What this browser keeps for itself; written by its own pages.
pub fn read_device(headers: &HeaderMap) -> Overrides {
    read(headers, device::COOKIE).map(device::parse).unwrap_or_default()
}

/// Takes it away: it is shown once.
pub fn no_flash(secure: bool) -> Option<HeaderValue> {
    cookie(FLASH, "", 0, secure)
}

/// True when the request brought the cookie, readable or not.
pub fn has_flash(headers: &HeaderMap) -> bool {
    read(headers, FLASH).is_some()
}

fn cookie(name: &str, value: &str, seconds: u32, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    // A cookie that is not a header value cannot be: the values above are hexadecimal.
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ApiError;

    #[test]
    fn finds_its_own_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=b; xtrain_session=no; train_session=yes"),
        );
        headers.append(header::COOKIE, HeaderValue::from_static("c=d"));
        assert_eq!(read(&headers, SESSION), Some("yes"));
        assert_eq!(read(&headers, "c"), Some("d"));
        assert_eq!(read(&headers, "e"), None);
    }

    #[test]
    fn a_refused_form_comes_back_and_a_huge_one_without_its_values() {
        let come_back = |values: &str| {
            let error = ApiError::new(
                401,
                "wrong_credentials",
                "The e-mail address or the password is not right.",
            );
            let form = Flash { error, values: [("email".to_owned(), values.to_owned())].into() };
            let header = flash(&form, false).unwrap();
            let pair = header.to_str().unwrap().split(';').next().unwrap().to_owned();
            assert!(header.len() < 4096);
            let headers =
                HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pair).unwrap())]);
            (form, read_flash(&headers).unwrap())
        };
        let (sent, back) = come_back("anna@example.com; “quoted”");
        assert_eq!(sent, back);
        let (sent, back) = come_back(&"x".repeat(5000));
        assert_eq!(sent.error, back.error);
        assert!(back.values.is_empty());
    }

    #[test]
    fn is_secure_only_behind_tls() {
        assert!(session("ab", 60, true).unwrap().to_str().unwrap().ends_with("; Secure"));
        let plain = session("ab", 60, false).unwrap();
        assert_eq!(plain, "train_session=ab; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }
}
