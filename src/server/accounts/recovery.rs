//! A forgotten password: a link to the account's address sets another.

use super::{
    AccountService,
    letters::{self, LINK_PREFIX, LetterKind},
    notices::PasswordChange,
    people::replace_password,
    secrets::hash_presented,
};
use crate::{
    domain::{
        accounts::{
            EmailAddress, NewPassword, SecretText,
            links::{AccountLink, RESET_MINUTES},
        },
        error_code::ErrorCode,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::Transaction,
    },
};
use uuid::Uuid;

/// A mailed link that holds.
pub(super) struct Link {
    id: Uuid,
    pub user_id: Uuid,
    /// What the account is called at this moment.
    pub email: String,
    /// Where the link was sent.
    pub address: String,
}

impl AccountService {
    /// Sends a link to an address that sets a new password for its account. Answers the same, after
    /// the same work, whether or not there is one.
    ///
    /// # Errors
    /// 409 where no mail is set up, 429 when links were asked for too often.
    pub async fn ask_password_reset(
        &self,
        request: &RequestContext,
        email: &EmailAddress,
    ) -> Result<(), ServiceError> {
        if !self.notifications().mails() {
            return Err(ServiceError::refused(
                ErrorCode::MailNotConfigured,
                "This installation sends no mail. An administrator can give you a new password.",
            ));
        }
        self.take_link(request.ip, email).await?;
        let mut transaction = self.database().begin().await?;
        letters::ask_reset(&mut transaction, email.as_str(), RESET_MINUTES).await?;
        transaction.commit().await?;
        tracing::info!(ip = ?request.ip, "a link for a forgotten password was asked for");
        Ok(())
    }

    /// Sets a new password by a mailed link and ends all sessions of the account; its tokens stay.
    /// The link ends by it, and so do others that were sent. It opens no session: who has two-step
    /// verification is asked for a code when they sign in.
    ///
    /// # Errors
    /// 409 `link_ended` when the link does not hold, 400 with the path `newPassword` when that one
    /// is not good enough.
    pub async fn reset_password_by_link(
        &self,
        token: &str,
        new: &SecretText,
    ) -> Result<(), ServiceError> {
        let link = self.link(token, LetterKind::PasswordReset).await?.ok_or_else(link_ended)?;
        let email = EmailAddress::parse(&link.email)
            .map_err(|error| ServiceError::Internal(format!("a stored e-mail address: {error}")))?;
        let new = NewPassword::parse(new.expose(), Some(&email))
            .map_err(|message| ServiceError::field("newPassword", message))?;
        let hash = self.passwords().hash(&new).await?;
        let mut transaction = self.database().begin().await?;
        use_up(&mut transaction, &link).await?;
        replace_password(&mut transaction, link.user_id, &hash, None).await?;
        self.tell(&mut transaction, link.user_id, &PasswordChange::Link.told()).await?;
        transaction.commit().await?;
        self.cache().forget(link.user_id);
        tracing::info!(user_id = %link.user_id, "a forgotten password was set anew");
        Ok(())
    }

    /// Whose account a mailed link is about, whatever it is for; `None` when it does not hold.
    pub async fn account_link(&self, token: &str) -> Result<Option<AccountLink>, ServiceError> {
        if let Some(link) = self.link(token, LetterKind::PasswordReset).await? {
            return Ok(Some(AccountLink { email: link.email, new_email: None }));
        }
        let link = self.link(token, LetterKind::EmailConfirmation).await?;
        Ok(link.map(|link| AccountLink { email: link.email, new_email: Some(link.address) }))
    }

    /// The link of a token, if it holds. One that sets a password holds for the address that it was
    /// sent to only.
    pub(super) async fn link(
        &self,
        token: &str,
        kind: LetterKind,
    ) -> Result<Option<Link>, ServiceError> {
        let Some(digest) = hash_presented(token, LINK_PREFIX) else { return Ok(None) };
        let link = sqlx::query_as!(
            Link,
            "SELECT letter.id, person.id AS user_id, person.email, letter.address
               FROM auth.account_mails AS letter
               JOIN auth.users AS person
                 ON person.id = letter.user_id AND person.disabled_at IS NULL
              WHERE letter.token_digests @> ARRAY[$1::bytea] AND letter.kind = $2
                AND letter.ended_at IS NULL AND letter.expires_at > clock_timestamp()",
            digest.as_slice(),
            kind.as_str()
        );
        Ok(link.fetch_optional(self.database().pool()).await?)
    }
}

/// Ends a link, once: of several who present it in the same moment one goes on. The account is
/// locked first, as by whoever changes it otherwise.
pub(super) async fn use_up(transaction: &mut Transaction, link: &Link) -> Result<(), ServiceError> {
    sqlx::query_scalar!(
        "SELECT id FROM auth.users WHERE id = $1 AND disabled_at IS NULL FOR UPDATE",
        link.user_id
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or_else(link_ended)?;
    let ended = sqlx::query!(
        "UPDATE auth.account_mails SET ended_at = clock_timestamp()
         WHERE id = $1 AND ended_at IS NULL AND expires_at > clock_timestamp()",
        link.id
    )
    .execute(&mut **transaction)
    .await?;
    if ended.rows_affected() == 0 { Err(link_ended()) } else { Ok(()) }
}

pub(super) fn link_ended() -> ServiceError {
    ServiceError::refused(
        ErrorCode::LinkEnded,
        "This link no longer holds: it was used, its time is over, or the account was changed \
         since.",
    )
}
