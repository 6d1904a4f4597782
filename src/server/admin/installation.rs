//! How the installation is doing: its servers, its master keys, what the environment sets, the
//! webhook, and whether its history is whole.

use super::{AdminService, retention::retention};
use crate::{
    domain::{
        accounts::Scope,
        admin::{
            InstallationAnswer, SealedGroup, ServerView, VaultView, Verification,
            VerificationAnswer, WebhookView,
        },
    },
    server::{
        config,
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{Subject, note_request},
        },
        history::{self, Verified},
        organizations::notices::party,
        postgres::LEASE,
    },
};
use serde_json::json;

/// By which word the record knows that somebody looked through the history.
const VERIFY: &str = "audit verify";
/// Findings that are told.
const MOST: usize = 100;

impl AdminService {
    /// How the installation is doing.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn installation(
        &self,
        request: &RequestContext,
    ) -> Result<InstallationAnswer, ServiceError> {
        request.administer(Scope::AdminRead)?;
        let postgres_version =
            sqlx::query_scalar!(r#"SELECT current_setting('server_version') AS "version!""#)
                .fetch_one(self.database.pool())
                .await?;
        Ok(InstallationAnswer {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: option_env!("TRAIN_COMMIT")
                .filter(|commit| !commit.is_empty())
                .map(str::to_owned),
            started_at: self.started_at,
            postgres_version,
            servers: self.servers().await?,
            vault: self.vault().await?,
            environment: config::values(|name| std::env::var(name).ok()),
            webhook: self.webhook().await?,
            retention: retention(&self.config),
            verification: self.last_verification(request).await?,
        })
    }

    /// As the system: the list of servers is nobody's.
    async fn servers(&self) -> Result<Vec<ServerView>, ServiceError> {
        Ok(sqlx::query_as!(
            ServerView,
            r#"SELECT id, name, address, version, started_at,
                 lease_until - make_interval(secs => $2) AS "seen_at!",
                 NOT is_due(lease_until, make_interval(secs => $2 * 2)) AS "alive!",
                 id = $1 AS "own!"
               FROM public.servers ORDER BY started_at DESC, id LIMIT 100"#,
            self.database.events().server_id(),
            LEASE.as_secs_f64()
        )
        .fetch_all(self.database.pool())
        .await?)
    }

    async fn vault(&self) -> Result<VaultView, ServiceError> {
        let (master_keys, problem) = match self.vault.master_keys() {
            Ok(keys) => (keys, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let stored = self.vault.status().await?.into_iter().map(|keys| SealedGroup {
            state: keys.state,
            master_key: keys.key_id,
            owners: keys.owners,
            count: keys.count,
        });
        Ok(VaultView { master_keys, problem, stored: stored.collect() })
    }

    async fn webhook(&self) -> Result<WebhookView, ServiceError> {
        Ok(sqlx::query_as!(
            WebhookView,
            r#"SELECT EXISTS (SELECT FROM public.database_alert_rules
                 WHERE webhook IS NOT NULL) AS "is_set!",
                 count(*) FILTER (WHERE webhook_due_at IS NOT NULL) AS "waiting!",
                 count(*) FILTER (WHERE webhook_due_at IS NOT NULL AND webhook_attempts > 0)
                   AS "failing!",
                 max(webhook_sent_at) AS last_sent_at
               FROM public.database_alerts"#
        )
        .fetch_one(self.database.pool())
        .await?)
    }

    async fn last_verification(
        &self,
        request: &RequestContext,
    ) -> Result<Option<Verification>, ServiceError> {
        let mut transaction = self.database.as_person(request).await?;
        let last = sqlx::query_as!(
            Verification,
            r#"SELECT done_at AS "at", operator AS "by",
                 coalesce((details ->> 'rows')::bigint, 0) AS "rows!",
                 coalesce((details ->> 'findings')::bigint, 0) AS "findings!"
               FROM public.administrative_actions
               WHERE command = $1 ORDER BY number DESC LIMIT 1"#,
            VERIFY
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(last)
    }

    /// Looks through the whole history now, and writes down that somebody did and what was found.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn verify_history(
        &self,
        request: &RequestContext,
    ) -> Result<VerificationAnswer, ServiceError> {
        let actor = request.administer(Scope::AdminWrite)?;
        let Verified { rows, mut problems } = history::verify(&self.database).await?;
        let findings = i64::try_from(problems.len()).unwrap_or(i64::MAX);
        problems.truncate(MOST);
        let mut transaction = self.database.begin().await?;
        let me = party(&mut transaction, actor.user_id).await?;
        let by = me.email.unwrap_or(me.name);
        let details = json!({"rows": rows, "findings": findings});
        note_request(&mut transaction, request, &by, VERIFY, Subject::default(), details).await?;
        let at = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "at!""#)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let verification = Verification { at, by, rows, findings };
        Ok(VerificationAnswer { verification, problems })
    }
}
