//! What happened in a month: alerts, maintenance, backups.

use crate::{
    domain::database::{Alert, Month, Operation},
    server::{error::ServiceError, postgres::Pool},
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;

/// Of each, at most: a report is read by people.
const MOST: i64 = 200;

/// Alerts that were so at some time of the month, the worst first.
pub(super) async fn alerts(pool: &Pool, month: Month) -> Result<Vec<Alert>, ServiceError> {
    let found = sqlx::query_scalar!(
        r#"SELECT jsonb_build_object('id', alert.id, 'kind', alert.kind, 'severity', alert.severity,
           'state', alert.state,
             'subject', alert.subject, 'object', alert.payload -> 'object', 'cause',
             alert.payload ->> 'cause',
             'effect', alert.payload ->> 'effect', 'remedy', alert.payload ->> 'remedy', 'action',
             alert.payload -> 'action',
             'firstSeen', alert.first_seen, 'lastSeen', alert.last_seen,
             'acknowledgedBy', acknowledged.display_name, 'acknowledgedAt', alert.acknowledged_at,
             'resolvedAt', alert.resolved_at, 'resolvedBy', resolved.display_name, 'mutedUntil',
             alert.muted_until)
             AS "alert!: Json<Alert>"
           FROM public.database_alerts AS alert
             LEFT JOIN auth.users AS acknowledged ON acknowledged.id = alert.acknowledged_by
             LEFT JOIN auth.users AS resolved ON resolved.id = alert.resolved_by
           WHERE alert.state <> 'pending' AND alert.first_seen < $2
             AND (alert.resolved_at IS NULL OR alert.resolved_at >= $1)
           ORDER BY array_position(ARRAY['critical', 'warning', 'info'], alert.severity),
           alert.first_seen DESC, alert.id
           LIMIT $3"#,
        month.from(),
        month.to(),
        MOST
    );
    Ok(found.fetch_all(pool).await?.into_iter().map(|Json(alert)| alert).collect())
}

/// Operations that were begun in the month, the newest first.
pub(super) async fn operations(pool: &Pool, month: Month) -> Result<Vec<Operation>, ServiceError> {
    let found = sqlx::query_scalar!(
        r#"SELECT jsonb_build_object('id', one.id, 'operation', one.operation_type, 'target', CASE
               WHEN one.index_name IS NOT NULL
                 THEN jsonb_build_object('index', jsonb_build_object('schema', one.schema_name,
                   'name', one.index_name))
               WHEN one.table_name IS NOT NULL
                 THEN jsonb_build_object('table', jsonb_build_object('schema', one.schema_name,
                   'name', one.table_name))
               ELSE '"wholeDatabase"'::jsonb END,
             'status', one.status, 'options', one.options, 'statements', to_jsonb(one.statements),
             'createdAt', one.created_at,
             'startedAt', one.started_at, 'completedAt', one.completed_at, 'durationMs',
             one.duration_ms,
             'initiatedBy', one.initiated_by, 'initiatedByName', one.initiated_by_name,
             'scheduleId', one.schedule_id,
             'backendPid', NULL, 'progress', NULL, 'before', one.before, 'after', one.after,
             'outcome', one.outcome,
             'sentence', one.sentence, 'leftoverIndex', CASE WHEN one.leftover_index IS NOT NULL
               THEN jsonb_build_object('schema', one.schema_name, 'name', one.leftover_index) END,
             'errorMessage', one.error_message, 'cancelRequested',
             one.cancel_requested) AS "operation!: Json<Operation>"
           FROM public.maintenance_operations AS one
           WHERE one.created_at >= $1 AND one.created_at < $2 ORDER BY one.created_at DESC, one.id
             LIMIT $3"#,
        month.from(),
        month.to(),
        MOST
    );
    Ok(found.fetch_all(pool).await?.into_iter().map(|Json(operation)| operation).collect())
}

/// The newest verified backup, and whether others follow by themselves.
pub(super) struct Backups {
    pub newest: Option<DateTime<Utc>>,
    pub scheduled: bool,
}

pub(super) async fn backups(pool: &Pool) -> Result<Backups, ServiceError> {
    let found = sqlx::query_as!(
        Backups,
        r#"SELECT (SELECT max(started_at) FROM public.database_backups
           WHERE state = 'verified') AS newest,
             enabled AS "scheduled!" FROM public.database_backup_schedule"#
    );
    Ok(found.fetch_one(pool).await?)
}
