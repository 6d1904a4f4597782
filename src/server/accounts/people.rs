//! What administrators do to the accounts of others. Whoever it is done to is told, it is written
//! down for good, and nobody locks themselves or everybody out.

mod list;
pub(super) mod notices;

use super::{AccountService, rows::stored, secrets::one_time_password};
use crate::{
    domain::{
        accounts::{NewPassword, Role, Scope, SecretText},
        admin::{ONE_TIME_HOURS, PersonPatch},
        error_code::ErrorCode,
        notifications::Notification,
    },
    server::{
        foundation::{
            context::{Actor, RequestContext},
            error::ServiceError,
            operator::{Subject, note_request},
        },
        organizations::notices::{Party, party},
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

const UNKNOWN: ServiceError = ServiceError::NotFound("This account");
const OWN_ACCOUNT: ServiceError = ServiceError::Forbidden(
    "You cannot do this to your own account. Ask another administrator, or use your settings.",
);

/// An administrator at somebody else's account, both locked: whatever is done to it, one
/// administrator stays.
struct Act<'a> {
    request: &'a RequestContext,
    transaction: Transaction,
    /// The administrator.
    me: Party,
    person: Uuid,
    email: String,
    role: Role,
    disabled: bool,
}

impl AccountService {
    /// Disables an account or enables it again, makes somebody administrator or takes that away.
    /// What is so already is done without a word.
    ///
    /// # Errors
    /// 403 for everybody but administrators, for oneself, and for another role by a token; 404 when
    /// there is no such account.
    pub async fn change_person(
        &self,
        request: &RequestContext,
        person: Uuid,
        patch: PersonPatch,
    ) -> Result<(), ServiceError> {
        let actor = request.administer(Scope::AdminWrite)?;
        if patch.role.is_some() {
            request.in_person()?;
        }
        let mut act = self.begin_act(request, actor, person).await?;
        // Disabled accounts are told nothing, so a role changes while the account is enabled.
        let disabled = patch.disabled.filter(|disabled| *disabled != act.disabled);
        if disabled == Some(false) {
            self.set_person_disabled(&mut act, false).await?;
        }
        if let Some(role) = patch.role.filter(|role| *role != act.role) {
            self.set_role(&mut act, role).await?;
        }
        if disabled == Some(true) {
            self.set_person_disabled(&mut act, true).await?;
        }
        act.transaction.commit().await?;
        self.cache().forget(person);
        Ok(())
    }

    /// Makes a password for somebody that holds once and for a day: with it they choose their own.
    /// Their sessions end; their tokens go on, which are not signed in with it.
    ///
    /// # Errors
    /// 403 for everybody but administrators in person, and for oneself; 404 when there is no such
    /// account.
    pub async fn make_one_time_password(
        &self,
        request: &RequestContext,
        person: Uuid,
    ) -> Result<(SecretText, DateTime<Utc>), ServiceError> {
        request.in_person()?;
        let actor = request.administer(Scope::AdminWrite)?;
        let made = one_time_password()
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let password = NewPassword::parse(made.expose(), None).map_err(ServiceError::Internal)?;
        let hash = self.passwords().hash(&password).await?;
        let mut act = self.begin_act(request, actor, person).await?;
        let ended =
            replace_password(&mut act.transaction, person, &hash, Some(ONE_TIME_HOURS)).await?;
        let until = sqlx::query_scalar!(
            r#"SELECT one_time_until AS "until!" FROM auth.users WHERE id = $1"#,
            person
        )
        .fetch_one(&mut *act.transaction)
        .await?;
        let notice = notices::password_reset(&act.me.who());
        self.tell_of(&mut act, "admin reset-password", json!({"sessionsEnded": ended}), &notice)
            .await?;
        act.transaction.commit().await?;
        self.cache().forget(person);
        Ok((made, until))
    }

    async fn begin_act<'a>(
        &self,
        request: &'a RequestContext,
        actor: &Actor,
        person: Uuid,
    ) -> Result<Act<'a>, ServiceError> {
        if actor.user_id == person {
            return Err(OWN_ACCOUNT);
        }
        self.take_notified_change(actor.user_id).await?;
        let mut transaction = self.database().begin().await?;
        // Of two who act upon each other, the second is no administrator any more.
        if !lock_administrators(&mut transaction).await?.contains(&actor.user_id) {
            return Err(ServiceError::Forbidden(
                "Only administrators of the installation may do this.",
            ));
        }
        let row = sqlx::query!(
            r#"SELECT email, role, disabled_at IS NOT NULL AS "disabled!" FROM auth.users
               WHERE id = $1 FOR UPDATE"#,
            person
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(UNKNOWN)?;
        let me = party(&mut transaction, actor.user_id).await?;
        Ok(Act {
            request,
            transaction,
            me,
            person,
            email: row.email,
            role: stored(&row.role)?,
            disabled: row.disabled,
        })
    }

    async fn set_role(&self, act: &mut Act<'_>, role: Role) -> Result<(), ServiceError> {
        sqlx::query!("UPDATE auth.users SET role = $2 WHERE id = $1", act.person, role.as_str())
            .execute(&mut *act.transaction)
            .await?;
        let (command, notice) = match role {
            Role::Admin => ("admin promote", notices::promoted(&act.me.who())),
            Role::Member => ("admin demote", notices::demoted(&act.me.who())),
        };
        self.tell_of(act, command, json!({}), &notice).await
    }

    async fn set_person_disabled(
        &self,
        act: &mut Act<'_>,
        disabled: bool,
    ) -> Result<(), ServiceError> {
        if disabled {
            // Before it is so: disabled accounts are told nothing.
            let notice = notices::disabled(&act.me.who());
            self.tell_of(act, "admin disable", json!({}), &notice).await?;
            return disable(&mut act.transaction, act.person, true).await;
        }
        disable(&mut act.transaction, act.person, false).await?;
        let notice = notices::enabled(&act.me.who());
        self.tell_of(act, "admin enable", json!({}), &notice).await
    }

    /// Writes down what was done, and tells whom it was done to.
    async fn tell_of(
        &self,
        act: &mut Act<'_>,
        command: &str,
        details: Value,
        notice: &Notification,
    ) -> Result<(), ServiceError> {
        self.tell(&mut act.transaction, act.person, notice).await?;
        let subject = Subject { id: Some(act.person), name: Some(act.email.as_str()) };
        note_request(&mut act.transaction, act.request, command, subject, details).await?;
        Ok(())
    }
}

