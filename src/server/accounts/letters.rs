//! Letters about accounts. Here they are put into the outbox; `server/mail/accounts.rs` writes and
//! sends them.

use crate::{
    domain::words::words,
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use serde::Serialize;
use uuid::Uuid;

/// Every token of a link in them begins with it, so that people and secret scanners recognize one.
pub const LINK_PREFIX: &str = "acc_";
/// For so long a notice is worth sending.
const NOTICE_MINUTES: i32 = 7 * 24 * 60;

words! {
    /// What a letter is about.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub enum LetterKind: "The kind of a letter" {
        PasswordReset => "password_reset";
        EmailConfirmation => "email_confirmation";
        EmailChangeAsked => "email_change_asked";
        EmailChanged => "email_changed";
    }
}

impl LetterKind {
    /// Whether it carries a link with a token.
    pub fn has_link(self) -> bool {
        matches!(self, Self::PasswordReset | Self::EmailConfirmation)
    }
}

/// Puts a link for the account of an address into the outbox, whether or not there is one: the same
/// statements, so that their time tells nobody. What belongs to nobody is dropped by whoever sends.
pub(super) async fn ask_reset(
    transaction: &mut Transaction,
    address: &str,
    minutes: i32,
) -> Result<(), ServiceError> {
    let letter = sqlx::query_scalar!(
        "INSERT INTO auth.account_mails (user_id, kind, address, expires_at)
         SELECT person.id, $3, coalesce(person.email, $1), now() + make_interval(mins => $2)
           FROM (SELECT) AS asked
           LEFT JOIN auth.users AS person
             ON lower(person.email) = lower($1) AND person.disabled_at IS NULL
         RETURNING id",
        address,
        minutes,
        LetterKind::PasswordReset.as_str()
    )
    .fetch_one(&mut **transaction)
    .await?;
    queue(transaction, letter).await
}

/// Puts the link into the outbox that confirms a new address of an account, in place of one that
/// waits already.
pub(super) async fn ask_confirmation(
    transaction: &mut Transaction,
    user_id: Uuid,
    address: &str,
    hours: i32,
) -> Result<(), ServiceError> {
    end(transaction, user_id, LetterKind::EmailConfirmation).await?;
    let letter = sqlx::query_scalar!(
        "INSERT INTO auth.account_mails (user_id, kind, address, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(hours => $4)) RETURNING id",
        user_id,
        LetterKind::EmailConfirmation.as_str(),
        address,
        hours
    )
    .fetch_one(&mut **transaction)
    .await?;
    queue(transaction, letter).await
}

/// Puts a notice into the outbox, to the address that the account has now. `other`: the one that it
/// is to get, or gets in this transaction.
pub(super) async fn notify(
    transaction: &mut Transaction,
    user_id: Uuid,
    kind: LetterKind,
    other: &str,
) -> Result<(), ServiceError> {
    let letter = sqlx::query_scalar!(
        "INSERT INTO auth.account_mails (user_id, kind, address, other_address, expires_at)
         SELECT id, $2, email, $3, now() + make_interval(mins => $4) FROM auth.users
         WHERE id = $1 RETURNING id",
        user_id,
        kind.as_str(),
        other,
        NOTICE_MINUTES
    )
    .fetch_optional(&mut **transaction)
    .await?;
    match letter {
        Some(letter) => queue(transaction, letter).await,
        None => Ok(()),
    }
}

/// Has a letter sent at once, also one that was sent before.
pub(super) async fn queue(transaction: &mut Transaction, letter: Uuid) -> Result<(), ServiceError> {
    sqlx::query!(
        "WITH queued AS (
           INSERT INTO public.notification_outbox (account_mail_id) VALUES ($1)
           ON CONFLICT (account_mail_id) DO UPDATE
             SET state = 'queued', attempts = 0, next_attempt_at = now(), mail_id = NULL,
                 lease_id = NULL, last_error = NULL, sent_at = NULL
           RETURNING id
         )
         SELECT pg_notify('train_events', jsonb_build_object('type', 'mail-due')::text)
         FROM queued",
        letter
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(())
}

/// Ends what waits of a kind; answers how many there were.
pub(super) async fn end(
    transaction: &mut Transaction,
    user_id: Uuid,
    kind: LetterKind,
) -> Result<u64, ServiceError> {
    let ended = sqlx::query!(
        "UPDATE auth.account_mails SET ended_at = clock_timestamp()
         WHERE user_id = $1 AND kind = $2 AND ended_at IS NULL",
        user_id,
        kind.as_str()
    )
    .execute(&mut **transaction)
    .await?;
    Ok(ended.rows_affected())
}
