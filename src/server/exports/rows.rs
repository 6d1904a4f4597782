//! Exports as people read them.

use crate::{
    domain::{
        conversations::FindingKind,
        data_sets::DataSetVersionView,
        exports::{
            ExportOptions, ExportState, ExportView, ExportWarning, HOURS, LeftOut, LeftOutCount,
        },
    },
    server::{
        foundation::error::ServiceError,
        postgres::{Pool, Transaction},
        selections::Place,
    },
};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
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
    data_set_id: Option<Uuid>,
    version_number: Option<i32>,
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
            data_set_id: self.data_set_id,
            version_number: self.version_number,
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
             own.query, own.version_id, whole.id AS "data_set_id?",
             version.number AS "version_number?",
             whole.name || ', version ' || version.number AS version_name,
             own.total, own.written, own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             own.warnings AS "warnings: Json<BTreeMap<FindingKind, i64>>", own.size_bytes,
             own.sha256, own.error,
             coalesce(own.created_by = auth.uid() AND (own.organization_id IS NULL
               OR own.organization_id = (SELECT auth.own_organization())), false) AS "is_theirs!",
             own.created_by, public.colleague_name(own.created_by) AS author_name, own.created_at,
             own.finished_at
           FROM exports AS own
             LEFT JOIN data_set_versions AS version ON version.id = own.version_id
             LEFT JOIN data_sets AS whole ON whole.id = version.data_set_id
           WHERE own.id = $1"#,
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
             own.query, own.version_id, whole.id AS "data_set_id?",
             version.number AS "version_number?",
             whole.name || ', version ' || version.number AS version_name,
             own.total, own.written, own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             own.warnings AS "warnings: Json<BTreeMap<FindingKind, i64>>", own.size_bytes,
             own.sha256, own.error,
             coalesce(own.created_by = auth.uid() AND (own.organization_id IS NULL
               OR own.organization_id = (SELECT auth.own_organization())), false) AS "is_theirs!",
             own.created_by, public.colleague_name(own.created_by) AS author_name, own.created_at,
             own.finished_at
           FROM exports AS own
             LEFT JOIN data_set_versions AS version ON version.id = own.version_id
             LEFT JOIN data_sets AS whole ON whole.id = version.data_set_id
           WHERE own.created_by = auth.uid()
             OR own.organization_id = (SELECT auth.administered_organization())
           ORDER BY own.created_at DESC, own.id LIMIT 50"#,
        HOURS
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(Row::into_view).collect()
}

/// What the documents of a bundle say of people and of the version, as it was when it was begun:
/// whichever server writes it, the bytes are the same.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundled {
    pub author_name: Option<String>,
    pub version: Option<DataSetVersionView>,
}

/// Of an export that is no bundle, or is over: nothing.
pub(super) async fn bundled(pool: &Pool, id: Uuid) -> Result<Bundled, ServiceError> {
    let bundled = sqlx::query_scalar!(
        r#"SELECT bundled AS "bundled: Json<Bundled>" FROM exports WHERE id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(bundled.flatten().map(|bundled| bundled.0).unwrap_or_default())
}

/// An export for its own file: without what others may change of it while that is written.
pub(super) async fn of_system(pool: &Pool, id: Uuid) -> Result<Option<ExportView>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT own.id, own.options AS "options: Json<ExportOptions>", own.file_name, own.state,
             own.query, own.version_id, NULL::uuid AS data_set_id, NULL::integer AS version_number,
             NULL::text AS version_name,
             own.total, 0 AS "written!", own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             own.warnings AS "warnings: Json<BTreeMap<FindingKind, i64>>", own.size_bytes,
             own.sha256, own.error, false AS "is_theirs!", own.created_by,
             NULL::text AS author_name, own.created_at, own.finished_at
           FROM exports AS own WHERE own.id = $1"#,
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

/// Positions behind a place of conversations with more than two turns, some of the first; what was
/// edited since it was frozen may be one.
pub async fn longer(pool: &Pool, place: Place) -> Result<Vec<i32>, ServiceError> {
    let positions = sqlx::query_scalar!(
        "SELECT item.position FROM selection_items AS item
         LEFT JOIN conversations AS own ON own.id = item.conversation_id
         WHERE item.selection_id = $1 AND ($2::text IS NULL OR item.split = $2)
           AND item.position > $3
           AND (own.turn_count > 2 OR own.version IS DISTINCT FROM item.version)
         ORDER BY item.position LIMIT 50",
        place.selection,
        place.split.map(|split| split.as_str()),
        place.after
    )
    .fetch_all(pool)
    .await?;
    Ok(positions)
}
