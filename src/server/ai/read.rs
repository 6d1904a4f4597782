//! What `/ai` and `GET /api/ai-configuration` show.

use super::{AiService, membership};
use crate::{
    domain::{
        accounts::Scope,
        ai::{
            Overrides, Owner, ScopeType,
            values::RotationSchedule,
            views::{
                AiConfigurationAnswer, ConfigurationView, EffectiveView, ListedModel, ModelsAnswer,
                RefreshAnswer,
            },
        },
    },
    server::{
        foundation::{
            context::{RequestContext, Role},
            error::ServiceError,
        },
        postgres::Transaction,
    },
};
use chrono::Utc;
use sqlx::types::Json;
use uuid::Uuid;

impl AiService {
    /// What applies in a scope, why, and what is stored in both.
    pub async fn read(
        &self,
        request: &RequestContext,
        scope: ScopeType,
    ) -> Result<AiConfigurationAnswer, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let standing = self.standing(user_id).await?;
        let membership = membership(&self.db, user_id).await?;
        let models = self.models.current().await?;
        let now = Utc::now();
        let effective = match scope {
            ScopeType::Person => standing.effective(&models, now),
            ScopeType::Organization => {
                standing.organization_effective(&models, now).ok_or_else(super::no_organization)?
            }
        };
        let organization_id = membership.as_ref().map(|(id, _)| *id);
        let mut transaction = self.db.as_person(request).await?;
        let user_configurations = configurations(&mut transaction, Owner::Person(user_id)).await?;
        let organization_configurations = match organization_id {
            Some(id) => configurations(&mut transaction, Owner::Organization(id)).await?,
            None => Vec::new(),
        };
        transaction.commit().await?;
        let days = effective.config.api_keys.rotation_schedule.days();
        let mut keys = self.key_views(Owner::Person(user_id), days).await?;
        if let Some(id) = organization_id {
            let days = standing.organization_effective(&models, now).and_then(|effective| {
                RotationSchedule::days(effective.config.api_keys.rotation_schedule)
            });
            keys.extend(self.key_views(Owner::Organization(id), days).await?);
        }
        Ok(AiConfigurationAnswer {
            effective: effective.config,
            explain: effective.explain,
            retirement: effective.retirement,
            user_configurations,
            organization_configurations,
            ceilings: standing.ceilings.clone(),
            keys,
            environment_key: self.environment_key(),
            scope,
            organization_id,
            manages_organization: membership.is_some_and(|(_, role)| role.manages()),
        })
    }

    /// What applies to whoever asks, after a change of theirs.
    pub(super) async fn applies(
        &self,
        user_id: Uuid,
        scope: ScopeType,
    ) -> Result<EffectiveView, ServiceError> {
        let (standing, models) = (self.standing(user_id).await?, self.models.current().await?);
        let effective = match scope {
            ScopeType::Person => standing.effective(&models, Utc::now()),
            ScopeType::Organization => standing
                .organization_effective(&models, Utc::now())
                .ok_or_else(super::no_organization)?,
        };
        Ok(effective.into())
    }

    /// Holds the catalog against what Claude lists; for administrators of the installation.
    pub async fn refresh_models(
        &self,
        request: &RequestContext,
    ) -> Result<RefreshAnswer, ServiceError> {
        let actor = request.in_person()?;
        if actor.role != Role::Admin {
            return Err(ServiceError::Forbidden(
                "Only administrators of the installation may refresh the catalog of models.",
            ));
        }
        let standing = self.standing(actor.user_id).await?;
        let key = standing.keys.first()?.key.clone();
        let listed = self
            .claude
            .list_models(&self.endpoint(key))
            .await
            .map_err(|error| ServiceError::refused(error.code(), error.sentence()))?;
        let (catalog, today) = (self.models.current().await?, Utc::now().date_naive());
        let unknown = listed.iter().filter(|model| catalog.get(&model.id).is_none()).map(|model| {
            ListedModel {
                id: model.id.clone(),
                name: model.display_name.clone().unwrap_or_else(|| model.id.clone()),
            }
        });
        let unlisted = catalog
            .models()
            .iter()
            .filter(|model| {
                !model.is_retired(today) && !listed.iter().any(|other| other.id == model.id)
            })
            .map(|model| model.id.clone());
        Ok(RefreshAnswer { unknown: unknown.collect(), unlisted: unlisted.collect() })
    }

    pub async fn model_list(&self, request: &RequestContext) -> Result<ModelsAnswer, ServiceError> {
        request.allow(Scope::AiRead)?;
        Ok(ModelsAnswer { catalog: self.models.current().await?.as_ref().clone() })
    }
}

/// All configurations of one owner, the one that applies first among the active ones.
async fn configurations(
    transaction: &mut Transaction,
    owner: Owner,
) -> Result<Vec<ConfigurationView>, ServiceError> {
    let (person, organization) = columns(owner);
    let rows = sqlx::query!(
        r#"SELECT id, config_name, configuration AS "configuration: Json<Overrides>", is_active,
           priority, version,
                  created_at, updated_at
             FROM ai_configurations
            WHERE user_id IS NOT DISTINCT FROM $1 AND organization_id IS NOT DISTINCT FROM $2
            ORDER BY is_active DESC, priority DESC, updated_at DESC, id"#,
        person,
        organization
    )
    .fetch_all(&mut **transaction)
    .await?;
    let views = rows.into_iter().map(|row| ConfigurationView {
        id: row.id,
        scope: owner.scope_type(),
        config_name: row.config_name,
        configuration: row.configuration.0,
        is_active: row.is_active,
        priority: row.priority,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    Ok(views.collect())
}

/// `user_id` and `organization_id` of a configuration: exactly one of them is set.
pub(super) fn columns(owner: Owner) -> (Option<Uuid>, Option<Uuid>) {
    match owner {
        Owner::Person(id) => (Some(id), None),
        Owner::Organization(id) => (None, Some(id)),
    }
}
