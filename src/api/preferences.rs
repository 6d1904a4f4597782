//! Preferences as a page is rendered with them. Changes go through the HTTP routes, which scripts
//! use as well.

use super::error::ApiError;
use crate::domain::preferences::Snapshot;
use serde::{Deserialize, Serialize};

/// What the page knows of the person's preferences when it arrives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BootPreferences {
    Loaded(Snapshot),
    /// The database could not answer: the page shows defaults, read-only, and offers to try again.
    Unavailable(ApiError),
    #[default]
    SignedOut,
}
