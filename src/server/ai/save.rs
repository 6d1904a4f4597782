//! Changing configurations: each in one transaction with its history row, which the table's
//! triggers write.

use super::{AiService, BudgetsBefore, Changed, read::columns, reason};
use crate::{
    domain::{
        accounts::Scope,
        ai::{
            Layer, Overrides, Owner, ScopeType, check_config_name,
            save::{Rules, validate},
            views::{
                AiConfigurationRequest, ConfigurationAnswer, ConfigurationView,
                RemoveAiConfigurationRequest, ToggleRequest,
            },
        },
        error_code::ErrorCode,
    },
    server::{
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        postgres::{Transaction, describe_change},
    },
};
use chrono::Utc;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// Configurations that one person or organization may have.
pub(super) const MOST: i64 = 50;
const PRIORITIES: std::ops::RangeInclusive<i32> = -1000..=1000;

impl AiService {
    /// Changes a configuration by merge patch, or makes it.
    ///
    /// # Errors
    /// 400 with every field that is wrong, 403 and 404 as the scope says, 409 when it was changed
    /// since the version given.
    pub async fn patch(
        &self,
        request: &RequestContext,
        body: &AiConfigurationRequest,
    ) -> Result<Changed<ConfigurationAnswer>, ServiceError> {
        let owner = self.managed(request, body.scope).await?;
        let name = check_config_name(&body.config_name)
            .map_err(|message| ServiceError::field("configName", message))?;
        let why = reason(body.reason.as_deref())?;
        if let Some(priority) = body.priority.filter(|priority| !PRIORITIES.contains(priority)) {
            return Err(ServiceError::field(
                "priority",
                format!("The priority must be -1000 to 1000, not {priority}."),
            ));
        }
        let models = self.models.current().await?;
        let standing = self.standing(user_id(request)?).await?;
        let mut transaction = self.begin(request, None, why).await?;
        hold_owner(&mut transaction, owner).await?;
        let budgets = BudgetsBefore::read(&mut transaction, owner).await?;
        let stored = find(&mut transaction, owner, &name).await?;
        if let Some(base) = body.version
            && stored.as_ref().map_or(0, |stored| stored.version) != base
        {
            return Err(conflict(&name, stored.as_ref()));
        }
        let before = stored.as_ref().map(|stored| stored.configuration.clone()).unwrap_or_default();
        let target = match owner {
            Owner::Person(_) => Layer::Person,
            Owner::Organization(_) => Layer::Organization,
        };
        let mut layers = standing.layers.clone();
        match target {
            Layer::Organization => layers.organization = before,
            _ => layers.person = before,
        }
        let rules = Rules { models: &models, today: standing.today(Utc::now()) };
        let next =
            validate(&layers, target, &body.updates, rules).map_err(ServiceError::Validation)?;
        let saved = match stored {
            None => {
                insert(&mut transaction, owner, &name, &next, body.priority.unwrap_or_default())
                    .await?
            }
            Some(stored) => {
                let priority = body.priority.unwrap_or(stored.priority);
                if stored.configuration == next && stored.priority == priority {
                    stored
                } else {
                    update(&mut transaction, stored.id, owner, &next, priority).await?
                }
            }
        };
        self.commit(request, transaction, budgets, Some(saved)).await
    }

