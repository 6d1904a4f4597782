//! What people are told of their configuration as time goes by: a model that retires soon, a key
//! that should be exchanged. Looked for once a day, told once per model and once per period of a
//! key, however many servers look.

use super::AiService;
use crate::{
    domain::{
        ai::{
            Overrides, Owner, ScopeType,
            models::{Catalog, Retirement},
            values::RotationSchedule,
        },
        local_path::LocalPath,
        merge_patch::get,
        notifications::{Category, Notification, Severity},
    },
    server::{
        foundation::error::ServiceError,
        generation::in_charge,
        notifications::{NotificationService, Recipients},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

impl AiService {
    /// Tells everybody in charge what is due on a day; answers how many were told now.
    ///
    /// # Errors
    /// When the database refuses or does not answer: the rest is told the next time.
    pub async fn remind(
        &self,
        notifications: &NotificationService,
        now: DateTime<Utc>,
    ) -> Result<u64, ServiceError> {
        let models = self.models.current().await?;
        let mut sent = 0;
        for (recipients, notification) in self.retirements(&models, now.date_naive()).await? {
            sent += notifications.send(&recipients, &notification).await?;
        }
        for (recipients, notification) in self.old_keys(now).await? {
            sent += notifications.send(&recipients, &notification).await?;
        }
        Ok(sent)
    }

    /// Every scope whose applying configuration names a model that retires soon, and the
    /// environment if it does.
    async fn retirements(
        &self,
        models: &Catalog,
        today: NaiveDate,
    ) -> Result<Vec<(Recipients, Notification)>, ServiceError> {
        let due: Vec<Retirement> = models
            .models()
            .iter()
            .filter_map(|model| models.retirement(&model.id, today))
            .collect();
        let ids: Vec<String> = due.iter().map(|retirement| retirement.model.clone()).collect();
        let rows = sqlx::query!(
            r#"SELECT user_id, organization_id, model AS "model!" FROM (
                 SELECT DISTINCT ON (user_id, organization_id) user_id, organization_id,
                 configuration #>> '{model,model}' AS model
                   FROM ai_configurations WHERE is_active
                  ORDER BY user_id, organization_id, priority DESC, updated_at DESC, id) applying
                WHERE model = ANY($1)"#,
            &ids
        )
        .fetch_all(self.db.pool())
        .await?;
        let stored = rows.into_iter().filter_map(|row| {
            let owner =
                row.user_id.map(Owner::Person).or(row.organization_id.map(Owner::Organization))?;
            Some((Some(owner), row.model))
        });
        let environment = get(&self.environment.overrides, "model.model").and_then(Value::as_str);
        let pinned = stored.chain(environment.map(|model| (None, model.to_owned())));
        let find = |model: &str| due.iter().find(|retirement| retirement.model == model);
        Ok(pinned
            .filter_map(|(owner, model)| find(&model).map(|retirement| retires(owner, retirement)))
            .collect())
    }

    /// Every key in use that is older than its owner wants keys to become.
    async fn old_keys(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Recipients, Notification)>, ServiceError> {
        let rows = sqlx::query!(
            r#"SELECT secret.id, secret.scope_type, secret.scope_id, secret.masked,
               secret.created_at,
                      coalesce(own.schedule, theirs.schedule) AS schedule
                 FROM vault.secrets secret
                 LEFT JOIN organization_members member
                   ON secret.scope_type = 'person' AND member.user_id = secret.scope_id
                 LEFT JOIN LATERAL (SELECT configuration
                   #>> '{apiKeys,rotationSchedule}' AS schedule FROM ai_configurations
                   WHERE is_active AND secret.scope_type = 'person' AND user_id = secret.scope_id
                   ORDER BY priority DESC, updated_at DESC, id LIMIT 1) own ON true
                 LEFT JOIN LATERAL (SELECT configuration
                   #>> '{apiKeys,rotationSchedule}' AS schedule FROM ai_configurations
                   WHERE is_active AND organization_id = CASE secret.scope_type
                     WHEN 'person' THEN member.organization_id ELSE secret.scope_id END
                   ORDER BY priority DESC, updated_at DESC, id LIMIT 1) theirs ON true
                WHERE secret.state = 'primary' AND secret.created_at <= $1"#,
            now - chrono::TimeDelta::days(1)
        )
        .fetch_all(self.db.pool())
        .await?;
        let environment = schedule(&self.environment.overrides);
        let old = rows.into_iter().filter_map(|row| {
            let owner = Owner::new(row.scope_type.parse::<ScopeType>().ok()?, row.scope_id);
            let own = row.schedule.and_then(|word| serde_json::from_value(Value::from(word)).ok());
            let days = own.or(environment).unwrap_or(RotationSchedule::Manual).days()?;
            let age = (now - row.created_at).num_days();
            (age >= days).then(|| old_key(owner, row.id, &row.masked, age, age / days))
        });
        Ok(old.collect())
    }
}

fn schedule(overrides: &Overrides) -> Option<RotationSchedule> {
    serde_json::from_value(get(overrides, "apiKeys.rotationSchedule")?.clone()).ok()
}

/// `owner` is `None` for the environment, which administrators of the installation look after.
fn retires(owner: Option<Owner>, retirement: &Retirement) -> (Recipients, Notification) {
    let fate = if retirement.days_left > 0 { "retires soon" } else { "is retired" };
    let whose = owner
        .map_or("environment".to_owned(), |owner| format!("{}:{}", owner.scope_type(), owner.id()));
    let notification = Notification {
        category: Category::SystemAlerts,
        severity: if retirement.days_left > 0 { Severity::Warning } else { Severity::Error },
        title: match owner {
            Some(Owner::Person(_)) => format!("Your model {fate}: {}", retirement.name),
            Some(Owner::Organization(_)) => {
                format!("Your organization's model {fate}: {}", retirement.name)
            }
            None => format!("The model of the server's environment {fate}: {}", retirement.name),
        },
        text: retirement.sentence(),
        link: LocalPath::parse(match owner {
            Some(Owner::Organization(_)) => "/ai/model?scope=organization",
            _ => "/ai/model",
        }),
        dedupe_key: format!(
            "model-retires:{whose}:{}:{}:{fate}",
            retirement.model, retirement.date
        ),
    };
    (owner.map_or(Recipients::Administrators, in_charge), notification)
}

fn old_key(
    owner: Owner,
    id: Uuid,
    masked: &str,
    age: i64,
    period: i64,
) -> (Recipients, Notification) {
    let (whose, link) = match owner {
        Owner::Person(_) => ("Your", "/ai/keys"),
        Owner::Organization(_) => ("Your organization's", "/ai/keys?scope=organization"),
    };
    let notification = Notification {
        category: Category::SystemAlerts,
        severity: Severity::Warning,
        title: format!("{whose} API key should be exchanged"),
        text: format!(
            "The key {masked} is {age} days old. Store a new one; the old one goes on working for \
                its grace."
        ),
        link: LocalPath::parse(link),
        dedupe_key: format!("key-age:{id}:{period}"),
    };
    (in_charge(owner), notification)
}
