//! Saves on their way to the server.

use crate::domain::{merge_patch::set, preferences::Overrides};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Values by dotted path; `Null` means "back to inherited".
pub type Values = BTreeMap<String, Value>;

/// One save: unchangeable once it has an id, so that sending it twice stores it once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sending {
    pub mutation_id: Uuid,
    pub base_version: i64,
    pub values: Values,
}

impl Sending {
    /// The merge patch on the wire.
    pub fn patch(&self) -> Overrides {
        patch_of(&self.values)
    }
}

/// Saves of values that were edited while other saves were waiting. What those change too is based
/// on the version that they will make; everything else on the version that the person saw, so that
/// somebody else's change of it is noticed.
pub fn behind<'a>(
    waiting: impl IntoIterator<Item = &'a Sending>,
    seen: i64,
    values: Values,
    mut new_id: impl FnMut() -> Uuid,
) -> Vec<Sending> {
    let waiting: Vec<&Sending> = waiting.into_iter().collect();
    let ahead = i64::try_from(waiting.len()).unwrap_or_default();
    let (again, fresh): (Values, Values) = values
        .into_iter()
        .partition(|(path, _)| waiting.iter().any(|sending| sending.values.contains_key(path)));
    let parts =
        [(seen + ahead, again), (seen, fresh)].into_iter().filter(|(_, values)| !values.is_empty());
    parts
        .map(|(base_version, values)| Sending { mutation_id: new_id(), base_version, values })
        .collect()
}

/// A merge patch from values by path.
pub fn patch_of(values: &Values) -> Overrides {
    let mut patch = Overrides::new();
    for (path, value) in values {
        set(&mut patch, path, value.clone());
    }
    patch
}
