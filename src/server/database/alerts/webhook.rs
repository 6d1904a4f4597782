//! Telling a webhook: one POST for each alert that opened or got worse, tried again until it is
//! taken.
//!
//! What is to be told stands in the alert's own row from the transaction that opened it on, so
//! nothing is lost when a server ends. Whoever tells it first moves its next try into the future
//! and only then speaks, so two servers do not tell it twice. A server that ends between the answer
//! and noting it tells it again: the receiver knows it by its `Idempotency-Key`.

use super::{AlertService, list};
use crate::{
    domain::{accounts::Scope, admin::WebhookView, database::Alert},
    server::foundation::{context::RequestContext, error::ServiceError},
};
use chrono::{DateTime, Utc};
use reqwest::{Client, Url, redirect};
use serde_json::json;
use sqlx::PgConnection;
use std::{
    sync::{Arc, Once, OnceLock},
    time::Duration,
};
use uuid::Uuid;

/// How long the receiver may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first pause; each is twice as long as the one before, up to an hour. Longer than
/// [`PATIENCE`], so that nobody else tries meanwhile.
const FIRST_PAUSE_SECONDS: i32 = 30;
const LONGEST_PAUSE_SECONDS: i32 = 3600;
/// After so many tries, about a day, it is given up.
const MOST_ATTEMPTS: i32 = 30;
/// Tries in one go: the others come a moment later.
const MOST_AT_ONCE: usize = 20;
const LONGEST_ADDRESS: usize = 2000;
/// A part of a path that is as long as this may be a secret.
const SECRET_LENGTH: usize = 16;
const MASK: &str = "…";

/// The connections to the webhook.
#[derive(Clone, Debug, Default)]
pub(super) struct Sender(Arc<OnceLock<Client>>);

/// Something to tell, taken by this server.
struct Due {
    id: Uuid,
    attempts: i32,
    next: Option<DateTime<Utc>>,
}

/// Why it was not taken. Never the address: it may hold a secret.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("its address cannot be used")]
    Address,
    #[error("there is no way to connect: the certificates of this machine cannot be read")]
    Client,
    #[error("it did not answer within 5 seconds")]
    Timeout,
    #[error("it cannot be reached")]
    Unreachable,
    #[error("it answered {0}")]
    Status(u16),
}

impl Sender {
    fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        static PROVIDER: Once = Once::new();
        // Fails if somebody chose one before, which is as good.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let client = Client::builder()
            .user_agent(concat!("train/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            // Told to the address that an administrator chose and no other.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(|_| Failure::Client)?;
        Ok(self.0.get_or_init(|| client))
    }

    async fn post(&self, address: &str, alert: &Alert) -> Result<(), Failure> {
        let url = parse(address).ok_or(Failure::Address)?;
        let delivery = format!("{}:{}", alert.id, alert.severity.as_str());
        let body = json!({"event": "database-alert", "delivery": delivery, "alert": alert});
        let sent = self
            .client()?
            .post(url)
            .header("content-type", "application/json")
            .header("idempotency-key", &delivery)
            .body(body.to_string());
        let response = sent.send().await.map_err(|error| match error.is_timeout() {
            true => Failure::Timeout,
            false => Failure::Unreachable,
        })?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(Failure::Status(status.as_u16())),
        }
    }
}

