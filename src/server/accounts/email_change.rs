//! Another e-mail address for an account. Where mail is set up it counts once a link was opened
//! that went to it; until then the account has the one before.

use super::{
    AccountService,
    letters::{self, LetterKind},
    notices::{ACCOUNT, notice},
    recovery::{link_ended, use_up},
    rows::on_constraint,
};
use crate::{
    domain::{
        accounts::{
            EmailAddress, SecretText,
            links::{EMAIL_CHANGE_HOURS, PendingEmail, new_address},
        },
        error_code::ErrorCode,
        notifications::{Notification, Severity},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        organizations::invitations::notify_waiting,
        postgres::Transaction,
    },
};
use uuid::Uuid;

const TAKEN: &str = "Another account has this e-mail address.";

impl AccountService {
    /// The change of one's address that waits for its confirmation.
    pub async fn pending_email(
        &self,
        request: &RequestContext,
    ) -> Result<Option<PendingEmail>, ServiceError> {
        request.in_person()?;
        let mut transaction = self.database().as_person(request).await?;
        let pending = sqlx::query_as!(
            PendingEmail,
            "SELECT address AS email, created_at AS asked_at, expires_at FROM auth.account_mails
             WHERE user_id = auth.uid() AND kind = 'email_confirmation' AND ended_at IS NULL
               AND expires_at > now()"
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(pending)
    }

    /// Asks for another address, with the password. Where mail is set up a link goes to it, and the
    /// person is told on their pages and at the present one; elsewhere it counts at once.
    ///
    /// # Errors
    /// 400 with the path `currentPassword` when that one is not right, `newEmail` for what is no
    /// address or somebody's already; 429 when links were asked for too often.
    pub async fn change_email(
        &self,
        request: &RequestContext,
        typed: &str,
        password: &SecretText,
    ) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let confirmed = self.confirm_password(request, password, "currentPassword").await?;
        let current = &confirmed.email;
        let new = new_address(typed, current.as_str())
            .map_err(|message| ServiceError::field("newEmail", message))?;
        // Another spelling of the same address proves nothing new.
        let by_link = self.notifications().mails() && new != *current;
        if by_link {
            self.take_email_link(user_id, &new).await?;
        }
        let mut transaction = self.database().begin().await?;
        confirmed.hold(&mut transaction).await?;
        if is_taken(&mut transaction, user_id, &new).await? {
            return Err(ServiceError::field("newEmail", TAKEN));
        }
        if by_link {
            let asked = new.as_str();
            letters::ask_confirmation(&mut transaction, user_id, asked, EMAIL_CHANGE_HOURS).await?;
            let kind = LetterKind::EmailChangeAsked;
            letters::notify(&mut transaction, user_id, kind, asked).await?;
            self.tell_on_pages(&mut transaction, user_id, &address_was_asked()).await?;
        } else {
            let taken = || ServiceError::field("newEmail", TAKEN);
            self.set_email(&mut transaction, user_id, current.as_str(), new.as_str(), taken)
                .await?;
        }
        transaction.commit().await?;
        tracing::info!(%user_id, by_link, "another e-mail address was asked for");
        Ok(())
    }

    /// Sends the link of the change that waits once more; it holds for a whole day again.
    ///
    /// # Errors
    /// 409 `link_ended` when none waits, 429 when links were asked for too often.
    pub async fn resend_email_link(&self, request: &RequestContext) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let pending = self.pending_email(request).await?.ok_or_else(nothing_waits)?;
        let email = EmailAddress::parse(&pending.email)
            .map_err(|error| ServiceError::Internal(format!("a stored e-mail address: {error}")))?;
        self.take_email_link(user_id, &email).await?;
        let mut transaction = self.database().begin().await?;
        let letter = sqlx::query_scalar!(
            "UPDATE auth.account_mails SET expires_at = now() + make_interval(hours => $2)
             WHERE user_id = $1 AND kind = 'email_confirmation' AND ended_at IS NULL
               AND lower(address) = $3
             RETURNING id",
            user_id,
            EMAIL_CHANGE_HOURS,
            email.key()
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(nothing_waits)?;
        letters::queue(&mut transaction, letter).await?;
        transaction.commit().await?;
        tracing::info!(%user_id, "the link for another e-mail address was sent again");
        Ok(())
    }

