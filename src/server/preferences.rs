//! Preferences of one person: reading through a cache, saving in one transaction, resetting,
//! importing.

mod cache;
mod conflict;
pub mod restore;

use crate::{
    domain::{
        accounts::Scope,
        field_error::FieldError,
        merge_patch::{differences, patch_between},
        preferences::{
            Layers, Overrides, Snapshot, catalog::Section, save, values::QualityThresholds,
        },
    },
    server::{
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        idempotency::{self, IdempotencyKey, Use},
        postgres::{ChangeDescription, Database, Event, Events, Transaction},
    },
};
use cache::Cache;
pub use cache::Entry;
use serde_json::Value;
use sqlx::{PgExecutor, types::Json};
use std::sync::Arc;
use uuid::Uuid;

/// The service behind `/api/user-preferences` and the settings page.
#[derive(Clone)]
pub struct PreferenceService {
    db: Database,
    events: Events,
    cache: Cache,
}

/// What a save is about.
#[derive(Clone, Debug)]
pub struct Save {
    pub intent: Intent,
    /// The version that the person looked at; `None` lays the change over whatever stands.
    pub base_version: Option<i64>,
    /// The same key stores the same change once.
    pub key: Option<IdempotencyKey>,
}

/// How the new overrides are made from the old ones.
#[derive(Clone, Debug)]
pub enum Intent {
    Patch(save::Patch),
    Reset(Option<Section>),
    /// Replaces every own value by those of a file.
    Import(Overrides),
}

impl Intent {
    fn action(&self) -> &'static str {
        match self {
            Self::Patch(_) => "updated",
            Self::Reset(_) => "reset",
            Self::Import(_) => "imported",
        }
    }

    fn patch(&self, layers: &Layers) -> Result<save::Patch, ServiceError> {
        match self {
            Self::Patch(patch) => Ok(patch.clone()),
            Self::Reset(section) => Ok(save::reset(*section)),
            Self::Import(wanted) => {
                // The file itself is held against the rules first, so that a mistake in it is named
                // by its path.
                let checked = save::parse(&Value::Object(wanted.clone()))
                    .map_err(ServiceError::Validation)?;
                let wanted = save::plan(&layers.without_own(), &checked)
                    .map_err(ServiceError::Validation)?;
                save::parse(&Value::Object(patch_between(&layers.own, &wanted)))
                    .map_err(ServiceError::Validation)
            }
        }
    }
}

impl PreferenceService {
    pub fn new(db: Database, events: Events) -> Self {
        Self { db, cache: Cache::new(events.clone()), events }
    }

    /// The person's preferences, as of the last change that this process received.
    pub async fn read(&self, request: &RequestContext) -> Result<Arc<Entry>, ServiceError> {
        let user_id = request.allow(Scope::PreferencesRead)?.user_id;
        if let Some(entry) = self.cache.get(user_id) {
            return Ok(entry);
        }
        let ticket = self.cache.ticket();
        let mut transaction = self.db.as_person(request).await?;
        let snapshot = fetch(&mut *transaction, user_id).await?;
        transaction.commit().await?;
        Ok(self.cache.put(user_id, snapshot, ticket))
    }

    /// What applies to a person, for other services and for work that outlives their request.
    pub async fn of(&self, user_id: Uuid) -> Result<Arc<Entry>, ServiceError> {
        if let Some(entry) = self.cache.get(user_id) {
            return Ok(entry);
        }
        let ticket = self.cache.ticket();
        let snapshot = fetch(self.db.pool(), user_id).await?;
        Ok(self.cache.put(user_id, snapshot, ticket))
    }

    /// The quality thresholds that apply to a person.
    pub async fn thresholds(&self, user_id: Uuid) -> Result<QualityThresholds, ServiceError> {
        Ok(self.of(user_id).await?.thresholds)
    }

