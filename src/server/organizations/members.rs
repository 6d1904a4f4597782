//! Organizations and who belongs to them. Row-level security decides who may do what; the rules
//! here are those that it cannot express (no organization without an owner) and the sentences for
//! what it refuses.

use super::{
    OrganizationService,
    leaving::{last_owner, leave, leaving},
    notices::{self, Party},
};
use crate::{
    domain::{
        accounts::Scope,
        names::OrganizationName,
        organizations::{
            Leaving, ManagerView, MemberView, Membership, OrganizationRole, OwnOrganizationAnswer,
        },
    },
    server::{
        accounts::rows::{NO_ORGANIZATION, found_organization, stored},
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        postgres::{Transaction, describe_change, go_on_as_system},
    },
};
use uuid::Uuid;

const NO_MEMBER: ServiceError = ServiceError::NotFound("This member");

impl OrganizationService {
    /// The organization of the person who asks, as a list of none or one: a person belongs to at
    /// most one.
    pub async fn own(&self, request: &RequestContext) -> Result<Vec<Membership>, ServiceError> {
        let user_id = request.allow(Scope::OrganizationRead)?.user_id;
        let user = self.accounts.user(user_id).await?.ok_or(ServiceError::Unauthenticated)?;
        Ok(user.organization.into_iter().collect())
    }

    /// Makes an organization owned by the person who asks.
    ///
    /// # Errors
    /// 409 when they belong to one already.
    pub async fn make(
        &self,
        request: &RequestContext,
        name: &OrganizationName,
    ) -> Result<Membership, ServiceError> {
        let user_id = request.allow(Scope::OrganizationWrite)?.user_id;
        // As the service: row-level security cannot say "may make one, and only owned by
        // themselves".
        let mut transaction = self.database().begin().await?;
        let id = found_organization(&mut transaction, user_id, name).await?;
        transaction.commit().await?;
        tracing::info!(%user_id, organization_id = %id, "an organization was made");
        Ok(Membership { id, name: name.to_string(), role: OrganizationRole::Owner })
    }

    /// Gives the organization another name. For its owners and admins.
    pub async fn rename(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        name: &OrganizationName,
    ) -> Result<Membership, ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        self.accounts.take_notified_change(actor.user_id).await?;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        require(role.manages(), "Only owners and admins rename an organization.")?;
        let before = lock(&mut transaction, organization_id).await?;
        sqlx::query!(
            "UPDATE public.organizations SET name = $2 WHERE id = $1",
            organization_id,
            name.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        if before.name != name.as_str() {
            go_on_as_system(&mut transaction).await?;
            let me = notices::party(&mut transaction, actor.user_id).await?;
            let notice = notices::renamed(&me, &before, name.as_str());
            notices::notify_members(
                self.notifications(),
                &mut transaction,
                organization_id,
                actor.user_id,
                &notice,
            )
            .await?;
        }
        transaction.commit().await?;
        tracing::info!(user_id = %actor.user_id, %organization_id, "an organization was renamed");
        Ok(Membership { id: organization_id, name: name.to_string(), role })
    }

    /// What each member may know of the organization: who decides in it, and what follows when they
    /// leave it.
    ///
    /// # Errors
    /// 404 for strangers.
    pub async fn view(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
    ) -> Result<OwnOrganizationAnswer, ServiceError> {
        let user_id = request.allow(Scope::OrganizationRead)?.user_id;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        let leaving = leaving(&mut transaction, user_id).await?.ok_or(NO_ORGANIZATION)?;
        // Row-level security keeps everybody's name from everybody else; whom to ask, members know.
        go_on_as_system(&mut transaction).await?;
        let organization = notices::organization(&mut transaction, organization_id).await?;
        let rows = sqlx::query!(
            "SELECT person.display_name, member.role FROM public.organization_members AS member
             JOIN auth.users AS person ON person.id = member.user_id
             WHERE member.organization_id = $1 AND member.role IN ('owner', 'admin')
               AND person.disabled_at IS NULL
             ORDER BY member.role DESC, lower(person.display_name), member.user_id",
            organization_id
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let managers = rows.into_iter().map(|row| {
            Ok(ManagerView { display_name: row.display_name, role: stored(&row.role)? })
        });
        Ok(OwnOrganizationAnswer {
            organization: Membership { id: organization_id, name: organization.name, role },
            managers: managers.collect::<Result<_, ServiceError>>()?,
            leaving,
        })
    }

    /// Everybody in the organization, by name. For its owners and admins: addresses are not
    /// everybody's business.
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
            r#"SELECT user_id AS "user_id!", email AS "email!", display_name AS "display_name!",
               role AS "role!",
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

    /// Changes what a member may do. Only owners make owners or change them.
    pub async fn change_member(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        member_id: Uuid,
        role: OrganizationRole,
    ) -> Result<(), ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        self.accounts.take_notified_change(actor.user_id).await?;
        let mut transaction = self.database().as_person(request).await?;
        let own = own_role(&mut transaction, organization_id).await?;
        require(own.manages(), "Only owners and admins change what members may do.")?;
        let organization = lock(&mut transaction, organization_id).await?;
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
            "UPDATE public.organization_members SET role = $3 WHERE organization_id = $1 AND \
                user_id = $2",
            organization_id,
            member_id,
            role.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        if before != role && member_id != actor.user_id {
            go_on_as_system(&mut transaction).await?;
            let me = notices::party(&mut transaction, actor.user_id).await?;
            let notice = notices::role_changed(&me, &organization, before, role);
            notices::notify_person(self.notifications(), &mut transaction, member_id, &notice)
                .await?;
        }
        transaction.commit().await?;
        self.accounts.cache().forget(member_id);
        tracing::info!(
            user_id = %actor.user_id, %member_id, %organization_id,
            role = role.as_str(), "a member's role was changed"
        );
        Ok(())
    }

