//! What the forms of `api::accounts::session` do: call the account service, set the cookie, say
//! where to go. And how any form leads on to a page that says what it has done.

use super::second_factor;
use crate::{
    api::{boot::Flash, error::ApiError},
    domain::{
        accounts::{EmailAddress, NewAccount, SecretText, TimeZoneName},
        local_path::LocalPath,
    },
    server::{
        accounts::{SignInStep, SignedIn},
        foundation::error::ServiceError,
        http::{observe::is_https, page_request::page_request, state::AppState},
    },
};
use http::{HeaderValue, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

pub async fn sign_in(
    email: &str,
    password: &SecretText,
    new: Option<&SecretText>,
    next: Option<&str>,
) -> Result<(), ApiError> {
    let (state, request, _turn) = page_request().await?;
    state.cookies.learn().await.map_err(|error| request.fail(error))?;
    let email = EmailAddress::parse(email).map_err(|message| ServiceError::field("email", message));
    let step = match email {
        Ok(email) => state.accounts.sign_in(&request, &email, password, new).await,
        Err(error) => Err(error),
    };
    match step.map_err(|error| request.fail(error))? {
        SignInStep::Done(signed_in) => welcome(&state, signed_in, next),
        SignInStep::Code(secret) => {
            set_cookie(state.cookies.pending(&secret, secure()));
            let next = next.and_then(LocalPath::parse);
            let query = next.map(|next| format!("?next={}", next.encoded())).unwrap_or_default();
            leptos_axum::redirect(&format!("/sign-in/code{query}"));
            Ok(())
        }
    }
}

pub async fn finish_sign_in(code: &SecretText, next: Option<&str>) -> Result<(), ApiError> {
    let (state, request, _turn) = page_request().await?;
    state.cookies.learn().await.map_err(|error| request.fail(error))?;
    let parts = use_context::<Parts>();
    let cookie = parts.as_ref().and_then(|parts| state.cookies.read_pending(&parts.headers));
    let signed_in = match second_factor::read(code) {
        Ok(code) => state.accounts.finish_sign_in(&request, &state.vault, cookie, &code).await,
        Err(error) => Err(error),
    };
    let signed_in = signed_in.map_err(|error| request.fail(error))?;
    set_cookie(state.cookies.no_pending(secure()));
    welcome(&state, signed_in, next)
}

pub async fn sign_up(
    email: &str,
    display_name: &str,
    password: &SecretText,
    time_zone: Option<&str>,
    next: Option<&str>,
) -> Result<(), ApiError> {
    let (state, request, _turn) = page_request().await?;
    state.cookies.learn().await.map_err(|error| request.fail(error))?;
    // The form has it from the browser, whose names are not everybody's. What it says is never
    // refused.
    let zone = time_zone.and_then(|zone| TimeZoneName::parse(zone).ok());
    let signed_in = match NewAccount::parse(email, password.expose(), display_name, zone) {
        Ok(account) => {
            let account = NewAccount { zone_is_reported: true, ..account };
            let invitation = next.and_then(LocalPath::parse);
            let invitation = invitation.as_ref().and_then(LocalPath::invitation);
            state.accounts.sign_up(&request, account, invitation).await
        }
        Err(fields) => Err(ServiceError::Validation(fields)),
    };
    welcome(&state, signed_in.map_err(|error| request.fail(error))?, next)
}

pub async fn sign_out() -> Result<(), ApiError> {
    let (state, request, _turn) = page_request().await?;
    state.accounts.sign_out(&request).await.map_err(|error| request.fail(error))?;
    set_cookie(state.cookies.no_session(secure()));
    leptos_axum::redirect("/sign-in");
    Ok(())
}

fn welcome(state: &AppState, signed_in: SignedIn, next: Option<&str>) -> Result<(), ApiError> {
    set_cookie(state.cookies.session(
        signed_in.secret.expose(),
        state.accounts.session_seconds(),
        secure(),
    ));
    let next = next.and_then(LocalPath::parse);
    leptos_axum::redirect(next.as_ref().map_or("/", LocalPath::as_str));
    Ok(())
}

/// Goes to a page of this site, which says what was done: with a script and without, and whoever
/// wants no toasts.
pub fn lead_on(place: &str, done: String) {
    if let Some(state) = use_context::<AppState>() {
        set_cookie(state.cookies.flash(&Flash::Done { done }, secure()));
    }
    leptos_axum::redirect(place);
}

fn secure() -> bool {
    use_context::<Parts>().is_some_and(|parts| is_https(&parts.extensions))
}

fn set_cookie(cookie: Option<HeaderValue>) {
    if let (Some(value), Some(response)) = (cookie, use_context::<ResponseOptions>()) {
        response.append_header(header::SET_COOKIE, value);
    }
}
