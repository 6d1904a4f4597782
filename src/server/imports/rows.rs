//! Imports as they stand.

use crate::{
    domain::imports::ImportView,
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How many of somebody's imports are listed.
const LISTED: i64 = 50;

struct Row {
    id: Uuid,
    file_name: String,
    size_bytes: i64,
    received_bytes: i64,
    origin: String,
    license: String,
    format: Option<String>,
    state: String,
    total: i32,
    valid: i32,
    untrainable: i32,
    duplicates: i32,
    problems: i32,
    imported: i32,
    error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ImportView {
    type Error = ServiceError;

    fn try_from(row: Row) -> Result<Self, ServiceError> {
        let format = row.format.map(|word| word.parse()).transpose();
        Ok(Self {
            id: row.id,
            file_name: row.file_name,
            size_bytes: row.size_bytes,
            received_bytes: row.received_bytes,
            origin: row.origin,
            license: row.license,
            format: format.map_err(ServiceError::Internal)?,
            state: row.state.parse().map_err(ServiceError::Internal)?,
            total: row.total.into(),
            valid: row.valid.into(),
            untrainable: row.untrainable.into(),
            duplicates: row.duplicates.into(),
            problems: row.problems.into(),
            imported: row.imported.into(),
            error: row.error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        })
    }
}

/// One import, where the transaction's role sees it.
pub(super) async fn find(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<ImportView>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, file_name, size_bytes, received_bytes, origin, license, format, state, total,
           valid, untrainable, duplicates, problems, imported, error, created_at, finished_at
         FROM imports WHERE id = $1",
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(ImportView::try_from).transpose()
}

/// A person's own, the newest first.
pub(super) async fn list(
    transaction: &mut Transaction,
    person: Uuid,
) -> Result<Vec<ImportView>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, file_name, size_bytes, received_bytes, origin, license, format, state, total,
           valid, untrainable, duplicates, problems, imported, error, created_at, finished_at
         FROM imports WHERE created_by = $1 ORDER BY created_at DESC, id LIMIT $2",
        person,
        LISTED
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(ImportView::try_from).collect()
}