    /// Gives up the change that waits; its link ends. Without one there is nothing to give up, and
    /// that is what was wanted.
    pub async fn cancel_email_change(&self, request: &RequestContext) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().begin().await?;
        let ended = letters::end(&mut transaction, user_id, LetterKind::EmailConfirmation).await?;
        transaction.commit().await?;
        if ended > 0 {
            tracing::info!(%user_id, "another e-mail address was given up");
        }
        Ok(())
    }

    /// Gives an account the address that its mailed link was sent to. Whoever has the link may do
    /// it: it proves the mailbox, and the account's person asked for it. Answers the address.
    ///
    /// # Errors
    /// 409 `link_ended` when the link does not hold, or the address is somebody else's by now.
    pub async fn confirm_email(&self, token: &str) -> Result<String, ServiceError> {
        let kind = LetterKind::EmailConfirmation;
        let link = self.link(token, kind).await?.ok_or_else(link_ended)?;
        let mut transaction = self.database().begin().await?;
        use_up(&mut transaction, &link).await?;
        self.set_email(&mut transaction, link.user_id, &link.email, &link.address, taken_since)
            .await?;
        transaction.commit().await?;
        tracing::info!(user_id = %link.user_id, "another e-mail address was confirmed");
        Ok(link.address)
    }

    /// The change itself, which is told at the address before as well. Every server drops what it
    /// remembers of the person; invitations that wait for the address are theirs now, unless they
    /// need a link.
    async fn set_email(
        &self,
        transaction: &mut Transaction,
        user_id: Uuid,
        before: &str,
        new: &str,
        taken: fn() -> ServiceError,
    ) -> Result<(), ServiceError> {
        let is_another = !before.eq_ignore_ascii_case(new);
        let writes = is_another && self.notifications().mails();
        if writes {
            letters::notify(transaction, user_id, LetterKind::EmailChanged, new).await?;
        }
        sqlx::query!(
            "UPDATE auth.users SET email = $2,
               email_since = CASE WHEN lower(email) = lower($2) THEN email_since ELSE now() END
             WHERE id = $1",
            user_id,
            new
        )
        .execute(&mut **transaction)
        .await
        .map_err(|error| on_constraint(error, "users_email_key", taken))?;
        let notice = address_was_changed(before, new);
        match writes {
            true => self.tell_on_pages(transaction, user_id, &notice).await?,
            false => self.tell(transaction, user_id, &notice).await?,
        }
        if is_another {
            notify_waiting(self.notifications(), transaction, user_id).await?;
        }
        Ok(())
    }
}

async fn is_taken(
    transaction: &mut Transaction,
    user_id: Uuid,
    email: &EmailAddress,
) -> Result<bool, ServiceError> {
    let taken = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM auth.users WHERE lower(email) = $1 AND id <> $2)
           AS "taken!""#,
        email.key(),
        user_id
    );
    Ok(taken.fetch_one(&mut **transaction).await?)
}

fn nothing_waits() -> ServiceError {
    ServiceError::refused(
        ErrorCode::LinkEnded,
        "No change of your e-mail address waits any more. Ask for it again.",
    )
}

fn taken_since() -> ServiceError {
    ServiceError::refused(
        ErrorCode::LinkEnded,
        "Another account has this e-mail address by now, so yours was not changed.",
    )
}

fn address_was_asked() -> Notification {
    let text = "Your account gets it once the link is opened that was sent there. If it was not \
                you, change your password, which also stops this.";
    notice(Severity::Warning, "Another e-mail address was asked for", text.into(), ACCOUNT)
}

fn address_was_changed(before: &str, new: &str) -> Notification {
    let text = format!("You sign in with {new} now; before it was {before}.");
    notice(Severity::Warning, "Your e-mail address was changed", text, ACCOUNT)
}
