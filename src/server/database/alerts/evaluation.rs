//! One look at everything: what opens, changes, resolves itself, and who is told.

use super::{
    AlertService, Finding, failed_operations, findings, gauges, list, rules,
    store::{self, Payload, Remembered},
    webhook,
};
use crate::{
    domain::{
        database::{Alert, AlertKind, AlertRule, Look, Severity, Stage, Standing, Step, step},
        local_path::LocalPath,
        notifications::{self, Category, Notification},
    },
    server::{
        database::health::Observations, foundation::error::ServiceError, notifications::Recipients,
        postgres::Event,
    },
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The advisory lock of the server that looks: "train al" in ASCII.
const LOCK: i64 = 0x7472_6169_6e20_616c;

/// What one look changed.
#[derive(Debug, Default)]
struct Changes {
    /// Something that people see.
    visible: bool,
    /// As they were, but for the time.
    seen_again: Vec<Uuid>,
    /// Opened or got worse, and nobody muted it.
    to_notify: Vec<Uuid>,
}

impl AlertService {
    /// Observes and looks at all rules now. `false`: another server is at it.
    ///
    /// # Errors
    /// When the database refuses or does not answer; then nothing was changed.
    pub async fn evaluate_once(&self) -> Result<bool, ServiceError> {
        self.evaluate(None).await
    }

    /// The same with observations that were made already.
    ///
    /// # Errors
    /// As [`AlertService::evaluate_once`].
    pub async fn apply(&self, observations: &Observations) -> Result<bool, ServiceError> {
        self.evaluate(Some(observations)).await
    }

    async fn evaluate(&self, given: Option<&Observations>) -> Result<bool, ServiceError> {
        let checked_at = sqlx::query_scalar!("SELECT checked_at FROM database_alert_rules")
            .fetch_one(self.database.pool())
            .await?;
        // Before the transaction: looking takes connections of its own.
        let observed;
        let observations = match given {
            Some(observations) => observations,
            None => {
                observed = self.health.observe().await;
                &observed
            }
        };
        let failed = failed_operations::read(&self.database).await;
        let gauges = gauges::measure(&self.database, observations).await;
        let mut transaction = self.database.begin().await?;
        // Another server that looked meanwhile has written down what it found.
        let still = sqlx::query!(
            r#"SELECT pg_try_advisory_xact_lock($1) AS "locked!", checked_at
               FROM database_alert_rules"#,
            LOCK
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !still.locked || still.checked_at != checked_at {
            return Ok(false);
        }
        let stored = rules::read(&mut transaction).await?;
        let rules = stored.effective();
        let now = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
            .fetch_one(&mut *transaction)
            .await?;
        let found = findings(observations, &failed, &rules, now);

        let changes = compare(&mut transaction, &found, &rules, now).await?;
        store::seen_again(&mut transaction, &changes.seen_again, now).await?;
        for id in &changes.to_notify {
            if let Some(alert) = list::alert(&mut transaction, *id).await? {
                self.notify(&mut transaction, &alert, stored.webhook.is_some()).await?;
            }
        }
        rules::looked(&mut transaction, now, &found.unchecked, &gauges).await?;
        store::tidy(&mut transaction).await?;
        transaction.commit().await?;
        if changes.visible {
            self.database.events().announce(Event::HealthChanged).await;
        }
        Ok(true)
    }

    /// Tells administrators now, with the change, and the webhook as soon as it can be reached.
    async fn notify(
        &self,
        connection: &mut PgConnection,
        alert: &Alert,
        has_webhook: bool,
    ) -> Result<(), ServiceError> {
        if has_webhook {
            webhook::queue(connection, alert.id).await?;
        }
        let notification = Notification {
            category: Category::SystemAlerts,
            severity: match alert.severity {
                Severity::Info => notifications::Severity::Info,
                Severity::Warning => notifications::Severity::Warning,
                Severity::Critical => notifications::Severity::Error,
            },
            title: alert.title(),
            text: format!("{} {} {}", alert.cause, alert.effect, alert.remedy),
            link: LocalPath::parse("/database/alerts"),
            dedupe_key: format!("database-alert:{}:{}", alert.id, alert.severity.as_str()),
        };
        self.notifications.send_in(connection, &Recipients::Administrators, &notification).await?;
        Ok(())
    }
}

/// Holds every subject, remembered or found, against what was seen of it.
async fn compare(
    connection: &mut PgConnection,
    found: &super::Findings,
    rules: &[AlertRule],
    now: DateTime<Utc>,
) -> Result<Changes, ServiceError> {
    let mut seen: BTreeMap<(AlertKind, &str), &Finding> = found
        .found
        .iter()
        .map(|finding| ((finding.kind, finding.subject.as_str()), finding))
        .collect();
    let mut changes = Changes::default();
    let remembered = store::remembered(connection).await?;
    for known in &remembered {
        // Of a newer version, which will look after it.
        let Some(rule) = rules.iter().find(|rule| rule.kind.as_str() == known.kind) else {
            continue;
        };
        let finding = seen.remove(&(rule.kind, known.subject.as_str()));
        let look = match finding {
            Some(finding) => seen_as(finding),
            // What is not looked for any more is as good as gone.
            None if rule.enabled && found.is_unknown(rule.kind, &known.subject) => Look::Unknown,
            None => Look::Clean,
        };
        take(connection, &mut changes, Some(known), finding, rule, look, now).await?;
    }
    for ((kind, _), finding) in seen {
        if let Some(rule) = rules.iter().find(|rule| rule.kind == kind) {
            take(connection, &mut changes, None, Some(finding), rule, seen_as(finding), now)
                .await?;
        }
    }
    Ok(changes)
}

fn seen_as(finding: &Finding) -> Look {
    Look::Seen { severity: finding.severity, holds: finding.holds, value: finding.value }
}

/// One subject's step, stored.
async fn take(
    connection: &mut PgConnection,
    changes: &mut Changes,
    known: Option<&Remembered>,
    finding: Option<&Finding>,
    rule: &AlertRule,
    look: Look,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let payload = finding.map(payload);
    let step = step(known.map(|known| &known.standing), look, rule, now);
    match (step, known) {
        (Step::Nothing, _) | (Step::Resolve | Step::Forget, None) => {}
        (Step::Keep { standing, notify }, Some(known)) => {
            let payload = payload.as_ref().unwrap_or(&known.payload);
            keep(connection, changes, known, &standing, payload, notify, now).await?;
        }
        (Step::Keep { standing, notify } | Step::Begin { standing, notify }, _) => {
            if let Some(quiet) = known {
                store::forget(connection, quiet.id).await?;
            }
            if let (Some(finding), Some(payload)) = (finding, payload) {
                let kind = finding.kind.as_str();
                let (id, muted) =
                    store::insert(connection, kind, &finding.subject, &standing, &payload).await?;
                changes.visible |= standing.stage != Stage::Pending;
                changes.to_notify.extend(Some(id).filter(|_| notify && muted.is_none()));
            }
        }
        (Step::Resolve, Some(known)) => {
            store::resolve(connection, known.id, now).await?;
            changes.visible = true;
        }
        (Step::Forget, Some(known)) => store::forget(connection, known.id).await?,
    }
    Ok(())
}

/// Writes what differs; most looks find everything as it was.
async fn keep(
    connection: &mut PgConnection,
    changes: &mut Changes,
    known: &Remembered,
    standing: &Standing,
    payload: &Payload,
    notify: bool,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let unchanged = Standing { last_seen: known.standing.last_seen, ..*standing } == known.standing;
    if unchanged && *payload == known.payload {
        changes.seen_again.extend(Some(known.id).filter(|_| standing.last_seen == now));
        return Ok(());
    }
    if known.standing.stage == Stage::Quiet {
        // Its payload is what was resolved.
        return store::update_quiet(connection, known.id, standing).await;
    }
    store::update(connection, known.id, standing, payload).await?;
    let shown =
        standing.stage != known.standing.stage || standing.severity != known.standing.severity;
    changes.visible |= shown && standing.stage != Stage::Pending;
    let muted = known.muted_until.is_some_and(|until| until > now);
    changes.to_notify.extend(Some(known.id).filter(|_| notify && !muted));
    Ok(())
}

fn payload(finding: &Finding) -> Payload {
    Payload {
        object: finding.object.clone(),
        cause: finding.cause.clone(),
        effect: finding.effect.clone(),
        remedy: finding.remedy.clone(),
        action: finding.action.clone(),
    }
}
