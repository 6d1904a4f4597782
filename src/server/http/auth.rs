//! `/api/auth/…`: signing up, in and out, and one's own account.

use super::{
    answer::{Answer, Created, Success},
    cookies::Cookies,
    extract::{Context, Id},
    fields::Fields,
    json::JsonBody,
    observe::is_https,
    routes::{Routes, delete, get, patch, post},
};
use crate::{
    api::account::UserAnswer,
    domain::account::{DisplayName, EmailAddress, NewAccount, SessionView, TimeZoneName},
    server::{
        access::Access,
        accounts::{Accounts, ProfileChange, SignedIn},
        error::ServiceError,
    },
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{Extensions, HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let in_person = Access::InPerson;
    Routes::new()
        .route("/api/auth/sign-up", post(Access::Anyone, sign_up))
        .route("/api/auth/sign-in", post(Access::Anyone, sign_in))
        .route("/api/auth/sign-out", post(Access::Anyone, sign_out))
        .route("/api/auth/me", get(Access::SignedIn, me))
        .route("/api/auth/sessions", get(in_person, sessions))
        .route("/api/auth/sessions/{id}", delete(in_person, end_session))
        .route("/api/auth/sessions/sign-out-everywhere", post(in_person, sign_out_everywhere))
        .route("/api/auth/password", post(in_person, change_password))
        .route("/api/auth/profile", patch(in_person, change_profile))
        .route("/api/auth/account", delete(in_person, delete_account))
}

/// Body of `POST /api/auth/sign-up`.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct SignUpRequest {
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(format = Password, example = "a quiet green meadow")]
    pub password: String,
    #[schema(example = "Anna")]
    pub display_name: String,
    /// IANA name; UTC when absent.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// Body of `POST /api/auth/sign-in`.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(format = Password, example = "a quiet green meadow")]
    pub password: String,
}

/// Body of `POST /api/auth/password`.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    #[schema(format = Password, example = "a quiet green meadow")]
    pub current_password: String,
    #[schema(format = Password, example = "seven small lighthouses")]
    pub new_password: String,
}

/// Body of `PATCH /api/auth/profile`.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct ProfileRequest {
    #[schema(example = "Anna Long")]
    pub display_name: Option<String>,
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// Body of `DELETE /api/auth/account`.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountDeletion {
    #[schema(format = Password, example = "a quiet green meadow")]
    pub password: String,
}

/// `{sessions}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsAnswer {
    pub sessions: Vec<SessionView>,
}

/// `{ended}`: how many other sessions were ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedAnswer {
    pub ended: u64,
}

/// Makes an account and signs it in. The first account becomes the administrator.
#[utoipa::path(post, path = "/api/auth/sign-up", tag = "Account", request_body = SignUpRequest,
    responses(
        (status = 201, body = UserAnswer),
        (status = 403, description = "Sign-up is closed"),
        (status = 429)))]
async fn sign_up(
    State(accounts): State<Accounts>,
    State(cookies): State<Cookies>,
    Context(request): Context,
    extensions: Extensions,
    body: JsonBody,
) -> Result<Response, ServiceError> {
    let mut fields = Fields::of(body)?;
    let (email, password) = (fields.text("email"), fields.secret("password"));
    let name = fields.text("displayName");
    let zone = fields.parse_optional("timeZone", |text| match text {
        "" => Ok(TimeZoneName::utc()),
        text => TimeZoneName::parse(text).map_err(Into::into),
    });
    let account = fields.keep(NewAccount::parse(&email, password.expose(), &name, zone));
    let account = fields.finish(account)?;
    cookies.learn().await?;
    let signed_in = accounts.sign_up(&request, account).await?;
    let cookie = session_cookie(&accounts, &cookies, &signed_in, &extensions);
    Ok(with_cookie(Created(UserAnswer { user: signed_in.user }), cookie))
}

/// Signs in. The answer and its time are the same for an unknown account and a wrong password.
#[utoipa::path(post, path = "/api/auth/sign-in", tag = "Account", request_body = SignInRequest,
    responses((status = 200, body = UserAnswer), (status = 429)))]
async fn sign_in(
    State(accounts): State<Accounts>,
    State(cookies): State<Cookies>,
    Context(request): Context,
    extensions: Extensions,
    body: JsonBody,
) -> Result<Response, ServiceError> {
    let mut fields = Fields::of(body)?;
    let email = fields.parse("email", |text| EmailAddress::parse(text).map_err(Into::into));
    let password = fields.secret("password");
    let email = fields.finish(email)?;
    cookies.learn().await?;
    let signed_in = accounts.sign_in(&request, &email, &password).await?;
    let cookie = session_cookie(&accounts, &cookies, &signed_in, &extensions);
    Ok(with_cookie(Success(UserAnswer { user: signed_in.user }), cookie))
}

