//! When alerts were open, for the picture of it.

use super::AlertService;
use crate::{
    domain::{
        accounts::Scope,
        chart::Range,
        database::{AlertKind, AlertTimeline, MOST_TIMES, Occurrence, Severity, timeline},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::time_zones,
    },
};
use chrono::Utc;

impl AlertService {
    /// Those that were open at some time of a range, of one severity or kind where it is named.
    ///
    /// # Errors
    /// 403 for everybody but administrators, 400 for a range that is none.
    pub async fn timeline(
        &self,
        request: &RequestContext,
        range: Range,
        severity: Option<Severity>,
        kind: Option<AlertKind>,
    ) -> Result<AlertTimeline, ServiceError> {
        let person = request.administer(Scope::DatabaseRead)?.user_id;
        let zone = time_zones::of_person(self.database.pool(), person).await?;
        let now = Utc::now();
        let span =
            range.span(now, &zone).map_err(|message| ServiceError::field("range", message))?;
        // One more shows that there are others.
        let most = i64::try_from(MOST_TIMES + 1).unwrap_or(i64::MAX);
        let rows = sqlx::query!(
            "SELECT kind, subject, severity, first_seen, resolved_at FROM database_alerts
             WHERE state <> 'pending' AND first_seen < $2
               AND (resolved_at IS NULL OR resolved_at >= $1)
               AND ($3::text IS NULL OR severity = $3) AND ($4::text IS NULL OR kind = $4)
             ORDER BY first_seen DESC LIMIT $5",
            span.0,
            span.1,
            severity.map(Severity::as_str),
            kind.map(AlertKind::as_str),
            most
        )
        .fetch_all(self.database.pool())
        .await?;
        let occurrences = rows.into_iter().map(|row| {
            Ok(Occurrence {
                kind: row.kind.parse().map_err(ServiceError::Internal)?,
                subject: row.subject,
                severity: row.severity.parse().map_err(ServiceError::Internal)?,
                first_seen: row.first_seen,
                resolved_at: row.resolved_at,
            })
        });
        let occurrences = occurrences.collect::<Result<Vec<_>, ServiceError>>()?;
        Ok(timeline(&occurrences, span, now, &zone))
    }
}
