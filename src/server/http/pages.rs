//! Pages: what they know before they are drawn, and where people are sent who should be elsewhere.

use super::{
    authenticate::Unavailable,
    headers,
    observe::{is_https, whole_work},
    page_code::Code,
    query, routes,
};
use crate::{
    api::{boot::Boot, preferences::BootPreferences},
    domain::{
        accounts::{Scope, links::LINK_PAGES},
        local_path::LocalPath,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError, shares::Turns},
        http::{access::Access, state::AppState},
        postgres::in_parts,
    },
};
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{Extensions, HeaderValue, StatusCode, Uri, header, request::Parts};
use leptos::{
    nonce::Nonce,
    prelude::{provide_context, use_context},
};
use std::{collections::BTreeMap, sync::Arc};

/// Pages for people who are not signed in. Everybody else is sent home from them, and everything
/// else needs a person. Where nobody has an account yet, the first one is made at once.
const FOR_STRANGERS: [&str; 3] = ["/sign-in", "/sign-in/code", "/sign-up"];

/// The first parts of the addresses of pages for administrators, and what a token needs to see
/// them. Everybody else is shown a refusal, and its status says so.
const FOR_ADMINISTRATORS: [(&str, Access); 2] = [
    ("admin", Access::Administrator(Scope::AdminRead)),
    ("database", Access::Administrator(Scope::DatabaseRead)),
];

/// The first part of a page's answer: who is asking goes into [`Boot`], strangers go to the sign-in
/// page.
pub async fn prepare(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let cookies = &state.cookies;
    let kept = Boot {
        flash: cookies.read_flash(request.headers()),
        device: cookies.read_device(request.headers()),
        device_cookie: cookies.device_name().unwrap_or_default().to_owned(),
        steps_closed: cookies.are_steps_closed(request.headers()),
        steps_cookie: cookies.steps_name().unwrap_or_default().to_owned(),
        // Whoever forgot their password has to know, also while the database does not answer.
        sends_mail: state.config.mail.is_some(),
        passkeys: state.accounts.has_passkeys(),
        ..Boot::default()
    };
    let boot = boot(&state, request.extensions(), kept).await;
    // A page that does not exist says so to everybody.
    let exists = request.extensions().get::<MatchedPath>().is_some();
    let elsewhere = exists.then(|| elsewhere(&boot, request.uri())).flatten();
    if let Some(place) = elsewhere {
        // Who asks decides, so nobody may keep the answer.
        return ([(header::CACHE_CONTROL, "no-store")], Redirect::to(&place)).into_response();
    }
    let nonce = Nonce::new();
    let had_flash = cookies.has_flash(request.headers());
    let secure = is_https(request.extensions());
    let allowed =
        access(request.uri()).is_none_or(|access| routes::admit(access, &request).is_ok());
    let refused = exists && !boot.unavailable && !allowed;
    request.extensions_mut().insert(boot);
    request.extensions_mut().insert(nonce.clone());
    // What a page consists of is loaded side by side.
    let mut response = in_parts(whole_work(next.run(request))).await;
    if refused && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    let watching = std::env::var_os("LEPTOS_WATCH").is_some();
    headers::set_page_policy(response.headers_mut(), &nonce, watching);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let (true, Some(value)) = (had_flash, cookies.no_flash(secure)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Who may see the page at an address, where that is not everybody who is signed in.
fn access(uri: &Uri) -> Option<Access> {
    let first = uri.path().split('/').nth(1)?;
    FOR_ADMINISTRATORS.iter().find(|(own, _)| *own == first).map(|(_, access)| *access)
}

/// What leptos components and server functions find in their context: [`AppState`],
/// [`RequestContext`], and on pages [`Boot`] and the nonce that the header names. Add further
/// things here.
pub fn provide(state: AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(state.clone());
        let Some(parts) = use_context::<Parts>() else { return };
        if let Some(context) = parts.extensions.get::<RequestContext>() {
            provide_context(context.clone());
        }
        if let Some(boot) = parts.extensions.get::<Boot>() {
            provide_context(boot.clone());
        }
        if let Some(turns) = parts.extensions.get::<Turns>() {
            provide_context(turns.clone());
        }
        // In place of the one that leptos made by itself, so that the page and its header carry the
        // same.
        if let Some(nonce) = parts.extensions.get::<Nonce>() {
            provide_context(nonce.clone());
        }
    }
}

/// As [`provide`], for a whole page: also which files make it react.
pub fn provide_page(state: AppState, code: Arc<Code>) -> impl Fn() + Clone + Send + Sync + 'static {
    let provide = provide(state);
    move || {
        provide();
        if let Some(parts) = use_context::<Parts>() {
            provide_context(code.of(parts.uri.path()));
        }
    }
}

/// What the page knows: who asks, beside what is `kept` whoever that is.
async fn boot(state: &AppState, extensions: &Extensions, kept: Boot) -> Boot {
    let known = match (extensions.get::<Unavailable>(), extensions.get::<RequestContext>()) {
        (Some(Unavailable(error)), _) => Err(error.clone()),
        (None, Some(context)) => known(state, context).await.map_err(|error| context.fail(error)),
        (None, None) => {
            Err(ServiceError::Internal("a page outside of the middleware".into()).into_api(""))
        }
    };
    let boot = known.unwrap_or_else(|error| Boot {
        unavailable: true,
        preferences: BootPreferences::Unavailable(error),
        ..Boot::default()
    });
    let Boot {
        flash, device, device_cookie, steps_closed, steps_cookie, sends_mail, passkeys, ..
    } = kept;
    Boot { flash, device, device_cookie, steps_closed, steps_cookie, sends_mail, passkeys, ..boot }
}

