//! An operator's chores, done from the command line of the machine: whoever may run them may also
//! read the database. What administrators do to accounts on a page is in `people`.

use super::{
    AccountService,
    people::{disable, notices, refuse_last_administrator, replace_password},
    rows::{found_organization, insert_account, lock_if_first, stored},
};
use crate::{
    domain::{
        accounts::{EmailAddress, NewAccount, NewPassword, Role},
        names::OrganizationName,
    },
    server::{
        foundation::{
            error::ServiceError,
            operator::{self, Subject},
        },
        organizations::invitations::notify_waiting,
    },
};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// One account in the operator's list.
#[derive(Clone, Debug)]
pub struct AccountLine {
    pub email: String,
    pub display_name: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
    pub disabled_at: Option<DateTime<Utc>>,
    /// To a few minutes; `None`: no session now.
    pub last_seen: Option<DateTime<Utc>>,
}

pub(super) const UNKNOWN: ServiceError =
    ServiceError::NotFound("An account with this e-mail address");

impl AccountService {
    /// Makes an administrator, also when sign-up is closed. The first account owns an organization,
    /// like a first sign-up.
    pub async fn make_administrator(&self, account: &NewAccount) -> Result<Uuid, ServiceError> {
        let hash = self.passwords().hash(&account.password).await?;
        let mut transaction = self.database().begin().await?;
        let first = lock_if_first(&mut transaction).await?;
        let user_id = insert_account(&mut transaction, account, &hash, Role::Admin).await?;
        if first {
            found_organization(
                &mut transaction,
                user_id,
                &OrganizationName::after_person(&account.display_name),
            )
            .await?;
        }
        notify_waiting(self.notifications(), &mut transaction, user_id).await?;
        let subject = Subject { id: Some(user_id), name: Some(account.email.as_str()) };
        let details = json!({"displayName": account.display_name.as_str()});
        operator::note(&mut transaction, "admin create", subject, details).await?;
        transaction.commit().await?;
        tracing::info!(%user_id, "an administrator was made by command");
        Ok(user_id)
    }

    /// All accounts, the oldest first.
    pub async fn list(&self) -> Result<Vec<AccountLine>, ServiceError> {
        let rows = sqlx::query!(
            r#"SELECT email, display_name, role, created_at, disabled_at,
                      (SELECT max(last_seen) FROM auth.sessions
                        WHERE user_id = person.id) AS last_seen
               FROM auth.users AS person ORDER BY created_at, id"#
        )
        .fetch_all(self.database().pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(AccountLine {
                    email: row.email,
                    display_name: row.display_name,
                    role: stored(&row.role)?,
                    created_at: row.created_at,
                    disabled_at: row.disabled_at,
                    last_seen: row.last_seen,
                })
            })
            .collect()
    }

    /// Makes an account administrator.
    pub async fn promote(&self, email: &EmailAddress) -> Result<(), ServiceError> {
        let mut transaction = self.database().begin().await?;
        let user_id = sqlx::query_scalar!(
            "UPDATE auth.users SET role = $2 WHERE lower(email) = $1 RETURNING id",
            email.key(),
            Role::Admin.as_str()
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(UNKNOWN)?;
        self.tell(&mut transaction, user_id, &notices::promoted(notices::OPERATOR)).await?;
        let subject = Subject { id: Some(user_id), name: Some(email.as_str()) };
        operator::note(&mut transaction, "admin promote", subject, json!({})).await?;
        Ok(transaction.commit().await?)
    }

    /// Disables an account: it cannot sign in, its sessions end, its tokens stop working. Or
    /// enables it again.
    pub async fn set_disabled(
        &self,
        email: &EmailAddress,
        disabled: bool,
    ) -> Result<(), ServiceError> {
        let mut transaction = self.database().begin().await?;
        let user_id =
            sqlx::query_scalar!("SELECT id FROM auth.users WHERE lower(email) = $1", email.key())
                .fetch_optional(&mut *transaction)
                .await?
                .ok_or(UNKNOWN)?;
        if disabled {
            refuse_last_administrator(&mut transaction, user_id).await?;
            // Before it is so: disabled accounts are told nothing.
            self.tell(&mut transaction, user_id, &notices::disabled(notices::OPERATOR)).await?;
        }
        disable(&mut transaction, user_id, disabled).await?;
        if !disabled {
            self.tell(&mut transaction, user_id, &notices::enabled(notices::OPERATOR)).await?;
        }
        let command = if disabled { "admin disable" } else { "admin enable" };
        let subject = Subject { id: Some(user_id), name: Some(email.as_str()) };
        operator::note(&mut transaction, command, subject, json!({})).await?;
        Ok(transaction.commit().await?)
    }

    /// Gives an account another password and ends its sessions.
    pub async fn reset_password(
        &self,
        email: &EmailAddress,
        password: &NewPassword,
    ) -> Result<(), ServiceError> {
        let hash = self.passwords().hash(password).await?;
        let mut transaction = self.database().begin().await?;
        let user_id = sqlx::query_scalar!(
            "SELECT id FROM auth.users WHERE lower(email) = $1 FOR UPDATE",
            email.key()
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(UNKNOWN)?;
        let ended = replace_password(&mut transaction, user_id, &hash, None).await?;
        self.tell(&mut transaction, user_id, &notices::password_replaced(notices::OPERATOR))
            .await?;
        let subject = Subject { id: Some(user_id), name: Some(email.as_str()) };
        let details = json!({"sessionsEnded": ended});
        operator::note(&mut transaction, "admin reset-password", subject, details).await?;
        Ok(transaction.commit().await?)
    }
}