/// Ends the session.
#[utoipa::path(post, path = "/api/auth/sign-out", tag = "Account", responses((status = 200)))]
async fn sign_out(
    State(accounts): State<Accounts>,
    State(cookies): State<Cookies>,
    Context(request): Context,
    extensions: Extensions,
) -> Result<Response, ServiceError> {
    accounts.sign_out(&request).await?;
    Ok(with_cookie(Success(()), cookies.no_session(is_https(&extensions))))
}

/// Who is asking.
#[utoipa::path(get, path = "/api/auth/me", tag = "Account",
    responses((status = 200, body = UserAnswer)))]
async fn me(State(accounts): State<Accounts>, Context(request): Context) -> Answer<UserAnswer> {
    Ok(Success(UserAnswer { user: accounts.me(&request).await? }))
}

/// One's own sessions, the last used first.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "Account",
    responses((status = 200, body = SessionsAnswer)))]
async fn sessions(
    State(accounts): State<Accounts>,
    Context(request): Context,
) -> Answer<SessionsAnswer> {
    Ok(Success(SessionsAnswer { sessions: accounts.sessions(&request).await? }))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "Account",
    responses((status = 200)))]
async fn end_session(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(session): Id,
) -> Answer<()> {
    accounts.end_session(&request, session).await.map(Success)
}

/// Ends all other sessions.
#[utoipa::path(post, path = "/api/auth/sessions/sign-out-everywhere", tag = "Account",
    responses((status = 200, body = EndedAnswer)))]
async fn sign_out_everywhere(
    State(accounts): State<Accounts>,
    Context(request): Context,
) -> Answer<EndedAnswer> {
    Ok(Success(EndedAnswer { ended: accounts.end_other_sessions(&request).await? }))
}

/// Changes the password and ends all other sessions.
#[utoipa::path(post, path = "/api/auth/password", tag = "Account", request_body = PasswordRequest,
    responses((status = 200), (status = 429)))]
async fn change_password(
    State(accounts): State<Accounts>,
    Context(request): Context,
    body: JsonBody,
) -> Answer<()> {
    let mut fields = Fields::of(body)?;
    let (current, new) = (fields.secret("currentPassword"), fields.secret("newPassword"));
    fields.finish(Some(()))?;
    accounts.change_password(&request, &current, &new).await.map(Success)
}

/// Changes the display name, the time zone, or both.
#[utoipa::path(patch, path = "/api/auth/profile", tag = "Account", request_body = ProfileRequest,
    responses((status = 200, body = UserAnswer)))]
async fn change_profile(
    State(accounts): State<Accounts>,
    Context(request): Context,
    body: JsonBody,
) -> Answer<UserAnswer> {
    let mut fields = Fields::of(body)?;
    let display_name = fields.parse_optional("displayName", DisplayName::parse);
    let time_zone =
        fields.parse_optional("timeZone", |text| TimeZoneName::parse(text).map_err(Into::into));
    let change = fields.finish(Some(ProfileChange { display_name, time_zone }))?;
    Ok(Success(UserAnswer { user: accounts.change_profile(&request, change).await? }))
}

/// Deletes the account. History keeps what the person changed.
#[utoipa::path(delete, path = "/api/auth/account", tag = "Account", request_body = AccountDeletion,
    responses(
        (status = 200),
        (status = 409, description =
            "The last administrator, or the only owner of an organization with members")))]
async fn delete_account(
    State(accounts): State<Accounts>,
    State(cookies): State<Cookies>,
    Context(request): Context,
    extensions: Extensions,
    body: JsonBody,
) -> Result<Response, ServiceError> {
    let mut fields = Fields::of(body)?;
    let password = fields.secret("password");
    fields.finish(Some(()))?;
    accounts.delete_account(&request, &password).await?;
    Ok(with_cookie(Success(()), cookies.no_session(is_https(&extensions))))
}

fn session_cookie(
    accounts: &Accounts,
    cookies: &Cookies,
    signed_in: &SignedIn,
    extensions: &Extensions,
) -> Option<HeaderValue> {
    cookies.session(signed_in.secret.expose(), accounts.session_seconds(), is_https(extensions))
}

fn with_cookie(answer: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut response = answer.into_response();
    if let Some(value) = cookie {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
