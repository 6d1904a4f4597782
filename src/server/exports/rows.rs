//! Exports as people read them.

use crate::{
    domain::{
        conversations::FindingKind,
        exports::{
            ExportOptions, ExportState, ExportView, ExportWarning, HOURS, LeftOut, LeftOutCount,
        },
    },
    server::{
        foundation::error::ServiceError,
        postgres::{Pool, Transaction},
    },
};
use chrono::{DateTime, Duration, Utc};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

struct Row {
    id: Uuid,
    options: Json<ExportOptions>,
    file_name: String,
    state: String,
    query: Option<String>,
    version_id: Option<Uuid>,
    version_name: Option<String>,
    total: i32,
    written: i32,
    left_out: Json<BTreeMap<LeftOut, i64>>,
    warnings: Json<BTreeMap<FindingKind, i64>>,
    size_bytes: Option<i64>,
    sha256: Option<String>,
    error: Option<String>,
    is_theirs: bool,
    created_by: Option<Uuid>,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl Row {
    fn into_view(self) -> Result<ExportView, ServiceError> {
        let state: ExportState = self.state.parse().map_err(ServiceError::Internal)?;
        let is_there = state.is_open() || state == ExportState::Done;
        let until = self.finished_at.map(|at| at + Duration::hours(HOURS.into()));
        Ok(ExportView {
            id: self.id,
            options: self.options.0,
            file_name: self.file_name,
            state,
            query: self.query,
            version_id: self.version_id,
            version_name: self.version_name,
            total: self.total.into(),
            written: self.written.into(),
            left_out: left_out(&self.left_out),
            warnings: warnings(&self.warnings),
            size_bytes: self.size_bytes,
            sha256: self.sha256,
            error: self.error,
            can_download: self.is_theirs && is_there,
            created_by: self.created_by,
            author_name: self.author_name,
            created_at: self.created_at,
            finished_at: self.finished_at,
            expires_at: until.filter(|_| state == ExportState::Done),
        })
    }
}

/// An export that whoever's transaction it is sees. A file that is a day old counts as removed,
/// whether it was already or not.
pub(super) async fn find(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<ExportView>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT own.id, own.options AS "options: Json<ExportOptions>", own.file_name,
             CASE WHEN own.state = 'done'
               AND own.finished_at < now() - make_interval(hours => $2) THEN 'expired'
               ELSE own.state END AS "state!",
             own.query, own.version_id,
             (SELECT whole.name || ', version ' || version.number
               FROM data_set_versions AS version
               JOIN data_sets AS whole ON whole.id = version.data_set_id
               WHERE version.id = own.version_id) AS version_name,
             own.total, own.written, own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             own.warnings AS "warnings: Json<BTreeMap<FindingKind, i64>>", own.size_bytes,
             own.sha256, own.error,
             coalesce(own.created_by = auth.uid() AND (own.organization_id IS NULL
               OR own.organization_id = (SELECT auth.own_organization())), false) AS "is_theirs!",
             own.created_by, public.colleague_name(own.created_by) AS author_name, own.created_at,
             own.finished_at
           FROM exports AS own WHERE own.id = $1"#,
        id,
        HOURS
    )
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(Row::into_view).transpose()
}

/// The last exports that whoever's transaction it is sees.
pub(super) async fn list(transaction: &mut Transaction) -> Result<Vec<ExportView>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT own.id, own.options AS "options: Json<ExportOptions>", own.file_name,
             CASE WHEN own.state = 'done'
               AND own.finished_at < now() - make_interval(hours => $1) THEN 'expired'
               ELSE own.state END AS "state!",
             own.query, own.version_id,
             (SELECT whole.name || ', version ' || version.number
               FROM data_set_versions AS version
               JOIN data_sets AS whole ON whole.id = version.data_set_id
               WHERE version.id = own.version_id) AS version_name,
             own.total, own.written, own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             own.warnings AS "warnings: Json<BTreeMap<FindingKind, i64>>", own.size_bytes,
             own.sha256, own.error,
             coalesce(own.created_by = auth.uid() AND (own.organization_id IS NULL
               OR own.organization_id = (SELECT auth.own_organization())), false) AS "is_theirs!",
             own.created_by, public.colleague_name(own.created_by) AS author_name, own.created_at,
             own.finished_at
           FROM exports AS own
           WHERE own.created_by = auth.uid()
             OR own.organization_id = (SELECT auth.administered_organization())
           ORDER BY own.created_at DESC, own.id LIMIT 50"#,
        HOURS
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(Row::into_view).collect()
}

/// An export for the documents of its own file.
pub(super) async fn of_system(pool: &Pool, id: Uuid) -> Result<Option<ExportView>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT own.id, own.options AS "options: Json<ExportOptions>", own.file_name, own.state,
             own.query, own.version_id,
             (SELECT whole.name || ', version ' || version.number
               FROM data_set_versions AS version
               JOIN data_sets AS whole ON whole.id = version.data_set_id
               WHERE version.id = own.version_id) AS version_name,
             own.total, 0 AS "written!", own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             own.warnings AS "warnings: Json<BTreeMap<FindingKind, i64>>", own.size_bytes,
             own.sha256, own.error, false AS "is_theirs!", own.created_by,
             author.display_name AS "author_name?", own.created_at, own.finished_at
           FROM exports AS own LEFT JOIN auth.users AS author ON author.id = own.created_by
           WHERE own.id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    row.map(Row::into_view).transpose()
}

pub(super) fn left_out(counts: &BTreeMap<LeftOut, i64>) -> Vec<LeftOutCount> {
    counts.iter().map(|(reason, count)| LeftOutCount { reason: *reason, count: *count }).collect()
}

pub(super) fn warnings(counts: &BTreeMap<FindingKind, i64>) -> Vec<ExportWarning> {
    counts.iter().map(|(kind, count)| ExportWarning { kind: *kind, count: *count }).collect()
}
