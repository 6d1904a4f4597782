//! What a rollback would do to one target, with what to know before.

use super::target::Target;
use crate::{
    domain::{
        ai::{Overrides, Owner},
        history::{LONGEST_REASON, MANY_FIELDS, OLD_DAYS, Preview, Warning},
        merge_patch::differences,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};

/// Paths that a sentence names at most.
const MOST_NAMED: usize = 5;

/// A target with what is to be stored in it.
pub struct Planned<'a> {
    pub target: Target<'a>,
    pub next: Option<Overrides>,
    pub preview: Preview,
}

impl Planned<'_> {
    /// Whether there is something to store.
    pub fn changes(&self) -> bool {
        !self.preview.differences.is_empty() || self.next.is_some() != self.target.value().is_some()
    }
}

/// Holds `wanted` against the present value and the present rules.
pub async fn plan<'a>(
    transaction: &mut Transaction,
    target: Target<'a>,
    wanted: Option<Overrides>,
    reason: Option<&str>,
) -> Result<Planned<'a>, ServiceError> {
    let (next, errors) = match target.plan(transaction, wanted).await? {
        (_, Ok(next)) => (next, Vec::new()),
        (wanted, Err(errors)) => (wanted, errors),
    };
    let current = target.value();
    let differences =
        differences(&current.cloned().unwrap_or_default(), &next.clone().unwrap_or_default());
    let mut warnings = Vec::new();
    match (&current, &next) {
        (None, Some(_)) => warnings.push(warning(
            "target_deleted",
            "It was deleted. Rolling back makes it again, with its name, its values and its state.",
        )),
        (Some(_), None) => warnings.push(warning(
            "will_delete",
            "It did not exist before. Rolling back deletes it; it can be brought back from \
                history.",
        )),
        _ => {}
    }
    if differences.len() > MANY_FIELDS {
        warnings.push(warning(
            "many_fields",
            format!("This changes {} settings at once.", differences.len()),
        ));
    }
    let reason_required = matches!(target.row.owner, Owner::Organization(_));
    if reason.is_none() {
        let sentence = if reason_required {
            "No reason is given. For what belongs to an organization one is needed."
        } else {
            "No reason is given. One helps whoever reads the history later."
        };
        warnings.push(warning("no_reason", sentence));
    }
    let preview = Preview {
        target_id: target.row.id,
        config_type: target.kind,
        target_name: target.name.clone(),
        current_version: target.version,
        differences,
        warnings,
        errors,
        reason_required,
    };
    Ok(Planned { target, next, preview })
}

pub fn warning(code: &str, message: impl Into<String>) -> Warning {
    Warning { code: code.to_owned(), message: message.into() }
}

/// Of a change that is older than people remember.
pub fn old(changed_at: DateTime<Utc>) -> Option<Warning> {
    let days = (Utc::now() - changed_at).num_days();
    (days > OLD_DAYS).then(|| {
        warning(
            "old",
            format!(
                "This goes back {days} days. What was right then may not be what is needed now."
            ),
        )
    })
}

/// A few paths, for a sentence.
pub fn named(paths: &[&str]) -> String {
    let mut text = paths.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    if paths.len() > MOST_NAMED {
        text.push_str(&format!(" and {} more", paths.len() - MOST_NAMED));
    }
    text
}

/// The reason that somebody gives, as history keeps it.
///
/// # Errors
/// 400 when it is too long.
pub fn reason(given: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > LONGEST_REASON {
        let sentence = format!("The reason must have at most {LONGEST_REASON} characters.");
        return Err(ServiceError::field("reason", sentence));
    }
    Ok(Some(text.to_owned()))
}

/// # Errors
/// 400 when a reason is needed and none is given.
pub fn check_reason(previews: &[&Preview], reason: Option<&str>) -> Result<(), ServiceError> {
    if reason.is_none() && previews.iter().any(|preview| preview.reason_required) {
        return Err(ServiceError::field(
            "reason",
            "Give a reason: this changes what belongs to an organization, and its people will ask.",
        ));
    }
    Ok(())
}