fn parse(address: &str) -> Option<Url> {
    Url::parse(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// One sentence when an address cannot be told anything.
pub(super) fn problem(address: &str) -> Option<String> {
    if address.contains(MASK) || address.contains("%E2%80%A6") {
        return Some("The webhook's address is masked in part; enter it whole.".to_owned());
    }
    if address.len() > LONGEST_ADDRESS || parse(address).is_none() {
        return Some(
            "The webhook must be an address that begins with https:// or http://.".to_owned(),
        );
    }
    None
}

/// The address as it may be shown: without passwords, values of its query, and long parts of its
/// path.
pub(super) fn masked(address: &str) -> String {
    let Some(url) = parse(address) else { return MASK.to_owned() };
    let mut shown = format!("{}://", url.scheme());
    if !url.username().is_empty() || url.password().is_some() {
        shown.push_str(&format!("{MASK}@"));
    }
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    let hidden =
        |part: &str| if part.len() >= SECRET_LENGTH { MASK.to_owned() } else { part.to_owned() };
    shown.push_str(&url.path().split('/').map(hidden).collect::<Vec<_>>().join("/"));
    if let Some(query) = url.query() {
        let value = |pair: &str| {
            pair.split_once('=').map_or(MASK.to_owned(), |(name, _)| format!("{name}={MASK}"))
        };
        shown.push_str(&format!("?{}", query.split('&').map(value).collect::<Vec<_>>().join("&")));
    }
    shown
}

/// Notes that an alert is to be told.
pub(super) async fn queue(connection: &mut PgConnection, id: Uuid) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE database_alerts SET webhook_due_at = now(), webhook_attempts = 0 WHERE id = $1",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Nothing waits any more.
pub(super) async fn forget_all(connection: &mut PgConnection) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE database_alerts SET webhook_due_at = NULL WHERE webhook_due_at IS NOT NULL"
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl AlertService {
    /// Tells the webhook what is due; answers how much of it was taken.
    ///
    /// # Errors
    /// When the database does not answer. A webhook that does not is tried again later.
    pub async fn deliver_due(&self) -> Result<usize, ServiceError> {
        let mut taken = 0;
        for _ in 0..MOST_AT_ONCE {
            let Some((due, address, alert)) = self.take_due().await? else { break };
            match self.webhook.post(&address, &alert).await {
                Ok(()) => taken += 1,
                Err(failure) => {
                    self.note_failure(&due, &failure).await?;
                    continue;
                }
            }
            // Due again meanwhile, because it got worse, it stays due.
            sqlx::query!(
                "UPDATE database_alerts SET webhook_sent_at = now(), webhook_attempts = 0,
                   webhook_due_at = CASE WHEN webhook_due_at IS DISTINCT FROM $2 THEN webhook_due_at
                     END
                 WHERE id = $1",
                due.id,
                due.next
            )
            .execute(self.database.pool())
            .await?;
        }
        Ok(taken)
    }

    /// Takes what is due first and moves its next try, so that no other server tells it meanwhile.
    async fn take_due(&self) -> Result<Option<(Due, String, Alert)>, ServiceError> {
        let mut transaction = self.database.begin().await?;
        let due = sqlx::query_as!(
            Due,
            r#"UPDATE database_alerts SET webhook_attempts = webhook_attempts + 1,
                 webhook_due_at = now() + make_interval(secs => least($1 * 2 ^
                   least(webhook_attempts, 10), $2))
               WHERE id = (SELECT id FROM database_alerts
                 WHERE is_due(webhook_due_at, make_interval(secs => $2)) ORDER BY webhook_due_at
                 LIMIT 1
                 FOR UPDATE SKIP LOCKED)
               RETURNING id, webhook_attempts AS attempts, webhook_due_at AS next"#,
            f64::from(FIRST_PAUSE_SECONDS),
            f64::from(LONGEST_PAUSE_SECONDS)
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(due) = due else { return Ok(None) };
        let address = sqlx::query_scalar!("SELECT webhook FROM database_alert_rules")
            .fetch_one(&mut *transaction)
            .await?;
        let alert = list::alert(&mut transaction, due.id).await?;
        transaction.commit().await?;
        Ok(address.zip(alert).map(|(address, alert)| (due, address, alert)))
    }

    /// Whether it takes what it is told.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn webhook(&self, request: &RequestContext) -> Result<WebhookView, ServiceError> {
        request.administer(Scope::AdminRead)?;
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

    async fn note_failure(&self, due: &Due, failure: &Failure) -> Result<(), ServiceError> {
        let (alert, attempts) = (due.id, due.attempts);
        if attempts < MOST_ATTEMPTS {
            tracing::warn!(%alert, attempts, %failure, "the webhook did not take an alert; it is \
                tried again");
            return Ok(());
        }
        tracing::error!(%alert, attempts, %failure, "the webhook did not take an alert; it is \
            given up");
        sqlx::query!(
            "UPDATE database_alerts SET webhook_due_at = NULL WHERE id = $1 AND webhook_due_at = \
                $2",
            alert,
            due.next
        )
        .execute(self.database.pool())
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (address, shown) in [
            ("https://hooks.example.com/alerts", "https://hooks.example.com/alerts"),
            (
                "https://hooks.example.com:8443/a?token=s3cret&x",
                "https://hooks.example.com:8443/a?token=…&…",
            ),
            ("https://ann:pw@hooks.example.com/", "https://…@hooks.example.com/"),
            (
                "https://hooks.example.com/services/T000/abcdefghijklmnopq",
                "https://hooks.example.com/services/T000/…",
            ),
        ] {
            assert_eq!(masked(address), shown);
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_taken() {
        for good in ["https://hooks.example.com/a", "http://127.0.0.1:9093/x?y=z"] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in [
            "ftp://example.com",
            "example.com/hook",
            "file:///etc/passwd",
            "https://",
            "javascript:alert(1)",
        ] {
            assert!(problem(bad).unwrap().contains("https://"), "{bad}");
        }
        assert!(problem("https://hooks.example.com/a?token=…").unwrap().contains("enter it whole"));
    }
}
