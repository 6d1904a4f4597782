//! What a bundle has, for programs.

use super::{Bundle, DataFile};
use crate::domain::{
    data_sets::DataSetVersionView,
    exports::{ExportOptions, ExportWarning, LeftOutCount, Split},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    /// Of a version absent, and the next two are the version's: exported again it is the same file.
    #[serde(skip_serializing_if = "Option::is_none")]
    export_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    created_by: &'a str,
    /// The filters, as an address has them; empty: conversations one by one, or a version.
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Version<'a>>,
    options: &'a ExportOptions,
    /// All that were chosen: those in the files and those that were left out.
    chosen: i64,
    written: i64,
    left_out: &'a [LeftOutCount],
    warnings: &'a [ExportWarning],
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version<'a> {
    id: Uuid,
    data_set_id: Uuid,
    data_set: &'a str,
    number: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Split>,
    conversations: i64,
    size_bytes: i64,
    sha256: &'a str,
}

pub fn text(bundle: &Bundle<'_>) -> String {
    let Bundle { export, version, files } = bundle;
    let written = bundle.count();
    let left_out: i64 = export.left_out.iter().map(|own| own.count).sum();
    let (export_id, created_at, created_by) = match version {
        Some(version) => (None, version.summary.created_at, &version.summary.author_name),
        None => (Some(export.id), export.created_at, &export.author_name),
    };
    pretty(&Manifest {
        export_id,
        created_at,
        created_by: created_by.as_deref().unwrap_or_default(),
        query: export.query.as_deref().unwrap_or_default(),
        version: version.map(|version: &DataSetVersionView| Version {
            id: version.summary.id,
            data_set_id: version.data_set_id,
            data_set: &version.data_set_name,
            number: version.summary.number,
        }),
        options: &export.options,
        chosen: written + left_out,
        written,
        left_out: &export.left_out,
        warnings: &export.warnings,
        files: files.iter().map(file).collect(),
    })
}

fn file(file: &DataFile) -> File<'_> {
    let DataFile { path, split, count, size_bytes, sha256 } = file;
    File { path, split: *split, conversations: *count, size_bytes: *size_bytes, sha256 }
}

/// JSON for people to look at, too.
pub fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