    /// Why a change cannot be made that could not be read whole: beside `errors` the rules that the
    /// rest of it breaks.
    pub async fn refusal(
        &self,
        request: &RequestContext,
        rest: &save::Patch,
        errors: Vec<FieldError>,
    ) -> ServiceError {
        let broken = match self.read(request).await {
            Ok(entry) => save::plan(&entry.snapshot.layers, rest).err().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        ServiceError::Validation(errors.into_iter().chain(broken).collect())
    }

    /// Stores a change with its history row, or nothing at all. Every server knows of it when this
    /// returns.
    pub async fn save(
        &self,
        request: &RequestContext,
        save: Save,
    ) -> Result<Arc<Entry>, ServiceError> {
        let user_id = request.allow(Scope::PreferencesWrite)?.user_id;
        let mutation_id = save.key.map(|key| key.id);
        let change =
            ChangeContext { action: Some(save.intent.action()), reason: None, mutation_id };
        let description = ChangeDescription::new(request, &change).announced_later();
        let ticket = self.cache.ticket();
        let mut transaction = self.db.as_person(request).await?;
        let before = lock(&mut transaction, user_id, &description).await?;
        if let Some(key) = &save.key {
            match idempotency::take(&mut transaction, user_id, key).await? {
                Use::First => {}
                Use::Repeated => {
                    transaction.commit().await?;
                    // The server that stored it may have ended before it told anybody.
                    let event = changed(user_id, before.version, Vec::new(), mutation_id);
                    self.events.announce_and_settle(event).await;
                    return Ok(self.cache.put(user_id, before, ticket));
                }
            }
        }
        let patch = save.intent.patch(&before.layers)?;
        if let Some(base) = save.base_version {
            conflict::check(&mut transaction, user_id, &before, base, &patch).await?;
        }
        let own = save::plan(&before.layers, &patch).map_err(ServiceError::Validation)?;
        let paths: Vec<_> =
            differences(&before.layers.own, &own).into_iter().map(|change| change.path).collect();
        if paths.is_empty() {
            // The key is used all the same.
            transaction.commit().await?;
            // What it wants may have been stored a moment ago by another server.
            self.events.settle().await;
            return Ok(self.cache.put(user_id, before, ticket));
        }
        let row = sqlx::query!(
            "UPDATE user_preferences SET preferences = $2 WHERE user_id = $1 RETURNING version, \
                updated_at",
            user_id,
            Json(&own) as _
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(unless_reused)?;
        transaction.commit().await?;
        let layers = Layers { own, ..before.layers };
        let entry = self.cache.put(
            user_id,
            Snapshot { layers, version: row.version, updated_at: row.updated_at },
            ticket,
        );
        self.events.announce_and_settle(changed(user_id, row.version, paths, mutation_id)).await;
        Ok(entry)
    }
}

/// History knows a key for longer than what was asked under it.
fn unless_reused(error: sqlx::Error) -> ServiceError {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    match constraint {
        Some("configuration_audit_log_mutation_key") => idempotency::reused(),
        _ => error.into(),
    }
}

fn changed(user_id: Uuid, version: i64, paths: Vec<String>, mutation_id: Option<Uuid>) -> Event {
    Event::PreferencesChanged { user_id, version, paths, mutation_id }
}

/// Both layers in one reading.
async fn fetch(executor: impl PgExecutor<'_>, user_id: Uuid) -> Result<Snapshot, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT own.preferences AS "own: Json<Overrides>", own.version, own.updated_at,
                  organization.preferences AS "organization?: Json<Overrides>"
             FROM user_preferences own
             LEFT JOIN organization_members member ON member.user_id = own.user_id
             LEFT JOIN organization_preference_defaults organization
               ON organization.organization_id = member.organization_id
            WHERE own.user_id = $1"#,
        user_id
    )
    .fetch_optional(executor)
    .await?
    .ok_or(ServiceError::NotFound("This account"))?;
    let organization = row.organization.map(|Json(organization)| organization).unwrap_or_default();
    Ok(Snapshot {
        layers: Layers { organization, own: row.own.0 },
        version: row.version,
        updated_at: row.updated_at,
    })
}

/// Like [`fetch`], holding the person's row until the end, so that saves follow one another. Tells
/// the history trigger of the change in the same round trip.
async fn lock(
    transaction: &mut Transaction,
    user_id: Uuid,
    description: &ChangeDescription,
) -> Result<Snapshot, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT own.preferences AS "own: Json<Overrides>", own.version, own.updated_at,
                  set_config('train.change', $2, true) AS described,
                  (SELECT organization.preferences
                     FROM organization_members member
                     JOIN organization_preference_defaults organization USING (organization_id)
                    WHERE member.user_id = own.user_id) AS "organization?: Json<Overrides>"
             FROM user_preferences own
            WHERE own.user_id = $1
              FOR NO KEY UPDATE OF own"#,
        user_id,
        description.to_json()
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(ServiceError::NotFound("This account"))?;
    let organization = row.organization.map(|Json(organization)| organization).unwrap_or_default();
    Ok(Snapshot {
        layers: Layers { organization, own: row.own.0 },
        version: row.version,
        updated_at: row.updated_at,
    })
}
