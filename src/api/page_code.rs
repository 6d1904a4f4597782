//! The files that make a page react. Written into the page by the server and read by
//! `ui/hydration.js`.

use serde::Serialize;

/// The files of a page's code, as addresses of this site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageCode {
    /// The script that starts the application.
    pub script: String,
    /// What every page needs of the application.
    pub wasm: String,
    /// What this page needs besides.
    pub parts: Vec<String>,
}
