//! Who is signed in, as a page learns it when it loads, and the forms that sign in and out.
//!
//! The forms work without JavaScript: a plain post is answered by a redirect, after a failure back
//! to the form with the sentence in [`Boot::flash`]. The router does that for every server function
//! under `/api/fn/`.

use crate::{
    api::{error::ApiError, preferences::BootPreferences},
    domain::{
        account::{PublicUser, SecretText},
        preferences::Overrides,
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What every page knows before it is drawn, the same on the server and in the browser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    /// `None`: nobody is signed in, or [`Boot::unavailable`].
    pub user: Option<PublicUser>,
    /// Whether a stranger may make an account.
    pub sign_up_open: bool,
    /// Nobody has an account yet: the next one becomes the administrator.
    pub first_account: bool,
    /// The database does not answer, so it is not known who is asking. Nothing may be saved.
    pub unavailable: bool,
    pub preferences: BootPreferences,
    /// How many notifications the person has not read.
    #[serde(default)]
    pub unread: i64,
    /// What this browser keeps for itself, whoever is signed in.
    pub device: Overrides,
    /// The name of the cookie that holds it.
    #[serde(default)]
    pub device_cookie: String,
    /// What became of a form that was posted without JavaScript.
    pub flash: Option<Flash>,
}

/// A refused form, shown once on the page that it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flash {
    pub error: ApiError,
    /// What was typed, by the names of the inputs; never a password.
    pub values: BTreeMap<String, String>,
}

/// Signs in and goes to `next`, or home.
#[server(prefix = "/api/fn", endpoint = "sign-in")]
pub async fn sign_in(
    email: String,
    password: SecretText,
    next: Option<String>,
) -> Result<(), ApiError> {
    use crate::server::http::session_forms;
    session_forms::sign_in(&email, &password, next.as_deref()).await
}

/// Makes an account, signs it in and goes to `next`, or home.
#[server(prefix = "/api/fn", endpoint = "sign-up")]
pub async fn sign_up(
    email: String,
    display_name: String,
    password: SecretText,
    time_zone: Option<String>,
    next: Option<String>,
) -> Result<(), ApiError> {
    use crate::server::http::session_forms;
    session_forms::sign_up(&email, &display_name, &password, time_zone.as_deref(), next.as_deref())
        .await
}

/// Ends the session and goes to the sign-in page.
#[server(prefix = "/api/fn", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    use crate::server::http::session_forms;
    session_forms::sign_out().await
}
