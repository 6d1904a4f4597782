//! What is refused before anything is read: bodies that are too large, and posts that another site
//! makes a browser send.

use super::{answer, cookies, routes::Route};
use crate::{
    api::{error::ApiError, operation::USUAL_BODY},
    domain::{
        credential::{self, Credential},
        error_code::ErrorCode,
    },
    server::http::state::AppState,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// The token of a mailed link stands in its query.
const INVITATIONS: &str = "/api/invitations";

/// The routes whose bodies may be larger than the usual.
pub type Roomy = Arc<[Route]>;

/// Refuses a body that says it is too large. One that does not say is stopped while it is read, see
/// `json::read_body`.
pub async fn limit_body(State(roomy): State<Roomy>, request: Request, next: Next) -> Response {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let (method, path) = (request.method(), request.uri().path());
    let route = roomy.iter().find(|route| route.takes(method, path));
    let largest = route.map_or(USUAL_BODY, |route| route.largest_body);
    if length.is_some_and(|length| length > largest as u64) {
        return answer::too_large(largest).into_response();
    }
    next.run(request).await
}

/// Refuses an address with a key or token in it: addresses are kept by every proxy on the way.
pub async fn clean_address(request: Request, next: Next) -> Response {
    match in_address(request.uri()) {
        Some(found) => ApiError::credential("", found).into_response(),
        None => next.run(request).await,
    }
}

/// Read as handlers read it, with what was escaped.
fn in_address(uri: &Uri) -> Option<Credential> {
    let address = uri.path_and_query().map_or(uri.path(), |place| place.as_str());
    let address = percent_decode_str(address).decode_utf8_lossy();
    match uri.path() {
        INVITATIONS => credential::find_beside_link(&address),
        _ => credential::find(&address),
    }
}

/// Refuses changes that another site's page makes a browser send with our cookie.
pub async fn same_site(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let public = state.config.public_url.as_ref().map(|url| url.origin());
    if reads || is_same_site(request.headers(), authority, public.as_deref()) {
        return next.run(request).await;
    }
    let path = credential::left_out(request.uri().path());
    tracing::warn!(%path, "a request from another site was refused");
    let sentence = "This request came from another site, or from a browser that does not say \
        where it came from. \
                    Open the page itself and try again.";
    ApiError::new(ErrorCode::CrossSite, sentence).into_response()
}

/// `Sec-Fetch-Site` cannot be forged by a page. Browsers send it over TLS and to localhost; over
/// plain HTTP only `Origin` tells. Without either the request comes from a program, which is
/// welcome as long as it brings no cookie.
fn is_same_site(headers: &HeaderMap, authority: Option<&str>, public_origin: Option<&str>) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // No page of another site can set this header: the browser would ask us first, and we would not
    // answer.
    if header(header::AUTHORIZATION)
        .is_some_and(|value| value.len() > 7 && value[..7].eq_ignore_ascii_case("bearer "))
    {
        return true;
    }
    if let Some(site) = header(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let Ok(origin) = origin.to_str() else { return false };
        let host = header(header::HOST).or(authority);
        let origin_host =
            origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        return public_origin.is_some_and(|public| public.eq_ignore_ascii_case(origin))
            || origin_host
                .zip(host)
                .is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host));
    }
    !cookies::has_session(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn allowed(headers: &[(&'static str, &'static str)], public: Option<&str>) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_same_site(&headers.collect(), None, public)
    }

    #[test]
    fn issue_13_1_7_an_address_is_read_as_handlers_read_it() {
        let found = |address: &str| in_address(&address.parse().unwrap());
        let token = "inv_0123456789abcdef0123456789abcdef";
        let (key, invitation) = (Some(Credential::ProviderKey), Some(Credential::InvitationToken));
        assert_eq!(found("/api/x?text=%73k%2Dant-api03-0123456789"), key);
        assert_eq!(found("/api/sk-ant%2Dapi03-0123456789"), key);
        assert_eq!(found(&format!("/api/x?token={token}")), invitation);
        assert_eq!(found(&format!("{INVITATIONS}?token={token}")), None);
        assert_eq!(found(&format!("{INVITATIONS}?token={token}&key=sk-ant-api03-0123456789")), key);
        assert_eq!(found("/api/x?text=100%25%20of%FF"), None);
    }

    #[test]
    fn only_our_own_pages_and_programs_change_anything() {
        const COOKIE: (&str, &str) = ("cookie", "train_session_00000000=ab");
        const HOST: (&str, &str) = ("host", "train.example.com");
        assert!(allowed(&[COOKIE, ("sec-fetch-site", "same-origin")], None));
        assert!(allowed(&[COOKIE, ("sec-fetch-site", "none")], None));
        assert!(!allowed(&[COOKIE, ("sec-fetch-site", "cross-site")], None));
        assert!(
            !allowed(&[COOKIE, ("sec-fetch-site", "same-site")], None),
            "another host of the domain is another site"
        );
        assert!(allowed(&[COOKIE, HOST, ("origin", "http://train.example.com")], None));
        assert!(!allowed(&[COOKIE, HOST, ("origin", "http://evil.com")], None));
        assert!(!allowed(&[COOKIE, HOST, ("origin", "null")], None));
        assert!(!allowed(&[COOKIE, HOST], None), "a cookie and no word where from");
        assert!(allowed(&[HOST], None), "a program signing in");
        assert!(
            !allowed(&[HOST, ("origin", "http://evil.com")], None),
            "signing somebody in from another site"
        );
        assert!(!allowed(&[("sec-fetch-site", "cross-site")], None));
        assert!(allowed(
            &[COOKIE, ("host", "127.0.0.1:3000"), ("origin", "https://train.example.com")],
            Some("https://train.example.com")
        ));
        assert!(allowed(&[COOKIE, ("authorization", "Bearer trn_ab")], None));
        assert!(!allowed(&[COOKIE, ("authorization", "Basic abcd")], None));
    }
}
