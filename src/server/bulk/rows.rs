//! Jobs as people read them.

use crate::{
    domain::{
        bulk::{BulkAction, BulkJobView, BulkState, SkipReason, Skipped},
        money::Money,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many of each reason, by its word.
pub(super) type Skips = BTreeMap<SkipReason, i64>;

/// What a job's column holds.
pub(super) fn words(skips: &Skips) -> Json<BTreeMap<&'static str, i64>> {
    Json(skips.iter().map(|(reason, count)| (reason.as_str(), *count)).collect())
}

struct Row {
    id: Uuid,
    action: Json<BulkAction>,
    query: Option<String>,
    state: String,
    total: i32,
    changed: i32,
    skipped: Json<BTreeMap<String, i64>>,
    failed: i32,
    restored: i32,
    kept: i32,
    error: Option<String>,
    worst_case_nano_usd: Option<i64>,
    may_change: bool,
    created_by: Option<Uuid>,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl Row {
    fn into_view(self) -> Result<BulkJobView, ServiceError> {
        let state: BulkState = self.state.parse().map_err(ServiceError::Internal)?;
        let action = self.action.0;
        let skipped = |(word, count): (String, i64)| {
            word.parse().map(|reason| Skipped { reason, count }).map_err(ServiceError::Internal)
        };
        let is_over = matches!(state, BulkState::Done | BulkState::Cancelled | BulkState::Failed);
        let has_left = self.changed > self.restored + self.kept;
        Ok(BulkJobView {
            id: self.id,
            can_undo: self.may_change && is_over && has_left && action.is_undoable(),
            can_stop: self.may_change
                && matches!(state, BulkState::Prepared | BulkState::Queued | BulkState::Running),
            action,
            query: self.query,
            state,
            total: self.total.into(),
            changed: self.changed.into(),
            skipped: self.skipped.0.into_iter().map(skipped).collect::<Result<_, _>>()?,
            failed: self.failed.into(),
            restored: self.restored.into(),
            kept: self.kept.into(),
            error: self.error,
            worst_case: self.worst_case_nano_usd.map(Money::from_nanos),
            created_by: self.created_by,
            author_name: self.author_name,
            created_at: self.created_at,
            finished_at: self.finished_at,
        })
    }
}

/// A job that whoever's transaction it is sees.
pub(super) async fn find(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<BulkJobView>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, action AS "action: Json<BulkAction>", query, state, total, changed,
             skipped AS "skipped: Json<BTreeMap<String, i64>>", failed, restored, kept, error,
             worst_case_nano_usd,
             coalesce(created_by = auth.uid()
               OR organization_id = (SELECT auth.administered_organization()), false)
               AS "may_change!",
             created_by, public.colleague_name(created_by) AS author_name, created_at, finished_at
           FROM bulk_jobs WHERE id = $1"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(Row::into_view).transpose()
}

/// The last jobs that whoever's transaction it is sees, but those that were only prepared.
pub(super) async fn list(transaction: &mut Transaction) -> Result<Vec<BulkJobView>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, action AS "action: Json<BulkAction>", query, state, total, changed,
             skipped AS "skipped: Json<BTreeMap<String, i64>>", failed, restored, kept, error,
             worst_case_nano_usd,
             coalesce(created_by = auth.uid()
               OR organization_id = (SELECT auth.administered_organization()), false)
               AS "may_change!",
             created_by, public.colleague_name(created_by) AS author_name, created_at, finished_at
           FROM bulk_jobs
           WHERE state <> 'prepared' AND (created_by = auth.uid()
             OR organization_id = (SELECT auth.own_organization()))
           ORDER BY created_at DESC, id LIMIT 50"#
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(Row::into_view).collect()
}
