//! Who asks, from where, and under which id: made once per request by the router, carried to every
//! service.

use crate::{
    api::error::ApiError,
    domain::{accounts::Scope, error_code::ErrorCode, words::words},
    server::foundation::error::ServiceError,
};
use serde::Serialize;
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// What an account may do in the whole installation.
pub use crate::domain::accounts::Role;

words! {
    /// Where a change came from: the word stored in `configuration_audit_log.source`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub enum Source {
        Page => "page";
        ApiToken => "api_token";
        Command => "command";
        /// An earlier value brought back from history, on the page or by a token.
        Rollback => "rollback";
        System => "system";
    }
}

/// A person who has proven who they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    pub user_id: Uuid,
    pub role: Role,
    /// What the token may do; `None` for a session, which may do what its person may.
    pub scopes: Option<Vec<Scope>>,
}

/// One request, from the router to the log line.
#[derive(Clone, Debug)]
pub struct RequestContext {
    pub request_id: String,
    pub actor: Option<Actor>,
    pub source: Source,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// The name of the API token that asks.
    pub client: Option<Arc<str>>,
    /// The session's row, so that "sign out everywhere else" can keep this one.
    pub session_id: Option<Uuid>,
}

impl RequestContext {
    /// For work that no person asked for over HTTP: jobs and commands.
    pub fn without_person(source: Source) -> Self {
        let request_id = Uuid::new_v4().simple().to_string();
        Self {
            request_id,
            actor: None,
            source,
            ip: None,
            user_agent: None,
            client: None,
            session_id: None,
        }
    }

    /// A failure as the client may see it; logs the cause of what is our fault.
    pub fn fail(&self, error: ServiceError) -> ApiError {
        error.into_api(&self.request_id)
    }

    /// The person who asks. A token's person only if the token has the scope.
    ///
    /// # Errors
    /// 401 when nobody is signed in, 403 when the token may not do this.
    pub fn allow(&self, scope: Scope) -> Result<&Actor, ServiceError> {
        let actor = self.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
        match &actor.scopes {
            Some(held) if !held.iter().any(|held| held.includes(scope)) => {
                Err(ServiceError::refused(
                    ErrorCode::ScopeMissing,
                    format!("This API token lacks the scope {scope}. Make a token that has it."),
                ))
            }
            _ => Ok(actor),
        }
    }

    /// The administrator of the installation who asks. A token's only if it has the scope as well.
    ///
    /// # Errors
    /// 401 when nobody is signed in, 403 for everybody else.
    pub fn administer(&self, scope: Scope) -> Result<&Actor, ServiceError> {
        let actor = self.allow(scope)?;
        match actor.role {
            Role::Admin => Ok(actor),
            Role::Member => {
                Err(ServiceError::Forbidden("Only administrators of the installation may do this."))
            }
        }
    }

    /// The person who asks, signed in with their password: for the account itself, which no token
    /// may touch. Otherwise whoever finds a token could make more of them, or lock its owner out.
    ///
    /// # Errors
    /// 401 when nobody is signed in, 403 for an API token.
    pub fn in_person(&self) -> Result<&Actor, ServiceError> {
        let actor = self.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
        match actor.scopes {
            None => Ok(actor),
            Some(_) => Err(ServiceError::refused(
                ErrorCode::SessionNeeded,
                "This cannot be done with an API token. Sign in on the page to do it.",
            )),
        }
    }
}

/// What history should know of a change besides who made it.
#[derive(Clone, Debug, Default)]
pub struct ChangeContext {
    pub action: Option<&'static str>,
    pub reason: Option<String>,
    /// Makes a repeated save harmless: the same id is stored once per target.
    pub mutation_id: Option<Uuid>,
}