async fn known(state: &AppState, context: &RequestContext) -> Result<Boot, ServiceError> {
    if let Some(actor) = &context.actor {
        // Who was deleted in this moment is a stranger.
        let Some(user) = state.accounts.user(actor.user_id).await? else {
            return Ok(Boot::default());
        };
        // A token without the scope for preferences may still look at pages: they are then drawn
        // with the defaults.
        let preferences = match state.preferences.read(context).await {
            Ok(entry) => BootPreferences::Loaded(entry.snapshot.clone()),
            Err(error) => BootPreferences::Unavailable(context.fail(error)),
        };
        // Nor does a page wait for a count that cannot be had.
        let unread = state.notifications.unread(context).await.unwrap_or_default();
        return Ok(Boot { user: Some(user), preferences, unread, ..Boot::default() });
    }
    Ok(Boot {
        sign_up_open: state.accounts.sign_up_open().await?,
        first_account: !state.accounts.has_accounts().await?,
        ..Boot::default()
    })
}

/// Where this person should be instead.
fn elsewhere(boot: &Boot, uri: &Uri) -> Option<String> {
    // A link that was mailed leads there, whoever is signed in where it is opened.
    if boot.unavailable || LINK_PAGES.contains(&uri.path()) {
        return None;
    }
    let for_strangers = FOR_STRANGERS.contains(&uri.path());
    match (&boot.user, for_strangers) {
        (Some(_), true) => {
            Some(wanted(uri).map_or_else(|| "/".into(), |path| path.as_str().to_owned()))
        }
        (None, false) if boot.first_account => Some(and_then("/sign-up", uri)),
        (None, false) => Some(and_then("/sign-in", uri)),
        _ => None,
    }
}

/// The place named by `next` in the query.
fn wanted(uri: &Uri) -> Option<LocalPath> {
    let query: BTreeMap<String, String> = query::read(uri.query()?).ok()?;
    LocalPath::parse(query.get("next")?)
}

/// The address of a form that leads here afterwards.
fn and_then(form: &str, uri: &Uri) -> String {
    let here = uri.path_and_query().and_then(|place| LocalPath::parse(place.as_str()));
    match here.filter(|place| place.as_str() != "/") {
        Some(place) => format!("{form}?next={}", place.encoded()),
        None => form.to_owned(),
    }
}

/// The same query at another path of this site; `None` for a path that browsers read as another
/// site.
pub fn at_path(path: &str, uri: &Uri) -> Option<String> {
    let rest = path.strip_prefix('/').filter(|rest| !rest.starts_with(['/', '\\']))?;
    Some(uri.query().map_or_else(|| format!("/{rest}"), |query| format!("/{rest}?{query}")))
}

/// Draws the application for an address that has no page; the application says that there is
/// nothing.
pub async fn not_found(mut response: Response) -> Response {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn strangers_sign_in_and_come_back() {
        let stranger = Boot::default();
        assert_eq!(
            elsewhere(&stranger, &uri("/settings/display?a=b")).as_deref(),
            Some("/sign-in?next=/settings/display%3Fa%3Db")
        );
        assert_eq!(elsewhere(&stranger, &uri("/")).as_deref(), Some("/sign-in"));
        assert_eq!(elsewhere(&stranger, &uri("//evil.com/x")).as_deref(), Some("/sign-in"));
        assert_eq!(elsewhere(&stranger, &uri("/sign-in?next=/a")), None);
        let nobody = Boot { first_account: true, ..Boot::default() };
        assert_eq!(elsewhere(&nobody, &uri("/")).as_deref(), Some("/sign-up"));
        let next = Some("/sign-up?next=/history");
        assert_eq!(elsewhere(&nobody, &uri("/history")).as_deref(), next);
        assert_eq!(elsewhere(&nobody, &uri("/sign-in")), None);
        for page in LINK_PAGES {
            assert_eq!(elsewhere(&stranger, &uri(&format!("{page}?token=acc_1"))), None);
            assert_eq!(elsewhere(&nobody, &uri(page)), None);
        }
        let away = Boot { unavailable: true, ..Boot::default() };
        assert_eq!(
            elsewhere(&away, &uri("/settings/display")),
            None,
            "not knowing is not being a stranger"
        );
    }

    #[test]
    fn another_path_keeps_the_query_and_the_site() {
        let asked = uri("/history/?page=2&a=%2F");
        assert_eq!(at_path("/history", &asked).as_deref(), Some("/history?page=2&a=%2F"));
        assert_eq!(at_path("/ai/model", &uri("/ai")).as_deref(), Some("/ai/model"));
        for path in ["//evil.com", "/\\evil.com", "evil.com", ""] {
            assert_eq!(at_path(path, &asked), None, "{path}");
        }
    }

    #[test]
    fn next_never_leads_to_another_site() {
        assert_eq!(
            wanted(&uri("/sign-in?next=%2Fhistory%3Fpage%3D2")).unwrap().as_str(),
            "/history?page=2"
        );
        for bad in ["//evil.com", "https://evil.com", "%2F%2Fevil.com", "/%5Cevil.com", "/sign-in"]
        {
            assert_eq!(wanted(&uri(&format!("/sign-in?next={bad}"))), None, "{bad}");
        }
    }
}