    /// Switches a configuration on or off.
    pub async fn toggle(
        &self,
        request: &RequestContext,
        body: &ToggleRequest,
    ) -> Result<Changed<ConfigurationAnswer>, ServiceError> {
        request.allow(Scope::AiWrite)?;
        let mut transaction = self.begin(request, None, None).await?;
        // Row-level security hides those of others, and does not update those that one may only
        // read.
        let found = sqlx::query!(
            "SELECT user_id, organization_id FROM ai_configurations WHERE id = $1",
            body.config_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(ServiceError::NotFound("This configuration"))?;
        let owner = match (found.user_id, found.organization_id) {
            (Some(id), _) => Owner::Person(id),
            (None, Some(id)) => Owner::Organization(id),
            (None, None) => return Err(ServiceError::NotFound("This configuration")),
        };
        let budgets = BudgetsBefore::read(&mut transaction, owner).await?;
        let row = sqlx::query!(
            r#"UPDATE ai_configurations SET is_active = $2 WHERE id = $1
               RETURNING id, config_name, configuration AS "configuration: Json<Overrides>",
               is_active, priority, version,
                         created_at, updated_at"#,
            body.config_id,
            body.is_active
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(not_yours(owner))?;
        let view = ConfigurationView {
            id: row.id,
            scope: owner.scope_type(),
            config_name: row.config_name,
            configuration: row.configuration.0,
            is_active: row.is_active,
            priority: row.priority,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        self.commit(request, transaction, budgets, Some(view)).await
    }

    /// Removes a configuration; its history stays, and it can be restored from there.
    pub async fn delete(
        &self,
        request: &RequestContext,
        body: &RemoveAiConfigurationRequest,
    ) -> Result<Changed<ConfigurationAnswer>, ServiceError> {
        let owner = self.managed(request, body.scope).await?;
        let name = check_config_name(&body.config_name)
            .map_err(|message| ServiceError::field("configName", message))?;
        let why = reason(body.reason.as_deref())?;
        let mut transaction = self.begin(request, None, why).await?;
        let budgets = BudgetsBefore::read(&mut transaction, owner).await?;
        let (person, organization) = columns(owner);
        let done = sqlx::query!(
            "DELETE FROM ai_configurations
              WHERE user_id IS NOT DISTINCT FROM $1 AND organization_id IS NOT DISTINCT FROM $2
                AND config_name = $3",
            person,
            organization,
            name
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Err(ServiceError::NotFound("This configuration"));
        }
        self.commit(request, transaction, budgets, None).await
    }

    pub(super) async fn begin(
        &self,
        request: &RequestContext,
        action: Option<&'static str>,
        reason: Option<String>,
    ) -> Result<Transaction, ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        let change = ChangeContext { action, reason, mutation_id: None };
        describe_change(&mut transaction, request, &change).await?;
        Ok(transaction)
    }

    async fn commit(
        &self,
        request: &RequestContext,
        mut transaction: Transaction,
        budgets: BudgetsBefore,
        configuration: Option<ConfigurationView>,
    ) -> Result<Changed<ConfigurationAnswer>, ServiceError> {
        let owner = budgets.owner();
        let budgets_of = budgets.changed(&mut transaction).await?.into_iter().collect();
        transaction.commit().await?;
        self.forget(owner);
        // An administrator may have changed an organization that is not theirs; what applies to
        // them is then their own.
        let user_id = user_id(request)?;
        let effective = match self.applies(user_id, owner.scope_type()).await {
            Err(ServiceError::Refused { code: ErrorCode::NoOrganization, .. }) => {
                self.applies(user_id, ScopeType::Person).await?
            }
            applies => applies?,
        };
        let (effective, explain) = (effective.config, effective.explain);
        let answer = ConfigurationAnswer { configuration, effective, explain };
        Ok(Changed { answer, budgets_of })
    }
}

fn user_id(request: &RequestContext) -> Result<Uuid, ServiceError> {
    Ok(request.allow(Scope::AiWrite)?.user_id)
}

fn not_yours(owner: Owner) -> ServiceError {
    match owner {
        Owner::Person(_) => ServiceError::NotFound("This configuration"),
        Owner::Organization(_) => ServiceError::Forbidden(
            "Only owners and admins of the organization may change its AI configuration.",
        ),
    }
}

fn conflict(name: &str, stored: Option<&ConfigurationView>) -> ServiceError {
    let message = match stored {
        Some(stored) => format!(
            "The configuration “{name}” was changed in the meantime; it is at version {} now. Look \
                at it again before you save.",
            stored.version
        ),
        None => format!(
            "The configuration “{name}” was deleted in the meantime. Save it without a version to \
                make it anew."
        ),
    };
    let current =
        stored.and_then(|stored| serde_json::to_value(stored).ok()).unwrap_or_else(|| json!({}));
    ServiceError::Conflict { message, fields: Vec::new(), current }
}

/// Keeps others from making configurations of an owner until the end of the transaction. Of two
/// that make one of the same name the second changes the first one's, and of two that make the last
/// one that an owner may have the second is refused.
pub async fn hold_owner(transaction: &mut Transaction, owner: Owner) -> Result<(), ServiceError> {
    Ok(transaction.one_by_one(&format!("ai-configurations:{}", owner.id())).await?)
}

/// That an owner, who is held, may have one more.
pub(super) async fn check_room(
    transaction: &mut Transaction,
    owner: Owner,
) -> Result<(), ServiceError> {
    let (person, organization) = columns(owner);
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM ai_configurations
            WHERE user_id IS NOT DISTINCT FROM $1 AND organization_id IS NOT DISTINCT FROM $2"#,
        person,
        organization
    )
    .fetch_one(&mut **transaction)
    .await?;
    if count < MOST {
        return Ok(());
    }
    let sentence =
        format!("There are {MOST} configurations already. Delete one that is not used any more.");
    Err(ServiceError::field("configName", sentence))
}

async fn find(
    transaction: &mut Transaction,
    owner: Owner,
    name: &str,
) -> Result<Option<ConfigurationView>, ServiceError> {
    let (person, organization) = columns(owner);
    let row = sqlx::query!(
        r#"SELECT id, config_name, configuration AS "configuration: Json<Overrides>", is_active,
           priority, version,
                  created_at, updated_at
             FROM ai_configurations
            WHERE user_id IS NOT DISTINCT FROM $1 AND organization_id IS NOT DISTINCT FROM $2
              AND config_name = $3
              FOR NO KEY UPDATE"#,
        person,
        organization,
        name
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|row| ConfigurationView {
        id: row.id,
        scope: owner.scope_type(),
        config_name: row.config_name,
        configuration: row.configuration.0,
        is_active: row.is_active,
        priority: row.priority,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }))
}

async fn insert(
    transaction: &mut Transaction,
    owner: Owner,
    name: &str,
    configuration: &Overrides,
    priority: i32,
) -> Result<ConfigurationView, ServiceError> {
    check_room(transaction, owner).await?;
    let (person, organization) = columns(owner);
    let row = sqlx::query!(
        "INSERT INTO ai_configurations (user_id, organization_id, config_name, configuration,
         priority)
         VALUES ($1, $2, $3, $4, $5) RETURNING id, is_active, version, created_at, updated_at",
        person,
        organization,
        name,
        Json(configuration) as _,
        priority
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(ConfigurationView {
        id: row.id,
        scope: owner.scope_type(),
        config_name: name.to_owned(),
        configuration: configuration.clone(),
        is_active: row.is_active,
        priority,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

async fn update(
    transaction: &mut Transaction,
    id: Uuid,
    owner: Owner,
    configuration: &Overrides,
    priority: i32,
) -> Result<ConfigurationView, ServiceError> {
    let row = sqlx::query!(
        "UPDATE ai_configurations SET configuration = $2, priority = $3 WHERE id = $1
         RETURNING config_name, is_active, version, created_at, updated_at",
        id,
        Json(configuration) as _,
        priority
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(ConfigurationView {
        id,
        scope: owner.scope_type(),
        config_name: row.config_name,
        configuration: configuration.clone(),
        is_active: row.is_active,
        priority,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
