//! What the stand-in can be told to do instead of answering well.

use crate::batches::ResultFaults;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How one request is answered. As JSON: `{"kind": "status", "status": 529}`. Unless it says so,
/// nothing is done of what was asked for, and nothing billed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Behaviour {
    /// As Claude would: refuses what Claude refuses, else answers, in one piece or as a stream.
    #[default]
    Default,
    /// As Claude would, but each piece of text of a stream waits until the gate is opened for it.
    Gated,
    /// This text, in one piece or as a stream.
    Text {
        text: String,
        #[serde(default)]
        stop_reason: Option<String>,
    },
    /// 200 with this body.
    Json {
        body: Value,
    },
    /// 200 with exactly these bytes, sent in these chunks.
    Raw {
        content_type: String,
        chunks: Vec<Vec<u8>>,
    },
    /// This status with these headers and this body; without a body, the one that Claude has for
    /// the status.
    Status {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Option<Value>,
    },
    /// 429 because the month's money is used up; without `retry-after`.
    SpendCap,
    /// A limit of money or growth, by the provider's word for it: see `limits.rs`.
    Limit {
        /// `enforced_spend_limit_reached`, `contract_spend_limit_reached`, `ramp_limit_exceeded`,
        /// `organization_on_hold`, `linked_organization_spend_limit_reached`; or, for what an
        /// organization limits itself, `specified_limit`, `specified_workspace_limit`.
        code: String,
        /// Another than goes with the word.
        #[serde(default)]
        status: Option<u16>,
        /// Seconds; another than goes with the word.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The connection is closed, and nothing was done.
    Closed,
    /// As Claude would, and billed, but the connection is closed before a byte of the answer.
    Lost,
    /// As Claude would, and billed, but the answer is this status.
    StatusAfter {
        status: u16,
    },
    /// Of a batch's results: as Claude would, with these faults.
    Results(ResultFaults),
    MalformedJson,
    /// A web page, as proxies show.
    Html {
        status: u16,
    },
    /// A body that is cut in its middle.
    HalfJson,
    /// A stream that is cut after so many pieces of text.
    HalfStream {
        pieces: usize,
    },
    /// A stream that says after so many pieces of text that something failed.
    ErrorMidStream {
        pieces: usize,
        error_type: String,
        message: String,
    },
    /// A stream that says nothing more after so many pieces of text, and does not end.
    HangMidStream {
        pieces: usize,
    },
    /// Takes the request and never answers.
    Silence,
    /// As Claude would, after so long.
    Slow {
        latency_ms: u64,
    },
}

impl Behaviour {
    pub fn status(status: u16) -> Self {
        Self::Status { status, headers: BTreeMap::new(), body: None }
    }

    pub fn status_with(status: u16, header: &str, value: &str) -> Self {
        let headers = BTreeMap::from([(header.to_owned(), value.to_owned())]);
        Self::Status { status, headers, body: None }
    }
}

/// The body of Claude's refusals.
pub fn error_body(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_stand_in" })
}

/// The kind of error that comes with a status.
pub fn error_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}
