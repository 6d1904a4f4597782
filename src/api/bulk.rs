//! Bulk jobs: one change of many conversations.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::bulk::{BulkAction, BulkJobView};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Room for a thousand ids.
const LARGEST_JOB: usize = 128 * 1024;

operations! { "Bulk jobs";
    /// The caller's jobs and those of their organization, the newest first: at most 50.
    ListBulkJobs = GET "/api/bulk-jobs" => BulkJobsAnswer;

    /// Freezes which conversations a job will change and says how many, how many it will leave
    /// alone, and why. Nothing changes before it is started; one that is not is forgotten after an
    /// hour.
    PrepareBulkJob = POST "/api/bulk-jobs", body BulkJobRequest, largest LARGEST_JOB
        => 201 BulkJobAnswer;

    /// One job with how far it is.
    ReadBulkJob = GET "/api/bulk-jobs/{id}", at Uuid => BulkJobAnswer;

    /// Starts a prepared job. It goes on whoever leaves and whichever server stops.
    StartBulkJob = POST "/api/bulk-jobs/{id}/start", at Uuid => BulkJobAnswer,
        refuses { 409: "It was started already, or forgotten" };

    /// Forgets a prepared job, or stops one that runs: what it changed stays, and can be undone.
    StopBulkJob = DELETE "/api/bulk-jobs/{id}", at Uuid => BulkJobAnswer;

    /// Brings each conversation back to what it was before the job, but for those that somebody
    /// changed since: they stay as they are and are counted.
    UndoBulkJob = POST "/api/bulk-jobs/{id}/undo", at Uuid => BulkJobAnswer,
        refuses { 409: "It runs, or was undone already" };
}

/// What to do with which conversations: either `conversations` or `query`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BulkJobRequest {
    pub action: BulkAction,
    /// These; at most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversations: Vec<Uuid>,
    /// All that fit these filters at this moment, as an address has them: `tier=scenario`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "tier=scenario&status=pending_review")]
    pub query: Option<String>,
}

/// `{job}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkJobAnswer {
    pub job: BulkJobView,
}

/// `{jobs}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkJobsAnswer {
    pub jobs: Vec<BulkJobView>,
}

/// The last jobs, for the table.
#[server(endpoint = "fn/bulk-jobs", input = Json, output = Answer)]
pub async fn load_bulk_jobs() -> Result<BulkJobsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListBulkJobs>((), Nothing {}, Nothing {}).await
}
