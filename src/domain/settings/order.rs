//! Fields of which each is at most the next.

use super::{Overrides, Table, touched};
use crate::domain::{
    field_error::FieldError, letter_case::lowercase, merge_patch::get, money::Money,
};
use serde_json::Value;

/// Whether a value lies above a limit. Both are compared as exact decimals.
pub fn exceeds(value: &Value, limit: &Value) -> bool {
    match (Money::from_json_usd(value), Money::from_json_usd(limit)) {
        (Some(value), Some(limit)) => value > limit,
        _ => false,
    }
}

/// What is wrong with a merged result where a chain of fields, from the lowest to the highest, is
/// out of order and a change touches it. `article` stands before the other field's name: "the ".
pub fn broken_order(
    table: &Table,
    chain: &[&str],
    article: &str,
    merged: &Overrides,
    paths: &[String],
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for pair in chain.windows(2) {
        let (inner, outer) = (pair[0], pair[1]);
        let (Some(lower), Some(upper)) = (get(merged, inner), get(merged, outer)) else { continue };
        let (Some(lower_field), Some(upper_field)) = (table.field(inner), table.field(outer))
        else {
            continue;
        };
        let is_touched = touched(paths, inner) || touched(paths, outer);
        if !exceeds(lower, upper) || !is_touched {
            continue;
        }
        let (shown_lower, shown_upper) = (lower_field.display(lower), upper_field.display(upper));
        // The message belongs at the field that was edited.
        errors.push(if touched(paths, outer) {
            let (label, other) = (upper_field.label, lowercase(lower_field.label));
            let sentence = format!(
                "{label} ({shown_upper}) must be at least {article}{other} ({shown_lower})."
            );
            FieldError::new(outer, sentence)
        } else {
            let (label, other) = (lower_field.label, lowercase(upper_field.label));
            let sentence = format!(
                "{label} ({shown_lower}) must be at most {article}{other} ({shown_upper})."
            );
            FieldError::new(inner, sentence)
        });
    }
    errors
}
