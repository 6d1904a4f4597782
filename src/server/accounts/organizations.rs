//! Organizations and who belongs to them. Row-level security decides who may do what; the rules here are those that
//! it cannot express (no organization without an owner) and the sentences for what it refuses.

use super::{
    Accounts,
    rows::{found_organization, on_constraint, stored},
};
use crate::{
    domain::account::{
        EmailAddress, MemberView, Membership, OrganizationName, OrganizationRole, Scope,
    },
    server::{context::RequestContext, error::ServiceError},
};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

/// Somebody to be added to an organization.
#[derive(Clone, Debug)]
pub struct NewMember {
    pub email: EmailAddress,
    pub role: OrganizationRole,
}

const NOT_FOUND: ServiceError = ServiceError::NotFound("This organization");
const NO_MEMBER: ServiceError = ServiceError::NotFound("This member");

pub(super) fn last_owner() -> ServiceError {
    ServiceError::Refused {
        status: 409,
        code: "last_owner",
        message: "An organization needs an owner. Make another member owner first.".into(),
    }
}

impl Accounts {
    /// The organization of the person who asks, as a list of none or one: a person belongs to at most one.
    pub async fn organizations(
        &self,
        request: &RequestContext,
    ) -> Result<Vec<Membership>, ServiceError> {
        let user_id = request.allow(Scope::OrganizationRead)?.user_id;
        let user = self.user(user_id).await?.ok_or(ServiceError::Unauthenticated)?;
        Ok(user.organization.into_iter().collect())
    }

    /// Makes an organization owned by the person who asks.
    ///
    /// # Errors
    /// 409 when they belong to one already.
    pub async fn make_organization(
        &self,
        request: &RequestContext,
        name: &OrganizationName,
    ) -> Result<Membership, ServiceError> {
        let user_id = request.allow(Scope::OrganizationWrite)?.user_id;
        // As the service: row-level security cannot say "may make one, and only owned by themselves".
        let mut transaction = self.database().begin().await?;
        let id = found_organization(&mut transaction, user_id, name).await?;
        transaction.commit().await?;
        tracing::info!(%user_id, organization_id = %id, "an organization was made");
        Ok(Membership { id, name: name.to_string(), role: OrganizationRole::Owner })
    }

    /// Gives the organization another name. For its owners and admins.
    pub async fn rename_organization(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        name: &OrganizationName,
    ) -> Result<Membership, ServiceError> {
        request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        require(role.manages(), "Only owners and admins rename an organization.")?;
        sqlx::query!(
            "UPDATE public.organizations SET name = $2 WHERE id = $1",
            organization_id,
            name.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Membership { id: organization_id, name: name.to_string(), role })
    }

    /// Everybody in the organization, by name. For its owners and admins: addresses are not everybody's business.
    pub async fn members(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
    ) -> Result<Vec<MemberView>, ServiceError> {
        request.allow(Scope::OrganizationRead)?;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        require(role.manages(), "Only owners and admins see the list of members.")?;
        let rows = sqlx::query!(
            r#"SELECT user_id AS "user_id!", email AS "email!", display_name AS "display_name!", role AS "role!",
                      joined_at AS "joined_at!" FROM public.organization_people($1)"#,
            organization_id
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        rows.into_iter()
            .map(|row| {
                Ok(MemberView {
                    user_id: row.user_id,
                    email: row.email,
                    display_name: row.display_name,
                    role: stored(&row.role)?,
                    joined_at: row.joined_at,
                })
            })
            .collect()
    }

    /// Adds an existing account that belongs to no organization yet.
    pub async fn add_member(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        member: NewMember,
    ) -> Result<MemberView, ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        require(role.manages(), "Only owners and admins add members.")?;
        require(member.role <= role, "Only owners make owners.")?;
        // As the service: a person cannot look up strangers by their address.
        let found = sqlx::query!(
            "SELECT id, email, display_name FROM auth.users WHERE lower(email) = $1 AND disabled_at IS NULL",
            member.email.key()
        )
        .fetch_optional(self.database().pool())
        .await?;
        let Some(found) = found else {
            return Err(ServiceError::field(
                "email",
                "Nobody has an account with this e-mail address. Ask them to sign up first.",
            ));
        };
        let inserted = sqlx::query_scalar!(
            "INSERT INTO public.organization_members (organization_id, user_id, role) VALUES ($1, $2, $3) RETURNING created_at",
            organization_id,
            found.id,
            member.role.as_str()
        )
        .fetch_one(&mut *transaction)
        .await;
        let taken = || {
            ServiceError::field(
                "email",
                "This person belongs to an organization already and must leave it first.",
            )
        };
        let joined_at = match inserted {
            Ok(time) => time,
            Err(error) if has_constraint(&error, "organization_members_pkey") => {
                return Err(ServiceError::field("email", "This person is a member already."));
            }
            Err(error) => {
                return Err(on_constraint(error, "organization_members_user_id_key", taken));
            }
        };
        transaction.commit().await?;
        self.cache().forget(found.id);
        tracing::info!(user_id = %actor.user_id, member_id = %found.id, %organization_id, "a member was added");
        Ok(MemberView {
            user_id: found.id,
            email: found.email,
            display_name: found.display_name,
            role: member.role,
            joined_at,
        })
    }

