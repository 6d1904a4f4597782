//! Everybody whom a change of a configuration concerns, with what they have to keep now.

use super::{OrganizationStanding, Standing, zone};
use crate::{
    domain::ai::{Ceilings, Layers, Overrides, Owner},
    server::{
        ai::{AiService, Keys},
        foundation::error::ServiceError,
        gates::LimitedScope,
    },
};
use chrono::Utc;
use chrono_tz::Tz;
use sqlx::types::Json;
use std::sync::Mutex;
use uuid::Uuid;

impl AiService {
    /// Whose limits a change of an owner's concerns: the person's, or those of the organization and
    /// of its people, who inherit them. Somebody whose configuration cannot be read is left out.
    pub async fn scopes_beneath(&self, owner: Owner) -> Result<Vec<LimitedScope>, ServiceError> {
        let id = match owner {
            Owner::Person(id) => {
                let (standing, models) = (self.standing(id).await?, self.models.current().await?);
                let limits = standing.limits(&models, Utc::now());
                return Ok(limits.scopes.first().cloned().into_iter().collect());
            }
            Owner::Organization(id) => id,
        };
        let organization = sqlx::query!(
            r#"SELECT organization.time_zone, policy.ceilings AS "ceilings!: Json<Overrides>",
                      (SELECT stored.configuration FROM ai_configurations stored
                        WHERE stored.organization_id = organization.id AND stored.is_active
                        ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id
                          LIMIT 1) AS "configuration: Json<Overrides>"
                 FROM organizations organization
                 JOIN organization_policies policy ON policy.organization_id = organization.id
                WHERE organization.id = $1"#,
            id
        )
        .fetch_optional(self.db.pool())
        .await?;
        // Closed in the meantime.
        let Some(organization) = organization else { return Ok(Vec::new()) };
        // As text: what one of them stored must not keep the others from being read.
        let members = sqlx::query!(
            r#"SELECT person.id, person.time_zone,
                      (SELECT stored.configuration::text FROM ai_configurations stored
                        WHERE stored.user_id = person.id AND stored.is_active
                        ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id
                          LIMIT 1) AS configuration
                 FROM organization_members member
                 JOIN auth.users person ON person.id = member.user_id
                WHERE member.organization_id = $1
                ORDER BY person.id"#,
            id
        )
        .fetch_all(self.db.pool())
        .await?;
        let shared = organization.configuration.map(|Json(value)| value).unwrap_or_default();
        let ceilings = Ceilings(organization.ceilings.0);
        let its_zone = zone(&organization.time_zone);
        let standing = |user_id: Uuid, zone: Tz, person: Overrides| Standing {
            user_id,
            zone,
            organization: Some(OrganizationStanding { id, zone: its_zone }),
            layers: Layers {
                environment: self.environment.overrides.clone(),
                organization: shared.clone(),
                person,
                in_organization: true,
            },
            ceilings: ceilings.clone(),
            // Limits do not depend on them.
            keys: Keys::default(),
            limits: Mutex::default(),
        };
        let (models, now) = (self.models.current().await?, Utc::now());
        let nobody = standing(Uuid::nil(), its_zone, Overrides::new());
        let mut scopes: Vec<LimitedScope> =
            nobody.limits(&models, now).scopes.get(1).cloned().into_iter().collect();
        for member in members {
            match member.configuration.as_deref().map(serde_json::from_str).transpose() {
                Ok(own) => {
                    let own = standing(member.id, zone(&member.time_zone), own.unwrap_or_default());
                    scopes.extend(own.limits(&models, now).scopes.first().cloned());
                }
                Err(error) => {
                    tracing::warn!(%error, user_id = %member.id, "a configuration cannot be read");
                }
            }
            // There may be thousands of them, and others wait for this thread.
            tokio::task::yield_now().await;
        }
        Ok(scopes)
    }
}