/// Without an administrator nobody could ever become one again.
pub(super) async fn refuse_last_administrator(
    transaction: &mut Transaction,
    user_id: Uuid,
) -> Result<(), ServiceError> {
    if lock_administrators(transaction).await? == [user_id] {
        return Err(ServiceError::refused(
            ErrorCode::LastAdministrator,
            "This is the only administrator. Make somebody else administrator first.",
        ));
    }
    Ok(())
}

/// All who administer the installation now, by id. The lock makes two who leave, or act upon each
/// other, in the same moment wait for each other.
async fn lock_administrators(transaction: &mut Transaction) -> Result<Vec<Uuid>, ServiceError> {
    let administrators = sqlx::query_scalar!(
        "SELECT id FROM auth.users WHERE role = $1 AND disabled_at IS NULL ORDER BY id FOR UPDATE",
        Role::Admin.as_str()
    );
    Ok(administrators.fetch_all(&mut **transaction).await?)
}

/// Keeps an account from signing in, or lets it again. What has begun in its name goes on to its
/// end.
pub(super) async fn disable(
    transaction: &mut Transaction,
    user_id: Uuid,
    disabled: bool,
) -> Result<(), ServiceError> {
    // First: it waits for a sign-in that is being finished, whose session goes with the others.
    sqlx::query!(
        "UPDATE auth.users SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) END
         WHERE id = $1",
        user_id,
        disabled
    )
    .execute(&mut **transaction)
    .await?;
    if disabled {
        // Links that were mailed and sign-ins that wait for their second step end by a trigger.
        sqlx::query!("DELETE FROM auth.sessions WHERE user_id = $1", user_id)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Gives an account another password and ends its sessions; answers how many: the one way for a
/// mailed link, an administrator and an operator.
pub(super) async fn replace_password(
    transaction: &mut Transaction,
    user_id: Uuid,
    hash: &str,
    hours: Option<i32>,
) -> Result<u64, ServiceError> {
    set_password(transaction, user_id, hash, hours).await?;
    let ended = sqlx::query!("DELETE FROM auth.sessions WHERE user_id = $1", user_id)
        .execute(&mut **transaction)
        .await?;
    Ok(ended.rows_affected())
}

/// Gives an account another password. One that holds for so many hours is a one-time password.
/// Links that were mailed and sign-ins that wait for their second step end by a trigger.
pub(super) async fn set_password(
    transaction: &mut Transaction,
    user_id: Uuid,
    hash: &str,
    hours: Option<i32>,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE auth.users SET password_hash = $2, password_changed_at = now(),
           one_time_until = now() + make_interval(hours => $3::integer)
         WHERE id = $1",
        user_id,
        hash,
        hours
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
