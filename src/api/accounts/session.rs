//! The forms that sign in and out.
//!
//! They work without JavaScript: a plain post is answered by a redirect, after a failure back to
//! the form with the sentence in [`Boot::flash`](crate::api::boot::Boot::flash). The router does
//! that for every server function under `/api/fn/`.

use crate::{api::error::ApiError, domain::accounts::SecretText};
use leptos::prelude::*;

/// Signs in and goes to `next`, or home; to the second step where there is one. With a one-time
/// password it takes a new one as well.
#[server(prefix = "/api/fn", endpoint = "sign-in")]
pub async fn sign_in(
    email: String,
    password: SecretText,
    new_password: Option<SecretText>,
    next: Option<String>,
) -> Result<(), ApiError> {
    use crate::server::http::accounts::forms;
    forms::sign_in(&email, &password, new_password.as_ref(), next.as_deref()).await
}

/// The second step of signing in, by a code of the app or a recovery code; goes to `next`, or home.
#[server(prefix = "/api/fn", endpoint = "sign-in-code")]
pub async fn finish_sign_in(code: SecretText, next: Option<String>) -> Result<(), ApiError> {
    use crate::server::http::accounts::forms;
    forms::finish_sign_in(&code, next.as_deref()).await
}

/// Makes an account, signs it in and goes to `next`, or home. Where `next` is the link of an
/// invitation, its token opens a sign-up that is closed otherwise.
#[server(prefix = "/api/fn", endpoint = "sign-up")]
pub async fn sign_up(
    email: String,
    display_name: String,
    password: SecretText,
    time_zone: Option<String>,
    next: Option<String>,
) -> Result<(), ApiError> {
    use crate::server::http::accounts::forms;
    forms::sign_up(&email, &display_name, &password, time_zone.as_deref(), next.as_deref()).await
}

/// Ends the session and goes to the sign-in page.
#[server(prefix = "/api/fn", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    use crate::server::http::accounts::forms;
    forms::sign_out().await
}
