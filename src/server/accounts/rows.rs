//! The rows behind an account, as several of the services need them.

use super::FIRST_ACCOUNT_LOCK;
use crate::{
    domain::{
        accounts::{NewAccount, PublicUser, Role, TimeZoneName, current_time_zone},
        error_code::ErrorCode,
        names::OrganizationName,
        organizations::Membership,
    },
    server::{
        foundation::error::ServiceError,
        postgres::{Transaction, time_zones},
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// The organization is not there, or not the person's.
pub(in crate::server) const NO_ORGANIZATION: ServiceError =
    ServiceError::NotFound("This organization");

/// Whether there is no account yet. If so, whoever asks next in another transaction waits until
/// this one is over, so that of two first sign-ups in the same moment one is the first.
pub(in crate::server) async fn lock_if_first(
    transaction: &mut Transaction,
) -> Result<bool, ServiceError> {
    let empty = sqlx::query_scalar!(r#"SELECT NOT EXISTS (SELECT FROM auth.users) AS "empty!""#);
    if !empty.fetch_one(&mut **transaction).await? {
        return Ok(false);
    }
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", FIRST_ACCOUNT_LOCK)
        .execute(&mut **transaction)
        .await?;
    let still_empty =
        sqlx::query_scalar!(r#"SELECT NOT EXISTS (SELECT FROM auth.users) AS "empty!""#);
    Ok(still_empty.fetch_one(&mut **transaction).await?)
}

pub(in crate::server) async fn insert_account(
    transaction: &mut Transaction,
    account: &NewAccount,
    password_hash: &str,
    role: Role,
) -> Result<Uuid, ServiceError> {
    let zone = match time_zones::known_name(transaction, &account.time_zone).await? {
        Some(name) => name,
        None if account.zone_is_reported => "UTC".into(),
        None => return Err(unknown_time_zone()),
    };
    let inserted = sqlx::query_scalar!(
        "INSERT INTO auth.users (email, password_hash, display_name, role, time_zone) VALUES ($1, \
            $2, $3, $4, $5) RETURNING id",
        account.email.as_str(),
        password_hash,
        account.display_name.as_str(),
        role.as_str(),
        zone
    )
    .fetch_one(&mut **transaction)
    .await;
    inserted.map_err(|error| {
        on_constraint(error, "users_email_key", || {
            ServiceError::field(
                "email",
                "An account with this e-mail address exists already. Sign in instead.",
            )
        })
    })
}

pub(in crate::server) fn unknown_time_zone() -> ServiceError {
    ServiceError::field("timeZone", TimeZoneName::UNKNOWN)
}

pub(in crate::server) async fn found_organization(
    transaction: &mut Transaction,
    owner: Uuid,
    name: &OrganizationName,
) -> Result<Uuid, ServiceError> {
    let organization_id = sqlx::query_scalar!(
        "INSERT INTO public.organizations (name, time_zone) SELECT $1, time_zone FROM auth.users \
            WHERE id = $2 RETURNING id",
        name.as_str(),
        owner
    )
    .fetch_one(&mut **transaction)
    .await?;
    let inserted = sqlx::query!(
        "INSERT INTO public.organization_members (organization_id, user_id, role) VALUES ($1, $2, \
            'owner')",
        organization_id,
        owner
    )
    .execute(&mut **transaction)
    .await;
    inserted.map_err(|error| {
        on_constraint(error, "organization_members_user_id_key", || {
            ServiceError::refused(
                ErrorCode::AlreadyMember,
                "You belong to an organization already. Leave it before you make another.",
            )
        })
    })?;
    Ok(organization_id)
}

pub(in crate::server) async fn load_user(
    connection: &mut PgConnection,
    user_id: Uuid,
) -> Result<Option<PublicUser>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT person.id, person.email, person.display_name, person.role, person.time_zone,
                  organization.id AS "organization_id?", organization.name AS "organization_name?",
                  member.role AS "member_role?"
           FROM auth.users AS person
           LEFT JOIN public.organization_members AS member ON member.user_id = person.id
           LEFT JOIN public.organizations AS organization
             ON organization.id = member.organization_id
           WHERE person.id = $1"#,
        user_id
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let organization = match (row.organization_id, row.organization_name, row.member_role) {
        (Some(id), Some(name), Some(role)) => Some(Membership { id, name, role: stored(&role)? }),
        _ => None,
    };
    Ok(Some(PublicUser {
        id: row.id,
        email: row.email,
        display_name: row.display_name,
        role: stored(&row.role)?,
        organization,
        time_zone: current_time_zone(&row.time_zone).to_owned(),
    }))
}

/// A word that a check constraint keeps to what the type knows.
pub(in crate::server) fn stored<T: std::str::FromStr<Err = String>>(
    word: &str,
) -> Result<T, ServiceError> {
    word.parse().map_err(|error| ServiceError::Internal(format!("a stored word: {error}")))
}

/// A violated constraint that has a meaning for the person; everything else stays what it is.
pub(in crate::server) fn on_constraint(
    error: sqlx::Error,
    name: &str,
    meaning: impl FnOnce() -> ServiceError,
) -> ServiceError {
    match &error {
        sqlx::Error::Database(cause) if cause.constraint() == Some(name) => meaning(),
        _ => error.into(),
    }
}
