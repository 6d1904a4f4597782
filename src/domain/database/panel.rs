//! A value with its age and how sure it is, or why there is none.

use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// How sure a number is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Quality {
        /// Counted or measured.
        Exact => "exact";
        /// From the planner's or the statistics collector's own estimates.
        Estimate => "estimate";
    }
}

/// A value that could be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reading<T> {
    pub value: T,
    pub as_of: DateTime<Utc>,
    pub quality: Quality,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unavailable {
    /// A sentence: "Not enough history yet: the counters were reset 40 seconds ago."
    pub reason: String,
    /// What mends it, where something does: a statement or a setting.
    pub fix: Option<String>,
}

/// A reading, or why there is none. On the wire either `{value, asOf, quality}` or `{unavailable:
/// {reason, fix}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Panel<T> {
    Reading(#[schema(inline)] Reading<T>),
    Unavailable { unavailable: Unavailable },
}

impl<T> Panel<T> {
    pub fn exact(value: T, as_of: DateTime<Utc>) -> Self {
        Self::Reading(Reading { value, as_of, quality: Quality::Exact })
    }

    pub fn estimate(value: T, as_of: DateTime<Utc>) -> Self {
        Self::Reading(Reading { value, as_of, quality: Quality::Estimate })
    }

    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { unavailable: Unavailable { reason: reason.into(), fix: None } }
    }

    pub fn unavailable_until(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Unavailable {
            unavailable: Unavailable { reason: reason.into(), fix: Some(fix.into()) },
        }
    }

    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Reading(reading) => Some(&reading.value),
            Self::Unavailable { .. } => None,
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Reading(_) => None,
            Self::Unavailable { unavailable } => Some(&unavailable.reason),
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Panel<U> {
        match self {
            Self::Reading(Reading { value, as_of, quality }) => {
                Panel::Reading(Reading { value: change(value), as_of, quality })
            }
            Self::Unavailable { unavailable } => Panel::Unavailable { unavailable },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_and_its_absence_look_different_on_the_wire() {
        let time = DateTime::<Utc>::from_timestamp(0, 0).unwrap();
        let read = Panel::estimate(3, time);
        assert_eq!(
            json!(read),
            json!({"value": 3, "asOf": "1970-01-01T00:00:00Z", "quality": "estimate"})
        );
        assert_eq!(serde_json::from_value::<Panel<i32>>(json!(read)).unwrap(), read);
        let missing = Panel::<i32>::unavailable("No right to read it.");
        assert_eq!(
            json!(missing),
            json!({"unavailable": {"reason": "No right to read it.", "fix": null}})
        );
        assert_eq!(serde_json::from_value::<Panel<i32>>(json!(missing)).unwrap(), missing);
    }
}
