//! `/api/auth/…`: signing up, in and out, and one's own account.

pub mod forms;
pub mod tokens;

use super::{
    dispatch::{read, write},
    observe::is_https,
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
        accounts::{DisplayName, EmailAddress, NewAccount, TimeZoneName},
        field_error::FieldErrors,
    },
    server::{
        access::Access,
        accounts::{ProfileChange, SignedIn},
        error::ServiceError,
        operation::{Call, Handle},
        state::AppState,
    },
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

pub fn routes() -> Routes {
    Routes::new()
        .raw::<SignUp, _, _>(Access::Anyone, |State(state), request| {
            with_cookie(state, request, sign_up)
        })
        .raw::<SignIn, _, _>(Access::Anyone, |State(state), request| {
            with_cookie(state, request, sign_in)
        })
        .raw::<SignOut, _, _>(Access::Anyone, |State(state), request| {
            with_cookie(state, request, sign_out)
        })
        .on::<ReadAccount>()
        .on::<ListSessions>()
        .on::<EndSession>()
        .on::<EndOtherSessions>()
        .on::<ChangePassword>()
        .on::<ChangeProfile>()
        .raw::<DeleteAccount, _, _>(Access::InPerson, |State(state), request| {
            with_cookie(state, request, delete_account)
        })
}

/// An answer, and the cookie that is set with it.
type WithCookie<T> = Result<(T, Option<HeaderValue>), ServiceError>;

/// The route of an operation that sets a cookie. `carry_out` is told whether the browser reached us
/// by TLS.
async fn with_cookie<O, F>(
    state: AppState,
    request: Request,
    carry_out: fn(Call<O>, bool) -> F,
) -> Response
where
    O: Operation,
    F: Future<Output = WithCookie<O::Answer>>,
{
    let https = is_https(request.extensions());
    let call = match read::<O>(state, request).await {
        Ok(call) => call,
        Err(error) => return error.into_response(),
    };
    match carry_out(call, https).await {
        Ok((answer, cookie)) => {
            let mut response = write::<O>(answer);
            if let Some(value) = cookie {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

async fn sign_up(call: Call<SignUp>, https: bool) -> WithCookie<UserAnswer> {
    let account = new_account(&call.body)?;
    call.state.cookies.learn().await?;
    let signed_in = call.state.accounts.sign_up(&call.request, account).await?;
    Ok(welcome(&call.state, signed_in, https))
}

async fn sign_in(call: Call<SignIn>, https: bool) -> WithCookie<UserAnswer> {
    let email = EmailAddress::parse(&call.body.email)
        .map_err(|message| ServiceError::field("email", message))?;
    call.state.cookies.learn().await?;
    let accounts = &call.state.accounts;
    let signed_in = accounts.sign_in(&call.request, &email, &call.body.password).await?;
    Ok(welcome(&call.state, signed_in, https))
}

async fn sign_out(call: Call<SignOut>, https: bool) -> WithCookie<Done> {
    call.state.accounts.sign_out(&call.request).await?;
    Ok((Done {}, call.state.cookies.no_session(https)))
}

async fn delete_account(call: Call<DeleteAccount>, https: bool) -> WithCookie<Done> {
    call.state.accounts.delete_account(&call.request, &call.body.password).await?;
    Ok((Done {}, call.state.cookies.no_session(https)))
}

fn welcome(
    state: &AppState,
    signed_in: SignedIn,
    https: bool,
) -> (UserAnswer, Option<HeaderValue>) {
    let (secret, seconds) = (signed_in.secret.expose(), state.accounts.session_seconds());
    let cookie = state.cookies.session(secret, seconds, https);
    (UserAnswer { user: signed_in.user }, cookie)
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
