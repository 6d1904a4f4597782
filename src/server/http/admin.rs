//! `/api/admin/…`: the installation, for its administrators.

use super::{
    Context,
    answer::Success,
    routes::{Routes, get, post},
    typed::Typed,
};
use crate::{
    domain::{
        account::Scope,
        mail::{MailRetried, MailRetry, MailStatus, MailTest},
    },
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::extract::State;

pub fn routes() -> Routes {
    Routes::new()
        .route("/api/admin/mail", get(Access::Administrator(Scope::AdminRead), mail))
        .route("/api/admin/mail/test", post(Access::Administrator(Scope::AdminWrite), test_mail))
        .route("/api/admin/mail/retry", post(Access::Administrator(Scope::AdminWrite), retry_mail))
}

/// Whether mail is set up, how much of it is where, and what did not get through.
#[utoipa::path(get, path = "/api/admin/mail", tag = "Administration",
    responses((status = 200, body = MailStatus)))]
async fn mail(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Success<MailStatus>, ServiceError> {
    state.mail.status(&request).await.map(Success)
}

/// Sends a mail to the administrator who asks, and waits for what the mail server says.
#[utoipa::path(post, path = "/api/admin/mail/test", tag = "Administration",
    responses(
        (status = 200, description =
            "Also when it was not taken: `sent` and `problem` say so", body = MailTest),
        (status = 409, description = "There is no mail server")))]
async fn test_mail(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Success<MailTest>, ServiceError> {
    state.mail.test(&request).await.map(Success)
}

/// Tries mail again that failed or was parked, some by `ids`, or `all`.
#[utoipa::path(post, path = "/api/admin/mail/retry", tag = "Administration",
    request_body = MailRetry, responses((status = 200, body = MailRetried)))]
async fn retry_mail(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(retry): Typed<MailRetry>,
) -> Result<Success<MailRetried>, ServiceError> {
    state.mail.retry(&request, &retry).await.map(Success)
}
