//! Reading the ledger, page by page.

use super::{
    ScopeType,
    usage::{AttemptOutcome, GenerationLogView},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which rows of the ledger to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LedgerQuery {
    /// Whose requests; the person's when absent.
    pub scope: ScopeType,
    /// Where the page before ended: its `nextAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page, 1–100; 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// Only attempts that ended like this; `unusable`: a success of which no conversation came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub status: Option<AttemptOutcome>,
    /// Only attempts that asked for this model, by its id in the catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// One page of the ledger, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerPage {
    pub entries: Vec<GenerationLogView>,
    /// Pass as `after` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<String>,
}
