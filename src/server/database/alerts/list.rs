//! Alerts as people read them and what they do with one, in the database.

use super::store::Payload;
use crate::{
    domain::{
        database::{Alert, AlertCounts, AlertPage, AlertQuery, AlertState, Month, Severity},
        error_code::ErrorCode,
    },
    server::{
        foundation::error::ServiceError,
        postgres::{Database, Pool},
    },
};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// What a person does with an alert.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Acknowledge,
    Resolve,
    Mute { hours: i64 },
}

/// An alert as its statements read it.
struct Row {
    id: Uuid,
    kind: String,
    severity: String,
    state: String,
    subject: String,
    payload: Json<Payload>,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    acknowledged_by: Option<String>,
    acknowledged_at: Option<DateTime<Utc>>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<String>,
    muted_until: Option<DateTime<Utc>>,
}

impl Row {
    fn into_alert(self) -> Result<Alert, ServiceError> {
        let Payload { object, cause, effect, remedy, action } = self.payload.0;
        Ok(Alert {
            id: self.id,
            kind: self.kind.parse().map_err(ServiceError::Internal)?,
            severity: self.severity.parse().map_err(ServiceError::Internal)?,
            state: self.state.parse::<AlertState>().map_err(ServiceError::Internal)?,
            subject: self.subject,
            object,
            cause,
            effect,
            remedy,
            action,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            acknowledged_by: self.acknowledged_by,
            acknowledged_at: self.acknowledged_at,
            resolved_at: self.resolved_at,
            resolved_by: self.resolved_by,
            muted_until: self.muted_until,
        })
    }
}

/// One alert that was told at some time.
pub(super) async fn alert(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Alert>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT alert.id, kind, severity, state, subject, payload AS "payload: Json<Payload>",
           first_seen, last_seen,
             knows.display_name AS "acknowledged_by?", acknowledged_at, resolved_at,
             resolver.display_name AS "resolved_by?", muted_until
           FROM database_alerts alert LEFT JOIN auth.users knows ON knows.id = acknowledged_by
             LEFT JOIN auth.users resolver ON resolver.id = resolved_by
           WHERE alert.id = $1 AND state <> 'pending'"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::into_alert).transpose()
}

/// One page of those that fit, and when and what was looked at.
pub(super) async fn list(
    database: &Database,
    query: &AlertQuery,
    page: i64,
    limit: i64,
) -> Result<AlertPage, ServiceError> {
    let state = query.state.map(AlertState::as_str);
    let severity = query.severity.map(Severity::as_str);
    let kind = query.kind.map(|kind| kind.as_str());
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT alert.id, kind, severity, state, subject, payload AS "payload: Json<Payload>",
           first_seen, last_seen,
             knows.display_name AS "acknowledged_by?", acknowledged_at, resolved_at,
             resolver.display_name AS "resolved_by?", muted_until
           FROM database_alerts alert LEFT JOIN auth.users knows ON knows.id = acknowledged_by
             LEFT JOIN auth.users resolver ON resolver.id = resolved_by
           WHERE CASE WHEN $1::text IS NULL THEN state IN ('open', 'acknowledged') ELSE state = $1
             END
             AND ($2::text IS NULL OR severity = $2) AND ($3::text IS NULL OR kind = $3)
           ORDER BY array_position('{critical,warning,info}'::text[], severity), first_seen DESC,
           alert.id LIMIT $4 OFFSET $5"#,
        state,
        severity,
        kind,
        limit,
        (page - 1) * limit
    )
    .fetch_all(database.pool())
    .await?;
    let about = sqlx::query!(
        r#"SELECT checked_at, unchecked AS "unchecked: Json<Vec<String>>",
             (SELECT count(*) FROM database_alerts
              WHERE CASE WHEN $1::text IS NULL THEN state IN ('open', 'acknowledged')
                ELSE state = $1 END
                AND ($2::text IS NULL OR severity = $2)
                  AND ($3::text IS NULL OR kind = $3)) AS "total!"
           FROM database_alert_rules"#,
        state,
        severity,
        kind
    )
    .fetch_one(database.pool())
    .await?;
    Ok(AlertPage {
        alerts: rows.into_iter().map(Row::into_alert).collect::<Result<_, _>>()?,
        total: about.total,
        page,
        limit,
        checked_at: about.checked_at,
        unchecked: about.unchecked.0,
    })
}

