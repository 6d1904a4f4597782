//! The rules as administrators changed them, the webhook, and what the last look left.

use super::{AlertService, gauges::Gauges, webhook};
use crate::{
    domain::{
        accounts::Scope,
        database::{
            AlertKind, AlertRule, AlertRules, check_rules, effective_rules, sparse_overrides,
        },
        field_error::FieldErrors,
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{PgConnection, types::Json};

/// The one row.
pub(super) struct Stored {
    overrides: Json<Value>,
    pub webhook: Option<String>,
    version: i64,
}

impl Stored {
    pub fn effective(&self) -> Vec<AlertRule> {
        effective_rules(&self.overrides.0)
    }

    fn shown(&self) -> AlertRules {
        let webhook = self.webhook.as_deref().map(webhook::masked);
        AlertRules { rules: self.effective(), webhook, version: self.version }
    }
}

pub(super) async fn read(connection: &mut PgConnection) -> Result<Stored, ServiceError> {
    let stored = sqlx::query_as!(
        Stored,
        r#"SELECT overrides AS "overrides: Json<Value>", webhook, version
           FROM database_alert_rules"#
    );
    Ok(stored.fetch_one(connection).await?)
}

/// Notes the look that was just taken.
pub(super) async fn looked(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    unchecked: &[String],
    gauges: &Gauges,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE database_alert_rules SET checked_at = $1, unchecked = $2, gauges = $3",
        now,
        Json(unchecked) as _,
        Json(gauges) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl AlertService {
    /// When alerts are raised, and where they are told. Secrets in the webhook's address are
    /// masked.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn rules(&self, request: &RequestContext) -> Result<AlertRules, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let mut connection = self.database.pool().acquire().await?;
        Ok(read(&mut connection).await?.shown())
    }

    /// Replaces the rules; kinds that are left out have their usual rule. The webhook as it was
    /// shown, masked, stays what it is.
    ///
    /// # Errors
    /// 400 with everything that is wrong, 409 when they were changed since `version`.
    pub async fn set_rules(
        &self,
        request: &RequestContext,
        body: &AlertRules,
    ) -> Result<AlertRules, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?.user_id;
        let mut transaction = self.database.begin().await?;
        sqlx::query!("SELECT version FROM database_alert_rules FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let stored = read(&mut transaction).await?;
        let wanted = body.webhook.as_deref().map(str::trim).filter(|address| !address.is_empty());
        let kept = stored
            .webhook
            .as_deref()
            .filter(|known| wanted == Some(webhook::masked(known).as_str()));
        let address = kept.or(wanted);

        let mut errors = FieldErrors::default();
        errors.extend(check_rules(&body.rules));
        if let Some(problem) = address.and_then(webhook::problem) {
            errors.add("webhook", problem);
        }
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return Err(ServiceError::Validation(errors));
        }
        if stored.version != body.version {
            let message = "Somebody else changed the rules meanwhile. Look at what stands now and \
                change it again.";
            let current = json!(stored.shown());
            return Err(ServiceError::Conflict {
                message: message.to_owned(),
                fields: Vec::new(),
                current,
            });
        }
        // The order of the program, and each kind once.
        let given = |kind: AlertKind| body.rules.iter().find(|rule| rule.kind == kind).cloned();
        let rules: Vec<AlertRule> = AlertKind::ALL
            .into_iter()
            .map(|kind| given(kind).unwrap_or_else(|| AlertRule::usual(kind)))
            .collect();
        sqlx::query!(
            "UPDATE database_alert_rules SET overrides = $1, webhook = $2, version = version + 1, \
                updated_by = $3, updated_at = now()",
            sparse_overrides(&rules),
            address,
            actor
        )
        .execute(&mut *transaction)
        .await?;
        if address != stored.webhook.as_deref() {
            // What waits was meant for the address before.
            webhook::forget_all(&mut transaction).await?;
        }
        let shown = read(&mut transaction).await?.shown();
        transaction.commit().await?;
        Ok(shown)
    }
}
