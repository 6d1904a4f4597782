//! One target back to an earlier value: a new change that goes forward, by the rules of any other
//! save.

use super::{
    filter::{managed, reader},
    preview::{Planned, check_reason, named, old, plan, reason, warning},
    recorded::{Recorded, by_ids, value_at},
    target::{Restorable, Target, keys_stay},
};
use crate::{
    domain::{
        ai::{Overrides, Owner},
        history::{ConfigType, OneRollbackAnswer, Preview, Rollback, ToVersion},
    },
    server::{
        ai::{
            AiService, BudgetsBefore, Changed, hold_owner,
            restore::{CeilingsOfOrganizations, Configurations},
        },
        conversation_policy::restore::ConversationPolicies,
        foundation::{
            context::{ChangeContext, RequestContext, Source},
            error::ServiceError,
        },
        history::reach::Reach,
        organizations::defaults::restore::Defaults,
        postgres::{ChangeDescription, Database, Transaction, describe_change},
        preferences::PreferenceService,
        restore::Restore,
    },
};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What taking changes back needs of the other services.
#[derive(Clone, Copy)]
pub struct Rollbacks<'a> {
    pub(super) db: &'a Database,
    preferences: &'a PreferenceService,
    ai: &'a AiService,
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Preview,
    Checks,
    Stored,
}

impl<'a> Rollbacks<'a> {
    pub fn new(db: &'a Database, preferences: &'a PreferenceService, ai: &'a AiService) -> Self {
        Self { db, preferences, ai }
    }

    /// What would change now. Stores nothing.
    pub async fn preview(
        &self,
        request: &RequestContext,
        body: &Rollback,
    ) -> Result<OneRollbackAnswer, ServiceError> {
        Ok(self.one(request, body, Until::Preview).await?.answer)
    }

    /// Everything that [`Self::execute`] checks. Stores nothing.
    pub async fn validate(
        &self,
        request: &RequestContext,
        body: &Rollback,
    ) -> Result<OneRollbackAnswer, ServiceError> {
        Ok(self.one(request, body, Until::Checks).await?.answer)
    }

    /// Brings the earlier value back.
    ///
    /// # Errors
    /// 400 when it is not valid by today's rules or a reason is missing, 403 when the person may
    /// not change the target, 404 for an unknown change, 409 with the new preview when the target
    /// is no longer at the version previewed, or for keys.
    pub async fn execute(
        &self,
        request: &RequestContext,
        body: &Rollback,
    ) -> Result<Changed<OneRollbackAnswer>, ServiceError> {
        self.one(request, body, Until::Stored).await
    }

    async fn one(
        &self,
        request: &RequestContext,
        body: &Rollback,
        until: Until,
    ) -> Result<Changed<OneRollbackAnswer>, ServiceError> {
        let actor = reader(request)?;
        let reason = reason(body.reason.as_deref())?;
        let restorable = self.restorable(actor.user_id, &[body.config_type]).await?;
        let (mut transaction, description) = self.begin(request, reason.clone()).await?;
        let reach = Reach { actor, managed: managed(&mut transaction).await? };
        let change = by_ids(&mut transaction, &[body.change_id]).await?.pop();
        let change = change.ok_or(ServiceError::NotFound("This change"))?;
        check_crossing(&change, body)?;
        change.check_reach(request, reach)?;
        if !change.kind.is_undoable() {
            return Err(keys_stay());
        }
        hold_owners(&mut transaction, [&change]).await?;
        let (of, name) = (change.target(), change.own_name());
        let target = Target::lock(&mut transaction, &restorable, of, name, &description).await?;
        let wanted = wanted(&mut transaction, &change, body.to_version).await?;
        let mut planned = plan(&mut transaction, target, wanted, reason.as_deref()).await?;
        warn(&mut planned, &change);
        let unchanged = |preview, version| {
            let answer = OneRollbackAnswer { preview, applied: false, change_id: None, version };
            Ok(Changed { answer, budgets_of: Vec::new() })
        };
        let version = planned.target.version;
        if until == Until::Preview {
            return unchanged(planned.preview, version);
        }
        check_version(&planned.preview, body.expected_version)?;
        check_reason(&[&planned.preview], reason.as_deref())?;
        if !planned.preview.errors.is_empty() {
            return Err(ServiceError::Validation(planned.preview.errors));
        }
        if until == Until::Checks || !planned.changes() {
            return unchanged(planned.preview, version);
        }
        let budgets = budgets_before(&mut transaction, [&planned]).await?;
        planned.target.store(&mut transaction, planned.next.as_ref()).await?;
        let (change_id, version) = made(&mut transaction, planned.target.row.id).await?;
        let budgets_of = budgets_of(&mut transaction, budgets).await?;
        transaction.commit().await?;
        planned.target.stored(version);
        let (preview, change_id) = (planned.preview, Some(change_id));
        let answer = OneRollbackAnswer { preview, applied: true, change_id, version };
        Ok(Changed { answer, budgets_of })
    }

    /// These kinds of configuration, with the rules that they are held against. Before the
    /// transaction: reading the rules takes connections. Keys are no such kind.
    pub(super) async fn restorable(
        &self,
        user_id: Uuid,
        kinds: &[ConfigType],
    ) -> Result<Restorable, ServiceError> {
        let mut restorable = Restorable::new();
        for kind in kinds {
            let restore: Box<dyn Restore> = match kind {
                ConfigType::UserPreference => Box::new(self.preferences.clone()),
                ConfigType::OrganizationPreferenceDefault => {
                    Box::new(Defaults(self.preferences.clone()))
                }
                ConfigType::AiConfig => Box::new(Configurations {
                    service: self.ai.clone(),
                    basis: self.ai.basis(user_id).await?,
                }),
                ConfigType::OrganizationPolicy => Box::new(CeilingsOfOrganizations {
                    service: self.ai.clone(),
                    basis: self.ai.basis(user_id).await?,
                }),
                ConfigType::ConversationPolicy => Box::new(ConversationPolicies),
                ConfigType::ApiKey => continue,
            };
            restorable.insert(*kind, restore);
        }
        Ok(restorable)
    }

