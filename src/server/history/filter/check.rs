//! What can be looked for.

use crate::{
    domain::{
        field_error::FieldErrors,
        history::{ChangeQuery, is_action},
        instant,
    },
    server::foundation::error::ServiceError,
};
use chrono::{DateTime, Utc};

/// The longest text to look for, in Unicode scalar values.
const LONGEST_TEXT: usize = 200;

/// # Errors
/// 400 with everything that cannot be looked for.
pub fn check(query: &ChangeQuery) -> Result<(), ServiceError> {
    check_parts("", query)
}

/// As [`check`], of filters whose names begin with `prefix`.
pub fn check_parts(prefix: &str, query: &ChangeQuery) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    if let Some(action) = query.action.as_deref().map(str::trim).filter(|word| !word.is_empty())
        && !is_action(action)
    {
        errors.add(
            format!("{prefix}action"),
            "There is no such action. Choose one such as updated, deleted or rolled_back.",
        );
    }
    for (name, text) in [("path", &query.path), ("text", &query.text)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
            errors.add(
                format!("{prefix}{name}"),
                format!("{name} must have at most {LONGEST_TEXT} characters."),
            );
        }
    }
    check_span(&mut errors, prefix, query.from, query.to);
    let errors = errors.into_vec();
    if errors.is_empty() { Ok(()) } else { Err(ServiceError::Validation(errors)) }
}

/// Notes under `prefix` what is wrong with a span of time.
fn check_span(
    errors: &mut FieldErrors,
    prefix: &str,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) {
    for (name, time) in [("from", from), ("to", to)] {
        if time.is_some_and(|time| !instant::is_plausible(time)) {
            errors.add(
                format!("{prefix}{name}"),
                format!("{name} must be a time such as 2026-12-31T00:00:00Z."),
            );
        }
    }
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        errors.add(format!("{prefix}to"), "The span of time must end after it begins.");
    }
}
