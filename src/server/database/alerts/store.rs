//! What the looks at the rules remember of alerts, in the database. What people read and do is in
//! `list`.

use crate::{
    domain::database::{AlertAction, ObjectName, Stage, Standing},
    server::foundation::error::ServiceError,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// What people read of an alert, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Payload {
    pub object: Option<ObjectName>,
    pub cause: String,
    pub effect: String,
    pub remedy: String,
    pub action: Option<AlertAction>,
}

/// A subject that is remembered: in trouble, or quiet.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub id: Uuid,
    pub kind: String,
    pub subject: String,
    pub standing: Standing,
    pub payload: Payload,
    pub muted_until: Option<DateTime<Utc>>,
}

/// Everything that the next look is held against, locked until the transaction ends.
pub(super) async fn remembered(
    connection: &mut PgConnection,
) -> Result<Vec<Remembered>, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT id, kind, subject, severity, state, value, pending_since, clean_looks, last_seen,
           muted_until,
             payload AS "payload: Json<Payload>"
           FROM database_alerts WHERE state <> 'resolved' OR quiet ORDER BY id FOR UPDATE"#
    )
    .fetch_all(connection)
    .await?;
    let read = rows.into_iter().map(|row| {
        let stage = match row.state.as_str() {
            "pending" => Stage::Pending,
            "open" => Stage::Open,
            "acknowledged" => Stage::Acknowledged,
            _ => Stage::Quiet,
        };
        let standing = Standing {
            stage,
            severity: row.severity.parse().map_err(ServiceError::Internal)?,
            value: row.value,
            pending_since: row.pending_since,
            clean_looks: u32::try_from(row.clean_looks).unwrap_or(0),
            last_seen: row.last_seen,
        };
        let (payload, muted_until) = (row.payload.0, row.muted_until);
        Ok(Remembered {
            id: row.id,
            kind: row.kind,
            subject: row.subject,
            standing,
            payload,
            muted_until,
        })
    });
    read.collect()
}

fn state(stage: Stage) -> &'static str {
    match stage {
        Stage::Pending => "pending",
        Stage::Open => "open",
        Stage::Acknowledged => "acknowledged",
        Stage::Quiet => "resolved",
    }
}

/// A subject that gets into trouble. An earlier mute of the same subject goes on; it is answered
/// with the id.
pub(super) async fn insert(
    connection: &mut PgConnection,
    kind: &str,
    subject: &str,
    standing: &Standing,
    payload: &Payload,
) -> Result<(Uuid, Option<DateTime<Utc>>), ServiceError> {
    let made = sqlx::query!(
        r#"INSERT INTO database_alerts (kind, subject, severity, state, payload, value,
           pending_since, first_seen, last_seen, muted_until)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8,
             (SELECT max(earlier.muted_until) FROM database_alerts earlier
              WHERE earlier.kind = $1 AND earlier.subject = $2 AND earlier.muted_until > $8))
           RETURNING id, muted_until"#,
        kind,
        subject,
        standing.severity.as_str(),
        state(standing.stage),
        Json(payload) as _,
        standing.value,
        standing.pending_since,
        standing.last_seen
    )
    .fetch_one(connection)
    .await?;
    Ok((made.id, made.muted_until))
}

pub(super) async fn update(
    connection: &mut PgConnection,
    id: Uuid,
    standing: &Standing,
    payload: &Payload,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE database_alerts SET severity = $2, state = $3, payload = $4, value = $5,
         pending_since = $6, clean_looks = $7,
           last_seen = $8,
           acknowledged_by = CASE WHEN $3 = 'acknowledged' THEN acknowledged_by END,
           acknowledged_at = CASE WHEN $3 = 'acknowledged' THEN acknowledged_at END
         WHERE id = $1",
        id,
        standing.severity.as_str(),
        state(standing.stage),
        Json(payload) as _,
        standing.value,
        standing.pending_since,
        i32::try_from(standing.clean_looks).unwrap_or(i32::MAX),
        standing.last_seen
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Those that are as they were.
pub(super) async fn seen_again(
    connection: &mut PgConnection,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    sqlx::query!("UPDATE database_alerts SET last_seen = $2 WHERE id = ANY($1)", ids, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gone by itself.
pub(super) async fn resolve(
    connection: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE database_alerts SET state = 'resolved', resolved_at = $2, pending_since = NULL \
            WHERE id = $1",
        id,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What never opened leaves no trace; what was quiet may be raised again.
pub(super) async fn forget(connection: &mut PgConnection, id: Uuid) -> Result<(), ServiceError> {
    sqlx::query!("DELETE FROM database_alerts WHERE id = $1 AND state = 'pending'", id)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("UPDATE database_alerts SET quiet = false WHERE id = $1 AND quiet", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes what was resolved more than 400 days ago: a report of the year before still has it.
pub(super) async fn tidy(connection: &mut PgConnection) -> Result<(), ServiceError> {
    sqlx::query!(
        "DELETE FROM database_alerts WHERE id IN (SELECT id FROM database_alerts
           WHERE state = 'resolved' AND resolved_at < now() - interval '400 days' LIMIT 1000)"
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One that was resolved by hand and is still there, or not.
pub(super) async fn update_quiet(
    connection: &mut PgConnection,
    id: Uuid,
    standing: &Standing,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE database_alerts SET value = $2, clean_looks = $3, last_seen = $4 WHERE id = $1",
        id,
        standing.value,
        i32::try_from(standing.clean_looks).unwrap_or(i32::MAX),
        standing.last_seen
    )
    .execute(connection)
    .await?;
    Ok(())
}