    /// Removes a member. Everybody may remove themselves, that is, leave; not the only owner of
    /// others, and the last member closes the organization by it, if they agreed to that
    /// (`may_close`), in person: what a token is for is no such thing.
    pub async fn remove_member(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        member_id: Uuid,
        may_close: bool,
    ) -> Result<(), ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let own = own_role(&mut transaction, organization_id).await?;
        if member_id == actor.user_id {
            describe_change(&mut transaction, request, &ChangeContext::default()).await?;
            // Whoever manages nothing may not lock the organization, but may be made its only owner
            // in this moment.
            go_on_as_system(&mut transaction).await?;
            let organization = lock(&mut transaction, organization_id).await?;
            let may_close = may_close && request.in_person().is_ok();
            let follows = leave(
                self.notifications(),
                &mut transaction,
                organization_id,
                member_id,
                may_close,
            )
            .await?;
            if follows == Leaving::GoesOn {
                let me = notices::party(&mut transaction, actor.user_id).await?;
                let notice = notices::left(&me, &organization);
                notices::notify_managers(
                    self.notifications(),
                    &mut transaction,
                    organization_id,
                    member_id,
                    &notice,
                )
                .await?;
            }
        } else {
            require(own.manages(), "Only owners and admins remove members.")?;
            let organization = lock(&mut transaction, organization_id).await?;
            remove(&mut transaction, organization_id, member_id, own).await?;
            go_on_as_system(&mut transaction).await?;
            let me = notices::party(&mut transaction, actor.user_id).await?;
            let notice = notices::removed(&me, &organization);
            notices::notify_person(self.notifications(), &mut transaction, member_id, &notice)
                .await?;
        }
        transaction.commit().await?;
        self.accounts.cache().forget(member_id);
        tracing::info!(
            user_id = %actor.user_id, %member_id, %organization_id, "a member was removed"
        );
        Ok(())
    }
}

/// Takes somebody else out, by an owner or admin with the role `own`.
async fn remove(
    transaction: &mut Transaction,
    organization_id: Uuid,
    member_id: Uuid,
    own: OrganizationRole,
) -> Result<(), ServiceError> {
    let before = role_of(transaction, organization_id, member_id).await?.ok_or(NO_MEMBER)?;
    require(before <= own, "Only owners remove owners.")?;
    sqlx::query!(
        "DELETE FROM public.organization_members WHERE organization_id = $1 AND user_id = $2",
        organization_id,
        member_id
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// What the person who asks is in the organization; for a stranger it does not exist.
pub async fn own_role(
    transaction: &mut Transaction,
    organization_id: Uuid,
) -> Result<OrganizationRole, ServiceError> {
    let role = sqlx::query_scalar!("SELECT auth.organization_role($1)", organization_id)
        .fetch_one(&mut **transaction)
        .await?;
    stored(&role.ok_or(NO_ORGANIZATION)?)
}

async fn role_of(
    transaction: &mut Transaction,
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

/// Changes of one organization's members wait for each other, so that two owners cannot both leave
/// in the same moment.
async fn lock(transaction: &mut Transaction, organization_id: Uuid) -> Result<Party, ServiceError> {
    let row = sqlx::query!(
        "SELECT name FROM public.organizations WHERE id = $1 FOR UPDATE",
        organization_id
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NO_ORGANIZATION)?;
    Ok(Party { id: organization_id, name: row.name, email: None })
}

async fn refuse_last_owner(
    transaction: &mut Transaction,
    organization_id: Uuid,
    member_id: Uuid,
) -> Result<(), ServiceError> {
    let others = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM public.organization_members
                          WHERE organization_id = $1 AND user_id <> $2
                            AND role = 'owner') AS "others!""#,
        organization_id,
        member_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    if others { Ok(()) } else { Err(last_owner()) }
}

pub(super) fn require(allowed: bool, message: &'static str) -> Result<(), ServiceError> {
    if allowed { Ok(()) } else { Err(ServiceError::Forbidden(message)) }
}
