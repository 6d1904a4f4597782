//! Who asks, from where, and under which id: made once per request by the router, carried to every service.

use std::net::IpAddr;
use uuid::Uuid;

/// What an account may do in the whole installation.
pub use crate::domain::account::Role;

/// Where a change came from; stored with it in history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Page,
    ApiToken,
    Command,
    System,
}

impl Source {
    /// The word stored in `configuration_audit_log.source`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::ApiToken => "api_token",
            Self::Command => "command",
            Self::System => "system",
        }
    }
}

/// A person who has proven who they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    pub user_id: Uuid,
    pub role: Role,
    /// What the token may do; `None` for a session, which may do what its person may.
    pub scopes: Option<Vec<crate::domain::account::Scope>>,
}

/// One request, from the router to the log line.
#[derive(Clone, Debug)]
pub struct RequestContext {
    pub request_id: String,
    pub actor: Option<Actor>,
    pub source: Source,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// The session's row, so that "sign out everywhere else" can keep this one.
    pub session_id: Option<Uuid>,
}

impl RequestContext {
    /// The person who asks, or the refusal for nobody.
    pub fn user_id(&self) -> Result<Uuid, crate::server::error::ServiceError> {
        self.actor.as_ref().map(|actor| actor.user_id).ok_or(crate::server::error::ServiceError::Unauthenticated)
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