    /// Changes what a member may do. Only owners make owners or change them.
    pub async fn change_member(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        member_id: Uuid,
        role: OrganizationRole,
    ) -> Result<(), ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let own = own_role(&mut transaction, organization_id).await?;
        require(own.manages(), "Only owners and admins change what members may do.")?;
        lock(&mut transaction, organization_id).await?;
        let before =
            role_of(&mut transaction, organization_id, member_id).await?.ok_or(NO_MEMBER)?;
        require(
            role <= own && before <= own,
            "Only owners make owners, or change what owners may do.",
        )?;
        if before == OrganizationRole::Owner && role != OrganizationRole::Owner {
            refuse_last_owner(&mut transaction, organization_id, member_id).await?;
        }
        sqlx::query!(
            "UPDATE public.organization_members SET role = $3 WHERE organization_id = $1 AND user_id = $2",
            organization_id,
            member_id,
            role.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.cache().forget(member_id);
        tracing::info!(user_id = %actor.user_id, %member_id, %organization_id, role = role.as_str(), "a member's role was changed");
        Ok(())
    }

    /// Removes a member. Everybody may remove themselves, that is, leave; the last owner cannot.
    pub async fn remove_member(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        member_id: Uuid,
    ) -> Result<(), ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let own = own_role(&mut transaction, organization_id).await?;
        let leaving = member_id == actor.user_id;
        require(leaving || own.manages(), "Only owners and admins remove members.")?;
        let before = if own.manages() {
            lock(&mut transaction, organization_id).await?;
            role_of(&mut transaction, organization_id, member_id).await?.ok_or(NO_MEMBER)?
        } else {
            own
        };
        require(before <= own, "Only owners remove owners.")?;
        if before == OrganizationRole::Owner {
            refuse_last_owner(&mut transaction, organization_id, member_id).await?;
        }
        sqlx::query!(
            "DELETE FROM public.organization_members WHERE organization_id = $1 AND user_id = $2",
            organization_id,
            member_id
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.cache().forget(member_id);
        tracing::info!(user_id = %actor.user_id, %member_id, %organization_id, "a member was removed");
        Ok(())
    }
}

/// What the person who asks is in the organization; for a stranger it does not exist.
async fn own_role(
    transaction: &mut Transaction<'static, Postgres>,
    organization_id: Uuid,
) -> Result<OrganizationRole, ServiceError> {
    let role = sqlx::query_scalar!("SELECT auth.organization_role($1)", organization_id)
        .fetch_one(&mut **transaction)
        .await?;
    stored(&role.ok_or(NOT_FOUND)?)
}

async fn role_of(
    transaction: &mut Transaction<'static, Postgres>,
    organization_id: Uuid,
    member_id: Uuid,
) -> Result<Option<OrganizationRole>, ServiceError> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM public.organization_members WHERE organization_id = $1 AND user_id = $2",
        organization_id,
        member_id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    role.map(|role| stored(&role)).transpose()
}

/// Changes of one organization's members wait for each other, so that two owners cannot both leave in the same moment.
async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    organization_id: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!("SELECT id FROM public.organizations WHERE id = $1 FOR UPDATE", organization_id)
        .fetch_optional(&mut **transaction)
        .await?
        .map(|_| ())
        .ok_or(NOT_FOUND)
}

async fn refuse_last_owner(
    transaction: &mut Transaction<'static, Postgres>,
    organization_id: Uuid,
    member_id: Uuid,
) -> Result<(), ServiceError> {
    let others = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM public.organization_members
                          WHERE organization_id = $1 AND user_id <> $2 AND role = 'owner') AS "others!""#,
        organization_id,
        member_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    if others { Ok(()) } else { Err(last_owner()) }
}

fn require(allowed: bool, message: &'static str) -> Result<(), ServiceError> {
    if allowed { Ok(()) } else { Err(ServiceError::Forbidden(message)) }
}

fn has_constraint(error: &sqlx::Error, name: &str) -> bool {
    matches!(error, sqlx::Error::Database(cause) if cause.constraint() == Some(name))
}
