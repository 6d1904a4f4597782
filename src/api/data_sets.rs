//! Data sets and their versions.

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::data_sets::{
    DataSetDifference, DataSetVersionSummary, DataSetVersionView, DataSetView, VersionRules,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Room for 30 000 ids.
const LARGEST_VERSION: usize = 2 * 1024 * 1024;

operations! { "Data sets";
    /// The caller's data sets and those of their organization, by name.
    ListDataSets = GET "/api/data-sets" => DataSetsAnswer;

    /// Makes a data set without versions.
    CreateDataSet = POST "/api/data-sets", body DataSetRequest => 201 DataSetAnswer;

    /// One data set with its versions, the newest first.
    ReadDataSet = GET "/api/data-sets/{id}", at Uuid => DataSetVersionsAnswer;

    /// Renames or describes a data set.
    UpdateDataSet = PATCH "/api/data-sets/{id}", at Uuid, body DataSetPatch => DataSetAnswer;

    /// Removes a data set with its versions. Conversations stay.
    DeleteDataSet = DELETE "/api/data-sets/{id}", at Uuid => Done;

    /// Freezes conversations as the next version, and divides those that are new in the data set
    /// into its parts. Near duplicates go together; what was in a part before stays in it.
    /// The same `Idempotency-Key` makes one version.
    CreateDataSetVersion = POST "/api/data-sets/{id}/versions", at Uuid, body DataSetVersionRequest,
        largest LARGEST_VERSION, headers IdempotencyKey => 201 DataSetVersionAnswer,
        refuses {
            409: "Near duplicates of some are still being looked for: try again; or \
                `idempotency_key_reused`"
        };

    /// One version with its card.
    ReadDataSetVersion = GET "/api/data-set-versions/{id}", at Uuid => DataSetVersionAnswer;

    /// Removes a version. In which parts its conversations are stays.
    DeleteDataSetVersion = DELETE "/api/data-set-versions/{id}", at Uuid => Done;

    /// What changed from the version `from` to this one; without it, from the one before.
    CompareDataSetVersions = GET "/api/data-set-versions/{id}/difference", at Uuid,
        query DifferenceQuery => DifferenceAnswer;
}

/// A new data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSetRequest {
    /// 1–80 characters.
    #[schema(example = "Support answers")]
    pub name: String,
    /// At most 2000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// What to change of a data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataSetPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What the next version has: either `conversations` or `query`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataSetVersionRequest {
    /// These; at most 30 000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conversations: Vec<Uuid>,
    /// All that fit these filters, as an address has them; empty: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "status=approved")]
    pub query: Option<String>,
    /// What it is for; at most 2000 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    pub rules: VersionRules,
}

/// With which version to compare.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DifferenceQuery {
    /// Another version of the same data set
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Uuid>,
}

/// `{dataSets}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetsAnswer {
    pub data_sets: Vec<DataSetView>,
}

/// `{dataSet}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetAnswer {
    pub data_set: DataSetView,
}

/// `{dataSet, versions}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSetVersionsAnswer {
    pub data_set: DataSetView,
    pub versions: Vec<DataSetVersionSummary>,
}

/// `{version}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DataSetVersionAnswer {
    pub version: DataSetVersionView,
}

/// `{difference}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DifferenceAnswer {
    pub difference: DataSetDifference,
}

/// All data sets, for their page.
#[server(endpoint = "fn/data-sets", input = Json, output = Answer)]
pub async fn load_data_sets() -> Result<DataSetsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListDataSets>((), Nothing {}, Nothing {}).await
}

/// One data set, for its page.
#[server(endpoint = "fn/data-set", input = Json, output = Answer)]
pub async fn load_data_set(id: Uuid) -> Result<DataSetVersionsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadDataSet>(id, Nothing {}, Nothing {}).await
}

/// One version, for its page.
#[server(endpoint = "fn/data-set-version", input = Json, output = Answer)]
pub async fn load_data_set_version(id: Uuid) -> Result<DataSetVersionAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadDataSetVersion>(id, Nothing {}, Nothing {}).await
}
