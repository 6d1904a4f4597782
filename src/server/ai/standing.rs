//! Everything stored that decides what one person's generations may do, read together and kept for
//! a while.

mod beneath;

use super::{AiService, Keys};
use crate::{
    domain::ai::{
        AiConfig, Ceilings, Effective, Layers, Overrides, Owner,
        explain::effective,
        models::{Catalog, Retirement},
    },
    server::{foundation::error::ServiceError, gates::LimitedScope},
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::types::Json;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A person's configuration with all that is below it.
#[derive(Debug)]
pub struct Standing {
    pub user_id: Uuid,
    /// The calendar of the person's budgets.
    pub zone: Tz,
    pub organization: Option<OrganizationStanding>,
    pub layers: Layers,
    pub ceilings: Ceilings,
    pub keys: Keys,
    /// The last answer of [`Self::limits`]: the same for all requests of a day.
    limits: Mutex<Option<Arc<Limits>>>,
}

/// What the generations of a person have to keep.
#[derive(Debug)]
pub struct Limits {
    /// The person, and the organization if there is one.
    pub scopes: Arc<[LimitedScope]>,
    /// Set when the person's model is retired or soon will be.
    pub retirement: Option<Retirement>,
    /// What it was computed from, besides what is stored: the catalog and the day in each zone.
    catalog: Arc<Catalog>,
    days: Days,
}

/// In the zone of the person and in that of the organization.
type Days = (NaiveDate, Option<NaiveDate>);

impl Limits {
    /// What applies to the person.
    pub fn config(&self) -> &Arc<AiConfig> {
        &self.scopes[0].config
    }
}

/// The organization that the person belongs to.
#[derive(Debug)]
pub struct OrganizationStanding {
    pub id: Uuid,
    pub zone: Tz,
}

impl Standing {
    /// What applies to the person.
    pub fn effective(&self, models: &Catalog, now: DateTime<Utc>) -> Effective {
        effective(&self.layers, &self.ceilings, models, self.today(now))
    }

    /// What applies to the organization as a whole: its own pool. Ceilings are for its people.
    pub fn organization_effective(
        &self,
        models: &Catalog,
        now: DateTime<Utc>,
    ) -> Option<Effective> {
        let organization = self.organization.as_ref()?;
        Some(effective(
            &self.layers.of_organization(),
            &Ceilings::default(),
            models,
            now.with_timezone(&organization.zone).date_naive(),
        ))
    }

    /// The day in the person's time zone.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }

    /// The person, and the organization if there is one, each with the limits that it has to keep.
    /// Computed once for a catalog and a day.
    pub fn limits(&self, models: &Arc<Catalog>, now: DateTime<Utc>) -> Arc<Limits> {
        let zone = self.organization.as_ref().map(|organization| organization.zone);
        let days = (self.today(now), zone.map(|zone| now.with_timezone(&zone).date_naive()));
        let mut kept = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(limits) if limits.days == days && Arc::ptr_eq(&limits.catalog, models) => {
                Arc::clone(limits)
            }
            _ => Arc::clone(kept.insert(Arc::new(self.compute_limits(models, now, days)))),
        }
    }

    fn compute_limits(&self, models: &Arc<Catalog>, now: DateTime<Utc>, days: Days) -> Limits {
        let Effective { config, retirement, .. } = self.effective(models, now);
        let own = LimitedScope {
            owner: Owner::Person(self.user_id),
            zone: self.zone,
            config: Arc::new(config),
        };
        let shared = self.organization.as_ref().zip(self.organization_effective(models, now));
        let shared = shared.map(|(organization, effective)| LimitedScope {
            owner: Owner::Organization(organization.id),
            zone: organization.zone,
            config: Arc::new(effective.config),
        });
        let scopes = std::iter::once(own).chain(shared).collect();
        Limits { scopes, retirement, catalog: Arc::clone(models), days }
    }
}