    /// A transaction of the person whose changes history will tell as rollbacks.
    pub(super) async fn begin(
        &self,
        request: &RequestContext,
        reason: Option<String>,
    ) -> Result<(Transaction, ChangeDescription), ServiceError> {
        let request = RequestContext { source: Source::Rollback, ..request.clone() };
        let change = ChangeContext { action: Some("rolled_back"), reason, mutation_id: None };
        let mut transaction = self.db.as_person(&request).await?;
        describe_change(&mut transaction, &request, &change).await?;
        Ok((transaction, ChangeDescription::new(&request, &change)))
    }
}

fn check_crossing(change: &Recorded, body: &Rollback) -> Result<(), ServiceError> {
    if change.target_id != body.target_id {
        return Err(ServiceError::field(
            "targetId",
            "This change is not one of that target. Choose one of its own.",
        ));
    }
    if change.kind != body.config_type {
        return Err(ServiceError::field(
            "configType",
            format!("This change is one of {}.", change.kind),
        ));
    }
    Ok(())
}

/// Keeps others from making AI configurations of these owners, in one order, before any row is
/// held: saves hold them in the same order.
pub async fn hold_owners(
    transaction: &mut Transaction,
    changes: impl IntoIterator<Item = &Recorded>,
) -> Result<(), ServiceError> {
    let configurations = changes.into_iter().filter(|change| change.kind == ConfigType::AiConfig);
    let owners: BTreeSet<_> = configurations.map(|change| change.owner).collect();
    for owner in owners {
        hold_owner(transaction, owner).await?;
    }
    Ok(())
}

/// What the owners of these have of budgets, where they are of a kind that sets some.
pub async fn budgets_before<'a, 'b: 'a>(
    transaction: &mut Transaction,
    planned: impl IntoIterator<Item = &'a Planned<'b>>,
) -> Result<Vec<BudgetsBefore>, ServiceError> {
    let targets = planned.into_iter().map(|one| &one.target).filter(|target| {
        matches!(target.kind, ConfigType::AiConfig | ConfigType::OrganizationPolicy)
    });
    let owners: BTreeSet<_> = targets.map(|target| target.row.owner).collect();
    let mut budgets = Vec::new();
    for owner in owners {
        budgets.push(BudgetsBefore::read(transaction, owner).await?);
    }
    Ok(budgets)
}

/// Of these owners those whose budgets were changed meanwhile.
pub async fn budgets_of(
    transaction: &mut Transaction,
    before: Vec<BudgetsBefore>,
) -> Result<Vec<Owner>, ServiceError> {
    let mut changed = Vec::new();
    for budgets in before {
        changed.extend(budgets.changed(transaction).await?);
    }
    Ok(changed)
}

/// The value that comes back; `None` when there was none.
async fn wanted(
    transaction: &mut Transaction,
    change: &Recorded,
    to: ToVersion,
) -> Result<Option<Overrides>, ServiceError> {
    match to {
        ToVersion::Word(_) => Ok(change.old.clone()),
        ToVersion::Version(version) => {
            value_at(transaction, change.target_id, version).await?.ok_or_else(|| {
                let sentence = format!(
                    "History does not hold version {version} of this any more, or never did."
                );
                ServiceError::field("toVersion", sentence)
            })
        }
    }
}

/// What to know about going back past this change.
fn warn(planned: &mut Planned<'_>, change: &Recorded) {
    let preview = &mut planned.preview;
    preview.warnings.extend(old(change.changed_at));
    let later = preview.current_version - change.version;
    if later > 0 {
        let sentence = match later {
            1 => "It was changed once more since. That change is taken back as well.".to_owned(),
            many => format!(
                "It was changed {many} more times since. Those changes are taken back as well."
            ),
        };
        preview.warnings.push(warning("changed_since", sentence));
    }
    let own: Vec<&str> = change.changes.iter().map(|field| field.path.as_str()).collect();
    let added: Vec<&str> = preview
        .differences
        .iter()
        .filter(|field| field.new.is_none() && !own.contains(&field.path.as_str()))
        .map(|field| field.path.as_str())
        .collect();
    if !added.is_empty() && planned.next.is_some() {
        let sentence = format!("Set since then, and taken away by going back: {}.", named(&added));
        preview.warnings.push(warning("fields_added", sentence));
    }
}

fn check_version(preview: &Preview, expected: Option<i64>) -> Result<(), ServiceError> {
    let Some(expected) = expected else {
        return Err(ServiceError::field(
            "expectedVersion",
            "expectedVersion is missing. Look at a preview first and send its currentVersion.",
        ));
    };
    if expected == preview.current_version {
        return Ok(());
    }
    let message = format!(
        "“{}” was changed in the meantime: you saw version {expected}, now it is {}. Look at the \
            new preview first.",
        preview.target_name, preview.current_version
    );
    let current = serde_json::to_value(preview).unwrap_or(Value::Null);
    Err(ServiceError::Conflict { message, fields: Vec::new(), current })
}

/// The row of history that the trigger has just written, and the version in it.
pub async fn made(
    transaction: &mut Transaction,
    target_id: Uuid,
) -> Result<(Uuid, i64), ServiceError> {
    let row = sqlx::query!(
        "SELECT id, version FROM configuration_audit_log WHERE target_id = $1 ORDER BY version \
            DESC LIMIT 1",
        target_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok((row.id, row.version))
}
