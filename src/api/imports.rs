//! Imports: conversations from files.

use super::{
    codec::Answer,
    error::ApiError,
    operation::{BYTES, Upload, operations},
};
use crate::domain::imports::{ImportProblem, ImportRequest, ImportView, MAX_PIECE};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

operations! { "Imports";
    /// The caller's imports, the newest first: at most 50.
    ListImports = GET "/api/imports" => ImportsAnswer;

    /// Begins an import: says what will be sent. The same `Idempotency-Key` begins one.
    CreateImport = POST "/api/imports", body ImportRequest, headers IdempotencyKey
        => 201 ImportAnswer,
        refuses { 409: "`idempotency_key_reused`", 429: "Too many are open" };

    /// One import with how far it is.
    ReadImport = GET "/api/imports/{id}", at Uuid => ImportAnswer;

    /// A piece of the file, at most 4 MiB, which begins at `start`. Pieces come one after another;
    /// what has come already is compared and passed over, so that whoever was interrupted goes on
    /// at `receivedBytes`. With the last one the file is looked at.
    UploadImport = PUT "/api/imports/{id}/file", at Uuid, query UploadQuery, body Upload,
        takes BYTES, largest MAX_PIECE => ImportAnswer,
        refuses { 409: "It begins behind what has come, or the file is complete already" };

    /// What is wrong with the file, line by line: at most 500 after the one named.
    ListImportProblems = GET "/api/imports/{id}/problems", at Uuid, query ProblemsQuery
        => ProblemsAnswer;

    /// Imports all that can be, at once: all of them or, when something fails, none.
    StartImport = POST "/api/imports/{id}/start", at Uuid, body StartImportRequest
        => ImportAnswer,
        refuses { 409: "It is not checked yet, or was imported already; or nothing of it can be" };

    /// Drops an import that is not done.
    StopImport = DELETE "/api/imports/{id}", at Uuid => ImportAnswer,
        refuses { 409: "It was imported already" };
}

/// Where a piece begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// In the file, in bytes
    pub start: i64,
}

/// Which problems.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ProblemsQuery {
    /// The `number` of the last one of the page before
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i32>,
}

/// What is to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StartImportRequest {
    /// Also what is word for word here already, or twice in the file.
    pub takes_duplicates: bool,
}

/// `{import}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportAnswer {
    pub import: ImportView,
}

/// `{imports}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportsAnswer {
    pub imports: Vec<ImportView>,
}

/// `{problems}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProblemsAnswer {
    pub problems: Vec<ImportProblem>,
}

/// The last imports, for their page.
#[server(endpoint = "fn/imports", input = Json, output = Answer)]
pub async fn load_imports() -> Result<ImportsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListImports>((), Nothing {}, Nothing {}).await
}