impl AiService {
    /// As of the last change that this process received.
    pub async fn standing(&self, user_id: Uuid) -> Result<Arc<Standing>, ServiceError> {
        let epoch = self.db.events().epoch();
        if let Some(standing) = self.standings.get(&user_id, epoch) {
            return Ok(standing);
        }
        let ticket = self.standings.ticket(epoch);
        let standing = Arc::new(self.read_standing(user_id).await?);
        // A master key that is brought back is told to nobody: it is looked for each time.
        if standing.keys.unreadable.is_none() {
            self.standings.put(user_id, Arc::clone(&standing), ticket);
        }
        Ok(standing)
    }

    async fn read_standing(&self, user_id: Uuid) -> Result<Standing, ServiceError> {
        let row = sqlx::query!(
            r#"SELECT person.time_zone, member.organization_id AS "organization_id?",
                      organization.time_zone AS "organization_zone?",
                      policy.ceilings AS "ceilings?: Json<Overrides>",
                      (SELECT stored.configuration FROM ai_configurations stored
                        WHERE stored.user_id = person.id AND stored.is_active
                        ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id
                          LIMIT 1) AS "own: Json<Overrides>",
                      (SELECT stored.configuration FROM ai_configurations stored
                        WHERE stored.organization_id = member.organization_id AND stored.is_active
                        ORDER BY stored.priority DESC, stored.updated_at DESC, stored.id
                          LIMIT 1) AS "theirs: Json<Overrides>"
                 FROM auth.users person
                 LEFT JOIN organization_members member ON member.user_id = person.id
                 LEFT JOIN organizations organization ON organization.id = member.organization_id
                 LEFT JOIN organization_policies policy
                   ON policy.organization_id = member.organization_id
                WHERE person.id = $1"#,
            user_id
        )
        .fetch_optional(self.db.pool())
        .await?
        .ok_or(ServiceError::NotFound("This account"))?;
        let organization = row.organization_id.map(|id| OrganizationStanding {
            id,
            zone: zone(row.organization_zone.as_deref().unwrap_or_default()),
        });
        let keys = self.usable_keys(user_id, row.organization_id).await?;
        Ok(Standing {
            user_id,
            zone: zone(&row.time_zone),
            organization,
            layers: Layers {
                environment: self.environment.overrides.clone(),
                organization: row.theirs.map(|Json(value)| value).unwrap_or_default(),
                person: row.own.map(|Json(value)| value).unwrap_or_default(),
                in_organization: row.organization_id.is_some(),
            },
            ceilings: Ceilings(row.ceilings.map(|Json(value)| value).unwrap_or_default()),
            keys,
            limits: Mutex::default(),
        })
    }
}

/// Stored zones were checked against PostgreSQL's list, which may know one that this program does
/// not: then UTC counts.
fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MODEL: &str = "claude-sonnet-4-5-20250929";

    fn standing() -> Standing {
        let Ok(person) = serde_json::from_value(json!({"model": {"model": MODEL}})) else {
            panic!("overrides are an object")
        };
        Standing {
            user_id: Uuid::nil(),
            zone: Tz::Pacific__Auckland,
            organization: None,
            layers: Layers { person, ..Layers::default() },
            ceilings: Ceilings::default(),
            keys: Keys::default(),
            limits: Mutex::default(),
        }
    }

    fn days_left(limits: &Limits) -> Option<i64> {
        limits.retirement.as_ref().map(|retirement| retirement.days_left)
    }

    #[test]
    fn limits_are_those_of_the_day_where_the_person_is_and_of_the_catalog() {
        let (standing, models) = (standing(), Arc::new(Catalog::built_in().clone()));
        let limits = |models, now: &str| standing.limits(models, now.parse().unwrap());
        // Midnight in Auckland is at 11:00.
        let first = limits(&models, "2026-11-20T00:00:00Z");
        let later = limits(&models, "2026-11-20T10:59:59Z");
        assert!(Arc::ptr_eq(&first, &later), "computed once");
        let next = limits(&models, "2026-11-20T11:00:00Z");
        assert_eq!((days_left(&later), days_left(&next)), (Some(10), Some(9)));

        let entry = json!({"retires": "2026-11-25"});
        let (corrected, errors) = models.with_overrides([(MODEL, &entry)]);
        assert!(errors.is_empty(), "{errors:?}");
        let now = limits(&Arc::new(corrected), "2026-11-20T11:00:00Z");
        assert_eq!(days_left(&now), Some(4));
    }
}
