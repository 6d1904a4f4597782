//! Charts as they cross the wire: drawn by the server, with the same numbers as text.

use serde::{Deserialize, Serialize};

/// A drawn chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// One sentence that says what there is to see.
    pub summary: String,
    pub svg: String,
    /// The text equivalent: the names of the columns, then one row per point.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}
