//! What people do with their own account: name, time zone, password, and ending it.

use super::{
    AccountService,
    notices::PasswordChange,
    passwords::Verdict,
    people::{refuse_last_administrator, set_password},
    rows::{load_user, unknown_time_zone},
};
use crate::{
    domain::{
        accounts::{EmailAddress, NewPassword, PublicUser, SecretText, TimeZoneName},
        names::DisplayName,
        organizations::Leaving,
    },
    server::{
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        organizations::{leaving::leave, notices},
        postgres::{Event, Transaction, describe_change, time_zones},
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What of one's profile should change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub display_name: Option<DisplayName>,
    pub time_zone: Option<TimeZoneName>,
}

impl AccountService {
    /// The person who asks, whatever their token's scopes: everybody may know who they are.
    pub async fn me(&self, request: &RequestContext) -> Result<PublicUser, ServiceError> {
        let actor = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?;
        self.user(actor.user_id).await?.ok_or(ServiceError::Unauthenticated)
    }

    /// A person by id; `None` when the account is gone.
    pub async fn user(&self, user_id: Uuid) -> Result<Option<PublicUser>, ServiceError> {
        let mut connection = self.database().pool().acquire().await?;
        load_user(&mut connection, user_id).await
    }

    /// Changes one's display name and time zone.
    pub async fn change_profile(
        &self,
        request: &RequestContext,
        change: ProfileChange,
    ) -> Result<PublicUser, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().as_person(request).await?;
        let zone = match &change.time_zone {
            Some(zone) => {
                let known = time_zones::known_name(&mut transaction, zone).await?;
                Some(known.ok_or_else(unknown_time_zone)?)
            }
            None => None,
        };
        sqlx::query!(
            "UPDATE auth.users SET display_name = coalesce($1, display_name),
             time_zone = coalesce($2, time_zone)
             WHERE id = auth.uid()",
            change.display_name.as_ref().map(DisplayName::as_str),
            zone
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        if change.time_zone.is_some() {
            // The calendar of their budgets, which every server remembers with their configuration.
            let (user_id, organization_id) = (Some(user_id), None);
            let changed = Event::AiConfigChanged { user_id, organization_id, version: 0 };
            self.database().events().announce(changed).await;
        }
        self.user(user_id).await?.ok_or(ServiceError::Unauthenticated)
    }

    /// Changes one's password and ends all other sessions: whoever changes a password often does so
    /// because somebody else knows it. The person is told, since it may have been that somebody.
    ///
    /// # Errors
    /// 400 with the path `currentPassword` when that one is not right, `newPassword` when the new
    /// one is not good enough.
    pub async fn change_password(
        &self,
        request: &RequestContext,
        current: &SecretText,
        new: &SecretText,
    ) -> Result<(), ServiceError> {
        let actor = request.in_person()?;
        let confirmed = self.confirm_password(request, current, "currentPassword").await?;
        let new = NewPassword::parse(new.expose(), Some(&confirmed.email))
            .map_err(|message| ServiceError::field("newPassword", message))?;
        let hash = self.passwords().hash(&new).await?;
        let mut transaction = self.database().begin().await?;
        confirmed.hold(&mut transaction).await?;
        set_password(&mut transaction, actor.user_id, &hash, None).await?;
        sqlx::query!(
            "DELETE FROM auth.sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
            actor.user_id,
            request.session_id
        )
        .execute(&mut *transaction)
        .await?;
        self.tell(&mut transaction, actor.user_id, &PasswordChange::Own.told()).await?;
        transaction.commit().await?;
        self.cache().forget(actor.user_id);
        tracing::info!(user_id = %actor.user_id, "a password was changed");
        Ok(())
    }

    /// Deletes one's account and what belongs to it alone. History keeps what they changed.
    ///
    /// # Errors
    /// 400 when the password is not right, 409 for the last administrator and for the only owner of
    /// an organization that has other members.
    pub async fn delete_account(
        &self,
        request: &RequestContext,
        password: &SecretText,
    ) -> Result<(), ServiceError> {
        let actor = request.in_person()?;
        let confirmed = self.confirm_password(request, password, "password").await?;
        let mut transaction = self.database().begin().await?;
        describe_change(&mut transaction, request, &ChangeContext::default()).await?;
        refuse_last_administrator(&mut transaction, actor.user_id).await?;
        confirmed.hold(&mut transaction).await?;
        let left = self.close_or_leave_organization(&mut transaction, actor.user_id).await?;
        if let Some(organization_id) = left {
            let person = notices::party(&mut transaction, actor.user_id).await?;
            let organization = notices::organization(&mut transaction, organization_id).await?;
            let notice = notices::left(&person, &organization);
            notices::notify_managers(
                self.notifications(),
                &mut transaction,
                organization_id,
                person.id,
                &notice,
            )
            .await?;
        }
        sqlx::query!("DELETE FROM auth.users WHERE id = $1", actor.user_id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.cache().forget(actor.user_id);
        tracing::info!(user_id = %actor.user_id, "an account was deleted by its owner");
        Ok(())
    }

    /// Asks again for the password before something grave, with the limits of signing in: the one
    /// who asks may sit at somebody else's unlocked desk.
    pub(super) async fn confirm_password(
        &self,
        request: &RequestContext,
        typed: &SecretText,
        path: &'static str,
    ) -> Result<Confirmed, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let account = sqlx::query!(
            "SELECT email, password_hash, password_changed_at FROM auth.users WHERE id = $1",
            user_id
        )
        .fetch_optional(self.database().pool())
        .await?
        .ok_or(ServiceError::Unauthenticated)?;
        let email = EmailAddress::parse(&account.email)
            .map_err(|error| ServiceError::Internal(format!("a stored e-mail address: {error}")))?;
        let taken = self.take_confirmation(request.ip, user_id).await?;
        if self.passwords().verify(typed.expose(), Some(account.password_hash)).await?
            == Verdict::Wrong
        {
            return Err(incorrect(path));
        }
        self.give_back(taken).await?;
        Ok(Confirmed { user_id, email, changed_at: account.password_changed_at, path })
    }
}

fn incorrect(path: &'static str) -> ServiceError {
    ServiceError::field(path, "Incorrect password.")
}

/// The password was right a moment ago.
pub(super) struct Confirmed {
    user_id: Uuid,
    pub email: EmailAddress,
    /// Since when it was the password.
    changed_at: DateTime<Utc>,
    path: &'static str,
}

impl Confirmed {
    /// Keeps the account as it is until the transaction ends, if this still is its password: its
    /// person, or an administrator, may have set another because of whoever asks here. Changes of
    /// one account wait for each other.
    pub(super) async fn hold(&self, transaction: &mut Transaction) -> Result<(), ServiceError> {
        sqlx::query_scalar!(
            "SELECT id FROM auth.users
             WHERE id = $1 AND password_changed_at = $2 AND disabled_at IS NULL
               FOR NO KEY UPDATE",
            self.user_id,
            self.changed_at
        )
        .fetch_optional(&mut **transaction)
        .await?
        .map(|_| ())
        .ok_or_else(|| incorrect(self.path))
    }
}

impl AccountService {
    /// An organization must not be left without an owner; one without anybody else goes with its
    /// last member. Answers the one that goes on.
    async fn close_or_leave_organization(
        &self,
        transaction: &mut Transaction,
        user_id: Uuid,
    ) -> Result<Option<Uuid>, ServiceError> {
        let organization = sqlx::query_scalar!(
            "SELECT organization.id FROM public.organizations AS organization
         JOIN public.organization_members AS member ON member.organization_id = organization.id
         WHERE member.user_id = $1 FOR UPDATE OF organization",
            user_id
        )
        .fetch_optional(&mut **transaction)
        .await?;
        let Some(organization) = organization else { return Ok(None) };
        let follows = leave(self.notifications(), transaction, organization, user_id, true).await?;
        Ok((follows == Leaving::GoesOn).then_some(organization))
    }
}
