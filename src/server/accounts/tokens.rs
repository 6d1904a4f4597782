//! API tokens: with one of these a script acts for its person, as far as the scopes go.

use super::{AccountService, Known, Secret, secrets};
use crate::{
    domain::{
        accounts::{Scope, TokenView},
        names::TokenName,
    },
    server::foundation::{
        context::{Actor, RequestContext},
        error::ServiceError,
    },
};
use chrono::{DateTime, Utc};
use std::net::IpAddr;
use uuid::Uuid;

/// Every token begins with it, so that people and secret scanners recognize one.
pub const PREFIX: &str = "trn_";
/// More than anyone can keep apart.
const MOST_TOKENS: i64 = 100;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: TokenName,
    pub scopes: Vec<Scope>,
    /// `None`: does not expire by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl AccountService {
    /// Makes a token. The secret is shown this once and stored nowhere.
    pub async fn make_token(
        &self,
        request: &RequestContext,
        token: NewToken,
    ) -> Result<(TokenView, Secret), ServiceError> {
        let user_id = request.in_person()?.user_id;
        if token.expires_at.is_some_and(|time| time <= Utc::now()) {
            return Err(ServiceError::field("expiresAt", "The expiry must be in the future."));
        }
        let secret = Secret::generate(PREFIX)
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let scopes: Vec<String> = token.scopes.iter().map(ToString::to_string).collect();
        let hash = secret.hash();
        let mut transaction = self.database().begin().await?;
        // Counted by one after the other: each sees those that were made before.
        transaction.one_by_one(&format!("api-tokens:{user_id}")).await?;
        let row = sqlx::query!(
            "INSERT INTO auth.api_tokens (user_id, name, token_hash, last_four, scopes, expires_at)
             SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM auth.api_tokens
               WHERE user_id = $1) < $7
             RETURNING id, created_at",
            user_id,
            token.name.as_str(),
            hash.as_slice(),
            secret.last_four(),
            &scopes,
            token.expires_at,
            MOST_TOKENS
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let Some(row) = row else {
            return Err(ServiceError::field(
                "",
                format!("You have {MOST_TOKENS} tokens already. Revoke one you no longer use."),
            ));
        };
        tracing::info!(%user_id, token_id = %row.id, "an API token was made");
        let view = TokenView {
            id: row.id,
            name: token.name.to_string(),
            last_four: secret.last_four().to_owned(),
            scopes: token.scopes,
            created_at: row.created_at,
            expires_at: token.expires_at,
            last_used_at: None,
        };
        Ok((view, secret))
    }

    /// One's own tokens, the newest first; expired ones too, until they are revoked.
    pub async fn tokens(&self, request: &RequestContext) -> Result<Vec<TokenView>, ServiceError> {
        request.in_person()?;
        let mut transaction = self.database().as_person(request).await?;
        let rows = sqlx::query!(
            "SELECT id, name, last_four, scopes, created_at, expires_at, last_used_at
             FROM auth.api_tokens WHERE user_id = auth.uid() ORDER BY created_at DESC, id"
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(rows
            .into_iter()
            .map(|row| TokenView {
                id: row.id,
                name: row.name,
                last_four: row.last_four,
                scopes: known_scopes(&row.scopes),
                created_at: row.created_at,
                expires_at: row.expires_at,
                last_used_at: row.last_used_at,
            })
            .collect())
    }

    /// Ends one of one's own tokens.
    pub async fn revoke_token(
        &self,
        request: &RequestContext,
        token_id: Uuid,
    ) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().as_person(request).await?;
        let ended = sqlx::query!(
            "DELETE FROM auth.api_tokens WHERE id = $1 AND user_id = auth.uid()",
            token_id
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.cache().forget(user_id);
        if ended.rows_affected() == 0 { Err(ServiceError::NotFound("This token")) } else { Ok(()) }
    }

    /// Whose token this is; `None` for an unknown, revoked or expired one. Its use is written down
    /// at most once a minute.
    pub async fn find_token(
        &self,
        presented: &str,
        ip: Option<IpAddr>,
    ) -> Result<Option<Known>, ServiceError> {
        let Some(hash) = secrets::hash_presented(presented, PREFIX) else { return Ok(None) };
        if let Some(known) = self.cache().get(&hash, self.epoch()) {
            return Ok(Some(known));
        }
        let _share = self.lookup(ip).await?;
        let ticket = self.cache().ticket(self.epoch());
        let row = sqlx::query!(
            r#"SELECT token.id, token.user_id, token.name, token.scopes, token.expires_at,
                      person.role,
                      coalesce(token.last_used_at NOT BETWEEN now() - interval '1 minute' AND now(),
                        true) AS "stale!"
               FROM auth.api_tokens AS token JOIN auth.users AS person ON person.id = token.user_id
               WHERE token.token_hash = $1 AND (token.expires_at IS NULL
                 OR token.expires_at > now())
                 AND person.disabled_at IS NULL"#,
            hash.as_slice()
        )
        .fetch_optional(self.database().pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.stale {
            let used = sqlx::query!(
                "UPDATE auth.api_tokens SET last_used_at = now() WHERE id = $1",
                row.id
            );
            if let Err(error) = used.execute(self.database().pool()).await {
                // Knowing when is worth less than the answer.
                tracing::warn!(%error, "the use of a token could not be written down");
            }
        }
        let actor = Actor {
            user_id: row.user_id,
            role: super::rows::stored(&row.role)?,
            scopes: Some(known_scopes(&row.scopes)),
        };
        let client = Some(row.name.into());
        let known = Known { actor, session_id: None, client, expires_at: row.expires_at };
        self.cache().put(hash, known.clone(), ticket);
        Ok(Some(known))
    }
}

/// A scope that this version no longer knows grants nothing.
fn known_scopes(words: &[String]) -> Vec<Scope> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}
