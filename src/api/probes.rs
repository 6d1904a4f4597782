//! What machines ask of the server: whether it is alive and can work, its numbers, and which
//! operations there are.

use super::operation::{Done, Raw, operations};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

operations! { "Health";
    /// The process runs.
    ///
    /// Says nothing of the database: restarting the server would not bring that back.
    CheckLiveness = GET "/healthz" => Done;

    /// Requests can be served: the database answers within two seconds, has every step of the
    /// schema that this program knows and takes changes, and the server is not stopping.
    CheckReadiness = GET "/readyz" => Done,
        refuses {
            503: "`database_unavailable`, `disk_full`, `database_read_only`, `not_migrated`, …",
        };

    /// Counters and gauges of this process since its start, and some of the database as of the last
    /// look at its health.
    ReadMetrics = GET "/metrics" => Raw, content "text/plain", about "Prometheus text";

    /// This description, OpenAPI 3.1.
    ReadDescription = GET "/api/openapi.json" => Description,
        about "OpenAPI 3.1";
}

/// A description of the whole interface, OpenAPI 3.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Description(pub BTreeMap<String, Value>);
