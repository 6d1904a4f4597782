//! Commands that do something as a person of this installation.

use super::Failure;
use crate::{
    domain::accounts::EmailAddress,
    server::{
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
        postgres::Database,
    },
};

/// What is done by command for the person with this address: they may do what every member may.
pub(super) async fn request_of(
    database: &Database,
    email: &EmailAddress,
) -> Result<RequestContext, Failure> {
    let id = sqlx::query_scalar!("SELECT id FROM auth.users WHERE email = $1", email.as_str())
        .fetch_optional(database.pool())
        .await
        .map_err(ServiceError::from)?
        .ok_or_else(|| Failure(format!("There is no account with the address {email}.")))?;
    let actor = Some(Actor { user_id: id, role: Role::Member, scopes: None });
    Ok(RequestContext { actor, ..RequestContext::without_person(Source::Command) })
}
