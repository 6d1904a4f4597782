//! The change history, and rolling back.

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Raw, operations},
};
use crate::domain::history::{
    BulkRollbackAnswer, ChangeAnswer, ChangePage, ChangeQuery, OneRollbackAnswer, RollbackRequest,
    StatisticsAnswer, StatisticsQuery,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "History";
    /// The changes that the caller may see, newest first; `nextBefore` leads to the next page. All
    /// filters that are given must fit.
    ListChanges = GET "/api/config/change-history", query ChangeQuery => ChangePage;

    /// One change with the whole values before and after it.
    ReadChange = GET "/api/config/change-history/{id}", at Uuid => ChangeAnswer;

    /// How much was changed in the last days: by type, person and day, and the settings that
    /// changed the most often.
    CountChanges = GET "/api/config/statistics", query StatisticsQuery => StatisticsAnswer;

    /// The same changes as a file for spreadsheets, all of them, a line per changed setting. Takes
    /// the filters of the list; `limit` does not shorten it.
    ExportChanges = GET "/api/config/export-csv", query ChangeQuery => Raw,
        content "text/csv";

    /// Brings an earlier value back as a new change, or shows what that would do. `preview` first:
    /// `execute` and `bulk` want the versions that it told. A target that was changed since is
    /// refused with 409 and the new preview in `current`.
    RollBack = POST "/api/config/rollback", body RollbackRequest => RollbackAnswer,
        refuses { 400: "Not valid by today's rules, or a reason is missing", 404: "", 409: "" };
}

/// Either answer; they have no field in common but `applied`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RollbackAnswer {
    One(Box<OneRollbackAnswer>),
    Many(BulkRollbackAnswer),
}

/// One page of the changes that the signed-in person may see, newest first.
#[server(endpoint = "fn/changes", input = Json, output = Answer)]
pub async fn load_changes(query: ChangeQuery) -> Result<ChangePage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListChanges>((), query, Nothing {}).await
}

/// One change with everything that is known of it.
#[server(endpoint = "fn/change", input = Json, output = Answer)]
pub async fn load_change(id: Uuid) -> Result<ChangeAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadChange>(id, Nothing {}, Nothing {}).await
}

/// How much was changed in the last days.
#[server(endpoint = "fn/change-statistics", input = Json, output = Answer)]
pub async fn load_statistics(query: StatisticsQuery) -> Result<StatisticsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<CountChanges>((), query, Nothing {}).await
}
