//! AI configuration: what applies to a person's generations, who set it, and how it is changed.
//!
//! What is stored is read whole ([`Standing`]), kept per person for a few minutes, and dropped as
//! soon as any server of the database announces a change: a save is obeyed by the next generation
//! everywhere. What applies is computed from it by the domain.

mod budgets;
mod environment;
mod keys;
mod models;
mod policy;
mod read;
mod readiness;
mod reminders;
pub mod restore;
mod retries;
mod save;
mod spending;
mod standing;
mod usage;

pub use budgets::{BudgetsBefore, Changed};
pub use environment::AiEnvironment;
pub use keys::{Keys, UsableKey};
pub use models::Models;
pub use readiness::Readiness;
pub use retries::draw_retries;
pub use save::hold_owner;
pub use standing::Standing;

use crate::{
    domain::{
        accounts::Scope,
        ai::{Owner, ScopeType},
        error_code::ErrorCode,
        organizations::OrganizationRole,
    },
    server::{
        claude::Claude,
        foundation::{cache::Cache, context::RequestContext, error::ServiceError},
        postgres::{Database, Event},
        vault::Vault,
    },
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// The longest time that an old value could apply if the notification of its change were lost.
const LIFETIME: Duration = Duration::from_secs(300);
/// People whose configuration is remembered; about 6 KiB each.
const CAPACITY: usize = 10_000;
/// The longest reason, in Unicode scalar values.
const LONGEST_REASON: usize = 500;

/// What applies to people, by their ids.
type Standings = Cache<Uuid, Arc<Standing>>;

/// The service behind `/api/ai-configuration`, `/ai` and every generation.
#[derive(Clone)]
pub struct AiService {
    db: Database,
    vault: Vault,
    claude: Claude,
    pub models: Models,
    environment: Arc<AiEnvironment>,
    standings: Arc<Standings>,
}

impl AiService {
    pub fn new(db: Database, vault: Vault, claude: Claude, environment: AiEnvironment) -> Self {
        let service = Self {
            models: Models::new(db.clone()),
            standings: Arc::new(Cache::new(LIFETIME, CAPACITY)),
            environment: Arc::new(environment),
            db,
            vault,
            claude,
        };
        let standings = Arc::clone(&service.standings);
        service.db.events().on_change(move |event| drop_doubtful(&standings, event));
        service
    }

    /// Clears away what nobody can use any more: keys past their grace.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        self.vault.retire_expired().await
    }

    /// What is remembered of a scope's people: their next generation here obeys the change that was
    /// just made, before its notification has come back to this process.
    fn forget(&self, owner: Owner) {
        match owner {
            Owner::Person(id) => self.standings.forget(&id),
            Owner::Organization(id) => {
                self.standings.forget_where(|standing| {
                    standing.organization.as_ref().is_some_and(|its| its.id == id)
                });
            }
        }
    }

    /// Whom a request means by a scope: the person who asks, or the organization that they manage.
    ///
    /// # Errors
    /// 403 when they do not manage their organization, 404 when they have none.
    async fn managed(
        &self,
        request: &RequestContext,
        scope: ScopeType,
    ) -> Result<Owner, ServiceError> {
        let user_id = request.allow(Scope::AiWrite)?.user_id;
        match scope {
            ScopeType::Person => Ok(Owner::Person(user_id)),
            ScopeType::Organization => match membership(&self.db, user_id).await? {
                Some((organization, role)) if role.manages() => {
                    Ok(Owner::Organization(organization))
                }
                Some(_) => Err(ServiceError::Forbidden(
                    "Only owners and admins of the organization may change its AI configuration.",
                )),
                None => Err(no_organization()),
            },
        }
    }
}

/// The organization that a person belongs to, and their role there.
pub(in crate::server) async fn membership(
    db: &Database,
    user_id: Uuid,
) -> Result<Option<(Uuid, OrganizationRole)>, ServiceError> {
    let row = sqlx::query!(
        "SELECT organization_id, role FROM organization_members WHERE user_id = $1",
        user_id
    )
    .fetch_optional(db.pool())
    .await?;
    row.map(|row| {
        let role = row
            .role
            .parse()
            .map_err(|_| ServiceError::Internal(format!("unknown role {}", row.role)))?;
        Ok((row.organization_id, role))
    })
    .transpose()
}

pub(in crate::server) fn no_organization() -> ServiceError {
    ServiceError::refused(
        ErrorCode::NoOrganization,
        "You belong to no organization. Use the scope person, or join one first.",
    )
}

/// The reason that somebody gives for a change, as history keeps it.
fn reason(given: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > LONGEST_REASON {
        return Err(ServiceError::field(
            "reason",
            format!("The reason must have at most {LONGEST_REASON} characters."),
        ));
    }
    Ok(Some(text.to_owned()))
}

/// What an event makes doubtful is forgotten.
fn drop_doubtful(standings: &Standings, event: &Event) {
    match event {
        Event::AiConfigChanged { user_id: Some(user_id), .. }
        | Event::MembershipChanged { user_id } => standings.forget(user_id),
        Event::AiConfigChanged { organization_id, .. } => {
            standings.forget_where(|standing| {
                standing.organization.as_ref().map(|its| its.id) == *organization_id
            });
        }
        Event::Reconnected => standings.forget_all(),
        _ => {}
    }
}
