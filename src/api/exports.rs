//! Exports: files of conversations.

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Raw, operations},
};
use crate::domain::exports::{ExportPreview, ExportView, ExportWishes};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Room for 30 000 ids.
const LARGEST_EXPORT: usize = 2 * 1024 * 1024;

operations! { "Exports";
    /// The export log, the newest first: at most 50 of the caller's own, and of their organization
    /// for those who manage it.
    ListExports = GET "/api/exports" => ExportsAnswer;

    /// How many conversations a file would have, how many it would leave out, and why.
    PreviewExport = POST "/api/exports/preview", body ExportRequest, largest LARGEST_EXPORT
        => ExportPreviewAnswer,
        refuses { 404: "" };

    /// Freezes the conversations and begins to write them. The file can be fetched at once, while
    /// it is written, and for 24 hours afterwards. The same `Idempotency-Key` begins one export.
    CreateExport = POST "/api/exports", body ExportRequest, largest LARGEST_EXPORT,
        headers IdempotencyKey => 201 ExportAnswer,
        refuses {
            404: "",
            409: "Conversations of the version are gone, or `idempotency_key_reused`",
            429: "Too many are open"
        };

    /// One export with how far it is: the manifest of its file.
    ReadExport = GET "/api/exports/{id}", at Uuid => ExportAnswer;

    /// Stops an export that is being written, and removes its file.
    StopExport = DELETE "/api/exports/{id}", at Uuid => ExportAnswer;

    /// The file. Until it is done it is sent as it is written, without its length; afterwards any
    /// part of it, by any server (`Range`, `If-Range` with the `ETag`).
    DownloadExport = GET "/api/exports/{id}/file", at Uuid => Raw,
        content "application/octet-stream",
        or 206 "application/octet-stream" "The part that `Range` asks for",
        refuses {
            409: "It failed or was stopped", 410: "`export_expired`: the file is gone",
            416: "The file ends before the part that is asked for"
        };
}

/// Which conversations: exactly one of the first three.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExportRequest {
    /// These; at most 30 000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conversations: Vec<Uuid>,
    /// All that fit these filters, as an address has them; empty: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "tier=scenario&status=approved")]
    pub query: Option<String>,
    /// This version of a data set, as it was frozen. Of `options`, `include` and `tokenFit` are the
    /// version's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<Uuid>,
    pub options: ExportWishes,
}

/// `{export}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExportAnswer {
    pub export: ExportView,
}

/// `{exports}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExportsAnswer {
    pub exports: Vec<ExportView>,
}

/// `{preview}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExportPreviewAnswer {
    pub preview: ExportPreview,
}

/// The export log, for its page.
#[server(endpoint = "fn/exports", input = Json, output = Answer)]
pub async fn load_exports() -> Result<ExportsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListExports>((), Nothing {}, Nothing {}).await
}