/// Those that were so at some time of a month, the worst first, at most so many.
pub async fn of_month(pool: &Pool, month: Month, most: i64) -> Result<Vec<Alert>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT alert.id, kind, severity, state, subject, payload AS "payload: Json<Payload>",
           first_seen, last_seen,
             knows.display_name AS "acknowledged_by?", acknowledged_at, resolved_at,
             resolver.display_name AS "resolved_by?", muted_until
           FROM database_alerts alert LEFT JOIN auth.users knows ON knows.id = acknowledged_by
             LEFT JOIN auth.users resolver ON resolver.id = resolved_by
           WHERE state <> 'pending' AND first_seen < $2
             AND (resolved_at IS NULL OR resolved_at >= $1)
           ORDER BY array_position('{critical,warning,info}'::text[], severity), first_seen DESC,
           alert.id LIMIT $3"#,
        month.from(),
        month.to(),
        most
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::into_alert).collect()
}

/// Those that nobody has acknowledged. Whatever counts open alerts asks here.
pub(super) async fn open(database: &Database) -> Result<AlertCounts, ServiceError> {
    let counted = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE severity = 'critical') AS "critical!", count(*)
           FILTER (WHERE severity = 'warning') AS "warning!",
             count(*) FILTER (WHERE severity = 'info') AS "info!",
             (SELECT payload->>'cause' FROM database_alerts WHERE state = 'open'
              ORDER BY array_position('{critical,warning,info}'::text[], severity), first_seen DESC,
              id LIMIT 1) AS worst
           FROM database_alerts WHERE state = 'open'"#
    )
    .fetch_one(database.pool())
    .await?;
    Ok(AlertCounts {
        critical: counted.critical,
        warning: counted.warning,
        info: counted.info,
        worst: counted.worst,
    })
}

/// Does it, and answers the alert as it stands then.
pub(super) async fn act(
    database: &Database,
    id: Uuid,
    action: Action,
    actor: Uuid,
) -> Result<Alert, ServiceError> {
    let mut transaction = database.begin().await?;
    let state = sqlx::query_scalar!(
        "SELECT state FROM database_alerts WHERE id = $1 AND state <> 'pending' FOR UPDATE",
        id
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ServiceError::NotFound("This alert"))?;
    if state == AlertState::Resolved.as_str() {
        let message =
            "This alert is resolved already; there is nothing left to do with it.".to_owned();
        return Err(ServiceError::refused(ErrorCode::AlreadyResolved, message));
    }
    match action {
        Action::Acknowledge => {
            sqlx::query!(
                "UPDATE database_alerts SET acknowledged_by = CASE WHEN state = 'open' THEN $2
                 ELSE acknowledged_by END,
                   acknowledged_at = CASE WHEN state = 'open' THEN now() ELSE acknowledged_at END,
                   state = 'acknowledged'
                 WHERE id = $1",
                id,
                actor
            )
            .execute(&mut *transaction)
            .await?
        }
        Action::Resolve => {
            sqlx::query!(
                "UPDATE database_alerts SET state = 'resolved', quiet = true, resolved_by = $2,
                 resolved_at = now(), pending_since = NULL,
                   clean_looks = 0
                 WHERE id = $1",
                id,
                actor
            )
            .execute(&mut *transaction)
            .await?
        }
        Action::Mute { hours } => {
            sqlx::query!(
                "UPDATE database_alerts SET muted_until = now() + make_interval(hours => $2::int), \
                    webhook_due_at = NULL WHERE id = $1",
                id,
                i32::try_from(hours).unwrap_or(i32::MAX)
            )
            .execute(&mut *transaction)
            .await?
        }
    };
    let alert = alert(&mut transaction, id).await?.ok_or(ServiceError::NotFound("This alert"))?;
    transaction.commit().await?;
    Ok(alert)
}
