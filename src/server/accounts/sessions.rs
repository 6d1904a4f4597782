//! Sessions: one row per signed-in browser. The cookie is random and means nothing by itself, so
//! ending the row ends it.

use super::{AccountService, Known, Secret, secrets};
use crate::{
    domain::accounts::SessionView,
    server::{
        foundation::{
            context::{Actor, RequestContext},
            error::ServiceError,
        },
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A session in use is renewed until it is this many times as old as an unused one may get; then
/// the password is asked again.
const LONGEST_LIFE: i32 = 3;
/// Days for which a letter is kept after its time, so that administrators see what did not get
/// through.
const DAYS_OF_LETTERS: i32 = 7;
/// Browsers may name themselves at any length; the first part tells them apart.
const USER_AGENT_LENGTH: usize = 300;

/// What presenting a cookie found.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFound {
    pub known: Known,
    /// It was just prolonged, and the cookie should be too.
    pub renewed: bool,
}

impl AccountService {
    /// How long the cookie lives: as long as the row, if it is not used.
    pub fn session_seconds(&self) -> u32 {
        u32::from(self.inner.rules.session_days) * 24 * 60 * 60
    }

    pub(super) async fn insert_session(
        &self,
        transaction: &mut Transaction,
        request: &RequestContext,
        user_id: Uuid,
    ) -> Result<Secret, ServiceError> {
        let secret = Secret::generate("")
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let user_agent = request
            .user_agent
            .as_ref()
            .map(|text| text.chars().take(USER_AGENT_LENGTH).collect::<String>());
        let hash = secret.hash();
        sqlx::query!(
            "INSERT INTO auth.sessions (token_hash, user_id, expires_at, ip, user_agent)
             VALUES ($1, $2, now() + make_interval(days => $3), $4::text::inet, $5)",
            hash.as_slice(),
            user_id,
            i32::from(self.inner.rules.session_days),
            request.ip.map(|ip| ip.to_string()),
            user_agent
        )
        .execute(&mut **transaction)
        .await?;
        Ok(secret)
    }

    /// Whose cookie this is; `None` when the session has ended, or never was.
    ///
    /// Usually answered from memory. Each use prolongs the session, but is written down at most
    /// every five minutes.
    pub async fn find_session(
        &self,
        cookie: &str,
        request: &RequestContext,
    ) -> Result<Option<SessionFound>, ServiceError> {
        let Some(hash) = secrets::hash_presented(cookie, "") else { return Ok(None) };
        if let Some(known) = self.cache().get(&hash, self.epoch()) {
            return Ok(Some(SessionFound { known, renewed: false }));
        }
        let _share = self.lookup(request.ip).await?;
        let ticket = self.cache().ticket(self.epoch());
        let row = sqlx::query!(
            r#"SELECT session.id, session.user_id, session.expires_at, person.role,
                      session.last_seen NOT BETWEEN now() - interval '5 minutes'
                        AND now() AS "stale!"
               FROM auth.sessions AS session JOIN auth.users AS person
                 ON person.id = session.user_id
               WHERE session.token_hash = $1 AND session.expires_at > now()
                 AND person.disabled_at IS NULL"#,
            hash.as_slice()
        )
        .fetch_optional(self.database().pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let prolonged = if row.stale { self.prolong(row.id, request).await } else { None };
        let actor =
            Actor { user_id: row.user_id, role: super::rows::stored(&row.role)?, scopes: None };
        let expires_at = Some(prolonged.unwrap_or(row.expires_at));
        let known = Known { actor, session_id: Some(row.id), client: None, expires_at };
        self.cache().put(hash, known.clone(), ticket);
        Ok(Some(SessionFound { known, renewed: prolonged.is_some() }))
    }

    /// Until when; `None` when nothing was written. A database that cannot write for a moment, as
    /// during a failover, is no reason to turn a reader away.
    async fn prolong(&self, session_id: Uuid, request: &RequestContext) -> Option<DateTime<Utc>> {
        let days = i32::from(self.inner.rules.session_days);
        let written = sqlx::query_scalar!(
            "UPDATE auth.sessions SET last_seen = now(), ip = coalesce($4::text::inet, ip),
               expires_at = least(now() + make_interval(days => $2),
                 created_at + make_interval(days => $3))
             WHERE id = $1 RETURNING expires_at",
            session_id,
            days,
            days * LONGEST_LIFE,
            request.ip.map(|ip| ip.to_string())
        )
        .fetch_optional(self.database().pool())
        .await;
        written
            .inspect_err(|error| tracing::warn!(%error, "a session could not be prolonged"))
            .ok()
            .flatten()
    }

    /// Ends the session of the request. Without one there is nothing to end, and that is what was
    /// wanted.
    pub async fn sign_out(&self, request: &RequestContext) -> Result<(), ServiceError> {
        if let (Some(session_id), Some(actor)) = (request.session_id, &request.actor) {
            sqlx::query!("DELETE FROM auth.sessions WHERE id = $1", session_id)
                .execute(self.database().pool())
                .await?;
            self.cache().forget(actor.user_id);
            tracing::info!(user_id = %actor.user_id, "signed out");
        }
        Ok(())
    }

    /// One's own sessions, the last used first.
    pub async fn sessions(
        &self,
        request: &RequestContext,
    ) -> Result<Vec<SessionView>, ServiceError> {
        request.in_person()?;
        let mut transaction = self.database().as_person(request).await?;
        let rows = sqlx::query!(
            r#"SELECT id, created_at, last_seen, expires_at, host(ip) AS ip, user_agent
               FROM auth.sessions WHERE user_id = auth.uid() AND expires_at > now()
                 ORDER BY last_seen DESC, id"#
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(rows
            .into_iter()
            .map(|row| SessionView {
                id: row.id,
                current: request.session_id == Some(row.id),
                created_at: row.created_at,
                last_seen: row.last_seen,
                expires_at: row.expires_at,
                ip: row.ip,
                user_agent: row.user_agent,
            })
            .collect())
    }

    /// Ends one of one's own sessions.
    pub async fn end_session(
        &self,
        request: &RequestContext,
        session_id: Uuid,
    ) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().as_person(request).await?;
        let ended = sqlx::query!(
            "DELETE FROM auth.sessions WHERE id = $1 AND user_id = auth.uid()",
            session_id
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.cache().forget(user_id);
        if ended.rows_affected() == 0 {
            Err(ServiceError::NotFound("This session"))
        } else {
            Ok(())
        }
    }

    /// Ends all of one's own sessions but the one that asks. Answers how many.
    pub async fn end_other_sessions(&self, request: &RequestContext) -> Result<u64, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().as_person(request).await?;
        let ended = sqlx::query!(
            "DELETE FROM auth.sessions WHERE user_id = auth.uid() AND id IS DISTINCT FROM $1",
            request.session_id
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.cache().forget(user_id);
        Ok(ended.rows_affected())
    }

    /// Removes what is over: sessions and sign-ins that ended by themselves, second factors that
    /// nobody went on to set up, letters about accounts whose time is over for a while, and limits
    /// that have no effect any more; for a job that runs now and then.
    pub async fn sweep(&self) -> Result<u64, ServiceError> {
        let ended = sqlx::query!("DELETE FROM auth.sessions WHERE expires_at < now()")
            .execute(self.database().pool())
            .await?;
        sqlx::query!("DELETE FROM auth.pending_sign_ins WHERE expires_at < now()")
            .execute(self.database().pool())
            .await?;
        sqlx::query!("DELETE FROM auth.passkey_ceremonies WHERE expires_at < now()")
            .execute(self.database().pool())
            .await?;
        sqlx::query!(
            "DELETE FROM auth.second_factors
              WHERE confirmed_at IS NULL AND created_at < now() - interval '1 day'"
        )
        .execute(self.database().pool())
        .await?;
        let letters = sqlx::query!(
            "DELETE FROM auth.account_mails WHERE expires_at < now() - make_interval(days => $1)",
            DAYS_OF_LETTERS
        )
        .execute(self.database().pool())
        .await?;
        sqlx::query!("DELETE FROM public.rate_limits WHERE theoretical_arrival < now()")
            .execute(self.database().pool())
            .await?;
        Ok(ended.rows_affected() + letters.rows_affected())
    }
}
