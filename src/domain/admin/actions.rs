//! The record of what administrators and operators did.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of the record to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActionQuery {
    /// Only what was done before the entry of this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// 1–100, 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Something that was done to an account or to the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdministrativeAction {
    pub number: i64,
    pub done_at: DateTime<Utc>,
    /// The same word whichever way it was done.
    #[schema(example = "admin disable")]
    pub command: String,
    /// The e-mail address of the account, or what else it was about.
    #[schema(example = "ben@example.com")]
    pub subject: Option<String>,
    /// The administrator's e-mail address; by command, who the operating system says it was.
    #[schema(example = "anna@example.com")]
    pub operator: String,
    /// The machine that did it.
    #[schema(example = "train-1")]
    pub host: String,
    /// By command, and not on a page or by a token.
    pub by_command: bool,
}

/// One page of the record, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionPage {
    pub actions: Vec<AdministrativeAction>,
    /// For `before`, where there are more.
    pub older: Option<i64>,
}
