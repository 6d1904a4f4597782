//! Many changes taken back at once: what they changed, field by field, each target once, all or
//! nothing.

use super::{
    filter::{bounds, check_parts, managed, reader},
    preview::{Planned, check_reason, named, old, plan, reason, warning},
    recorded::{Recorded, by_filter, by_ids, others_since},
    rollback::{Rollbacks, budgets_before, budgets_of, hold_owners, made},
    target::{Target, keys_stay},
};
use crate::{
    domain::{
        ai::Overrides,
        error_code::ErrorCode,
        field_error::{FieldError, FieldErrors},
        history::{BulkRollback, BulkRollbackAnswer, ConfigType, MOST_CHANGES, Preview},
        merge_patch::{apply, set},
    },
    server::{
        ai::Changed,
        foundation::{context::RequestContext, error::ServiceError},
        history::reach::Reach,
        postgres::Transaction,
    },
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

impl Rollbacks<'_> {
    /// Takes several changes back, or shows what that would do.
    ///
    /// # Errors
    /// As for one; the target at fault is named, and nothing is stored. 409 comes with all
    /// previews.
    pub async fn bulk(
        &self,
        request: &RequestContext,
        body: &BulkRollback,
    ) -> Result<Changed<BulkRollbackAnswer>, ServiceError> {
        let actor = reader(request)?;
        check(body)?;
        let reason = reason(body.reason.as_deref())?;
        let span = match &body.filter {
            Some(filter) => bounds(self.db, Some(filter.from), Some(filter.to)).await?,
            None => (i64::MIN, i64::MAX),
        };
        let restorable = self.restorable(actor.user_id, &ConfigType::ALL).await?;
        let (mut transaction, description) = self.begin(request, reason.clone()).await?;
        let reach = Reach { actor, managed: managed(&mut transaction).await? };
        let mut changes = match (&body.change_ids, &body.filter) {
            (Some(ids), _) => chosen(&mut transaction, request, reach, ids).await?,
            (None, Some(filter)) => by_filter(&mut transaction, reach, filter, span).await?,
            (None, None) => Vec::new(),
        };
        let all = changes.len();
        // Named ones were refused; those that only happen to be in the span are left out.
        changes.retain(|change| change.kind.is_undoable());
        let skipped_keys = all - changes.len();
        for change in &changes {
            change.check_reach(request, reach)?;
        }
        hold_owners(&mut transaction, &changes).await?;
        let mut planned = Vec::new();
        // In the order of their ids, so that two of these wait for each other instead of for ever.
        for of_target in changes.chunk_by(|a, b| a.target_id == b.target_id) {
            let Some(newest) = of_target.first() else { continue };
            let (of, name) = (newest.target(), newest.own_name());
            let target =
                Target::lock(&mut transaction, &restorable, of, name, &description).await?;
            let wanted = of_target.iter().fold(target.value().cloned(), take_back);
            let mut one = plan(&mut transaction, target, wanted, reason.as_deref()).await?;
            let oldest = of_target.iter().map(|change| change.changed_at).min();
            one.preview.warnings.extend(oldest.and_then(old));
            planned.push(one);
        }
        warn(&mut transaction, &mut planned, &changes).await?;
        let answer = |planned: &[Planned<'_>], applied| BulkRollbackAnswer {
            targets: planned.iter().map(|one| one.preview.clone()).collect(),
            changes: count(all),
            skipped_keys: count(skipped_keys),
            applied,
        };
        if body.preview {
            return Ok(Changed { answer: answer(&planned, false), budgets_of: Vec::new() });
        }
        let previews: Vec<&Preview> = planned.iter().map(|one| &one.preview).collect();
        check_versions(&previews, &body.expected_versions, || answer(&planned, false))?;
        check_reason(&previews, reason.as_deref())?;
        check_rules(&previews)?;
        let mut stored = Vec::new();
        let budgets = budgets_before(&mut transaction, &planned).await?;
        for one in planned.iter().filter(|one| one.changes()) {
            one.target.store(&mut transaction, one.next.as_ref()).await?;
            stored.push((one, made(&mut transaction, one.target.row.id).await?.1));
        }
        let budgets_of = budgets_of(&mut transaction, budgets).await?;
        transaction.commit().await?;
        for (one, version) in &stored {
            one.target.stored(*version);
        }
        Ok(Changed { answer: answer(&planned, !stored.is_empty()), budgets_of })
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn check(body: &BulkRollback) -> Result<(), ServiceError> {
    if let (None, Some(filter)) = (&body.change_ids, &body.filter) {
        return check_parts("filter.", &filter.query());
    }
    let mut errors = FieldErrors::default();
    match (&body.change_ids, &body.filter) {
        (Some(ids), None) if ids.is_empty() => {
            errors.add("changeIds", "Choose at least one change.")
        }
        (Some(ids), None) if ids.len() > MOST_CHANGES => {
            errors.add("changeIds", format!("Choose at most {MOST_CHANGES} changes."));
        }
        (Some(_), None) => {}
        _ => errors.add("changeIds", "Say which changes: either changeIds or filter."),
    }
    let errors = errors.into_vec();
    if errors.is_empty() { Ok(()) } else { Err(ServiceError::Validation(errors)) }
}

/// The changes that were named, each of which must be there and be one that can be taken back.
async fn chosen(
    transaction: &mut Transaction,
    request: &RequestContext,
    reach: Reach<'_>,
    ids: &[Uuid],
) -> Result<Vec<Recorded>, ServiceError> {
    let changes = by_ids(transaction, ids).await?;
    if let Some(missing) = ids.iter().find(|id| !changes.iter().any(|change| change.id == **id)) {
        let message = format!("The change {missing} does not exist, or is not yours.");
        return Err(ServiceError::refused(ErrorCode::NotFound, message));
    }
    for change in &changes {
        change.check_reach(request, reach)?;
        if !change.kind.is_undoable() {
            return Err(keys_stay());
        }
    }
    Ok(changes)
}

/// A value without what one change changed. Fed with the newest change first, what remains is the
/// net difference.
fn take_back(value: Option<Overrides>, change: &Recorded) -> Option<Overrides> {
    match (value, &change.old, &change.new) {
        // It was made by this change, so it goes; or it was deleted by it, so it comes back.
        (Some(_), None, Some(_)) => None,
        (None, Some(old), None) => Some(old.clone()),
        // Somebody made it again since, or deleted it since: there is nothing left of this change
        // to take back.
        (Some(value), Some(_), None) => Some(value),
        (None, _, _) => None,
        (Some(mut value), _, _) => {
            let mut patch = Map::new();
            for field in &change.changes {
                set(&mut patch, &field.path, field.old.clone().unwrap_or(Value::Null));
            }
            apply(&mut value, &patch);
            Some(value)
        }
    }
}

/// Tells where others changed the same settings since.
async fn warn(
    transaction: &mut Transaction,
    planned: &mut [Planned<'_>],
    changes: &[Recorded],
) -> Result<(), ServiceError> {
    let mut first: BTreeMap<Uuid, i64> = BTreeMap::new();
    for change in changes {
        let version = first.entry(change.target_id).or_insert(change.version);
        *version = change.version.min(*version);
    }
    let since: Vec<(Uuid, i64)> = first.into_iter().collect();
    let chosen: Vec<Uuid> = changes.iter().map(|change| change.id).collect();
    let others = others_since(transaction, &since, &chosen).await?;
    for one in planned {
        let touched: Vec<&str> = one
            .preview
            .differences
            .iter()
            .map(|field| field.path.as_str())
            .filter(|path| {
                others.iter().any(|(target, paths)| {
                    *target == one.target.row.id && paths.iter().any(|other| other == path)
                })
            })
            .collect();
        if !touched.is_empty() {
            let sentence = format!(
                "Changed again since by changes that were not chosen, and taken back with them: \
                    {}.",
                named(&touched)
            );
            one.preview.warnings.push(warning("changed_since", sentence));
        }
    }
    Ok(())
}

fn check_versions(
    previews: &[&Preview],
    expected: &BTreeMap<Uuid, i64>,
    answer: impl Fn() -> BulkRollbackAnswer,
) -> Result<(), ServiceError> {
    let mut missing = FieldErrors::default();
    let mut stale = Vec::new();
    for preview in previews {
        let (name, now) = (&preview.target_name, preview.current_version);
        let path = format!("expectedVersions.{}", preview.target_id);
        match expected.get(&preview.target_id) {
            None => missing
                .add(path, format!("The version of “{name}” is missing. Look at a preview first.")),
            Some(seen) if *seen != now => stale.push(FieldError::new(
                path,
                format!(
                    "“{name}” was changed in the meantime: you saw version {seen}, now it is {now}."
                ),
            )),
            Some(_) => {}
        }
    }
    if let Some(first) = stale.first() {
        let message =
            format!("{} Nothing was rolled back. Look at the new preview first.", first.message);
        let current = serde_json::to_value(answer()).unwrap_or(Value::Null);
        return Err(ServiceError::Conflict { message, fields: stale, current });
    }
    let missing = missing.into_vec();
    if missing.is_empty() { Ok(()) } else { Err(ServiceError::Validation(missing)) }
}

fn check_rules(previews: &[&Preview]) -> Result<(), ServiceError> {
    let broken: Vec<FieldError> = previews
        .iter()
        .flat_map(|preview| {
            preview.errors.iter().map(|error| {
                let path = format!("{}.{}", preview.target_id, error.path);
                FieldError::new(
                    path.trim_end_matches('.'),
                    format!("“{}”: {}", preview.target_name, error.message),
                )
            })
        })
        .collect();
    if broken.is_empty() { Ok(()) } else { Err(ServiceError::Validation(broken)) }
}
