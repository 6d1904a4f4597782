//! `/api/auth/…`: signing up, in and out, and one's own account.

pub mod forms;
mod links;
pub mod passkeys;
pub mod second_factor;
pub mod tokens;

use super::{
    dispatch::write,
    respond::{Head, Respond},
    routes::Routes,
};
use crate::{
    api::{
        accounts::{
            ChangePassword, ChangeProfile, DeleteAccount, EndOtherSessions, EndSession,
            EndedAnswer, ListSessions, ReadAccount, SessionsAnswer, SignIn, SignOut, SignUp,
            SignUpRequest, UserAnswer,
        },
        operation::{Done, Operation},
    },
    domain::{
        accounts::{EmailAddress, NewAccount, TimeZoneName},
        error_code::ErrorCode,
        field_error::FieldErrors,
        names::DisplayName,
    },
    server::{
        accounts::{ProfileChange, SignInStep, SignedIn},
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            state::AppState,
        },
    },
};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

pub fn routes() -> Routes {
    Routes::new()
        .raw::<SignUp>()
        .raw::<SignIn>()
        .raw::<SignOut>()
        .on::<ReadAccount>()
        .on::<ListSessions>()
        .on::<EndSession>()
        .on::<EndOtherSessions>()
        .on::<ChangePassword>()
        .on::<ChangeProfile>()
        .raw::<DeleteAccount>()
        .merge(links::routes())
}

impl Respond for SignUp {
    const ACCESS: Access = Access::Anyone;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let account = new_account(&call.body)?;
        call.state.cookies.learn().await?;
        let invitation = call.body.invitation.as_deref();
        let signed_in = call.state.accounts.sign_up(&call.request, account, invitation).await?;
        Ok(welcome::<Self>(&call.state, signed_in, &head))
    }
}

impl Respond for SignIn {
    const ACCESS: Access = Access::Anyone;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let email = EmailAddress::parse(&call.body.email)
            .map_err(|message| ServiceError::field("email", message))?;
        call.state.cookies.learn().await?;
        let accounts = &call.state.accounts;
        let (password, new) = (&call.body.password, call.body.new_password.as_ref());
        match accounts.sign_in(&call.request, &email, password, new).await? {
            SignInStep::Done(signed_in) => Ok(welcome::<Self>(&call.state, signed_in, &head)),
            SignInStep::Code(secret) => {
                let mut response = code_needed().into_response();
                let cookies = &call.state.cookies;
                add_cookie(&mut response, cookies.pending(&secret, head.is_https));
                Ok(response)
            }
        }
    }
}

impl Respond for SignOut {
    const ACCESS: Access = Access::Anyone;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        call.state.accounts.sign_out(&call.request).await?;
        Ok(with_cookie::<Self>(Done {}, call.state.cookies.no_session(head.is_https)))
    }
}

impl Respond for DeleteAccount {
    const ACCESS: Access = Access::InPerson;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        call.state.accounts.delete_account(&call.request, &call.body.password).await?;
        Ok(with_cookie::<Self>(Done {}, call.state.cookies.no_session(head.is_https)))
    }
}

fn welcome<O: Operation<Answer = UserAnswer>>(
    state: &AppState,
    signed_in: SignedIn,
    head: &Head,
) -> Response {
    let (secret, seconds) = (signed_in.secret.expose(), state.accounts.session_seconds());
    let cookie = state.cookies.session(secret, seconds, head.is_https);
    with_cookie::<O>(UserAnswer { user: signed_in.user }, cookie)
}

fn with_cookie<O: Operation>(answer: O::Answer, cookie: Option<HeaderValue>) -> Response {
    let mut response = write::<O>(answer);
    add_cookie(&mut response, cookie);
    response
}

fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(value) = cookie {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The password was right, and that is not enough.
fn code_needed() -> ServiceError {
    ServiceError::refused(
        ErrorCode::SecondFactorNeeded,
        "Enter the code of your authenticator app, or a recovery code.",
    )
}

fn new_account(body: &SignUpRequest) -> Result<NewAccount, ServiceError> {
    let mut errors = FieldErrors::default();
    // An empty one is none.
    let zone = body.time_zone.as_deref().filter(|zone| !zone.is_empty());
    let zone = zone.and_then(|zone| errors.keep("timeZone", TimeZoneName::parse(zone)));
    let account = NewAccount::parse(&body.email, body.password.expose(), &body.display_name, zone);
    let account = account.map_err(|wrong| errors.extend(wrong)).ok();
    errors.finish(account).map_err(ServiceError::Validation)
}

impl Handle for ReadAccount {
    const ACCESS: Access = Access::SignedIn;

    async fn handle(call: Call<Self>) -> Result<UserAnswer, ServiceError> {
        Ok(UserAnswer { user: call.state.accounts.me(&call.request).await? })
    }
}

impl Handle for ListSessions {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<SessionsAnswer, ServiceError> {
        Ok(SessionsAnswer { sessions: call.state.accounts.sessions(&call.request).await? })
    }
}

impl Handle for EndSession {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.accounts.end_session(&call.request, call.at).await?;
        Ok(Done {})
    }
}

impl Handle for EndOtherSessions {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<EndedAnswer, ServiceError> {
        Ok(EndedAnswer { ended: call.state.accounts.end_other_sessions(&call.request).await? })
    }
}

impl Handle for ChangePassword {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (current, new) = (&call.body.current_password, &call.body.new_password);
        call.state.accounts.change_password(&call.request, current, new).await?;
        Ok(Done {})
    }
}

impl Handle for ChangeProfile {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<UserAnswer, ServiceError> {
        let (name, zone) = (call.body.display_name.as_deref(), call.body.time_zone.as_deref());
        let mut errors = FieldErrors::default();
        let display_name =
            name.and_then(|name| errors.keep("displayName", DisplayName::parse(name)));
        let time_zone = zone.and_then(|zone| errors.keep("timeZone", TimeZoneName::parse(zone)));
        let change = errors
            .finish(Some(ProfileChange { display_name, time_zone }))
            .map_err(ServiceError::Validation)?;
        let user = call.state.accounts.change_profile(&call.request, change).await?;
        Ok(UserAnswer { user })
    }
}
