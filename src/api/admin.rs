//! The installation as the page of its administrators loads it. What they do goes through the HTTP
//! routes.

use super::error::ApiError;
use crate::domain::mail::MailStatus;
use leptos::{prelude::*, server_fn::codec::Json};

/// How mail is doing.
#[server(endpoint = "fn/mail-status", input = Json, output = Json)]
pub async fn read_mail_status() -> Result<MailStatus, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.mail.status(&request).await.map_err(|error| request.fail(error))
}
