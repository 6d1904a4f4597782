//! Makes conversations of what was found in a file: all of them, or none.

use super::{
    ImportService,
    check::mark_known,
    finish,
    lease::{self, Lease},
    worker::End,
};
use crate::server::{conversations::Tenths, foundation::error::ServiceError};
use sqlx::Executor as _;

/// Less than the ten minutes in which new conversations are looked for, whenever they could be seen
/// first. Another import of the same workspace is waited for as long as it can take.
const LONGEST: &str = "SET LOCAL statement_timeout = '9min'; SET LOCAL lock_timeout = '9min'";

impl ImportService {
    /// In one transaction, which touches the import itself last: whoever drops it meanwhile waits
    /// little, and nothing is imported then.
    pub(super) async fn store(&self, lease: &Lease) -> Result<End, ServiceError> {
        // Before a connection is held: this may take one of its own.
        let thresholds = Tenths::from(self.preferences.thresholds(lease.person).await?);
        let mut transaction = self.db.begin().await?;
        transaction.execute(LONGEST).await?;
        // What was looked at hours ago may be here by now, by another import of the same file too:
        // they come one after the other.
        let workspace = lease.organization.unwrap_or(lease.person);
        transaction.one_by_one(&format!("imports:{workspace}")).await?;
        mark_known(&mut transaction, lease).await?;
        let duplicates = sqlx::query_scalar!(
            r#"SELECT count(*)::integer AS "count!" FROM import_rows
               WHERE import_id = $1 AND is_duplicate"#,
            lease.import
        )
        .fetch_one(&mut *transaction)
        .await?;
        // Whoever left the organization meanwhile keeps what they import; the organization does not
        // get it. In the order of the file, a microsecond apart.
        let imported = sqlx::query!(
            "INSERT INTO conversations (organization_id, title, persona, emotion, topic, intent,
               tone, tier, status, categories, quality_score, quality_metrics, turn_count,
               created_by, approved_at, created_at, updated_at, turns, training_tokens,
               gate_failures, origin, license, import_id, is_demonstration)
             SELECT
               (SELECT member.organization_id FROM organization_members AS member
                 WHERE member.user_id = whole.created_by
                   AND member.organization_id = whole.organization_id),
               content ->> 'title', content ->> 'persona', content ->> 'emotion',
               content ->> 'topic', content ->> 'intent', content ->> 'tone', content ->> 'tier',
               rated.status,
               ARRAY(SELECT jsonb_array_elements_text(content -> 'categories')),
               (rating #>> '{metrics,score}')::numeric(3,1), rating -> 'metrics',
               jsonb_array_length(content -> 'turns'), whole.created_by,
               CASE WHEN rated.status = 'approved' THEN statement_timestamp() END, come.at, come.at,
               content -> 'turns', (rating ->> 'trainingTokens')::integer,
               rating -> 'gateFailures', found.origin, found.license, whole.id,
               coalesce((rating ->> 'isDemonstration')::boolean, false)
             FROM imports AS whole
             JOIN import_rows AS found ON found.import_id = whole.id
             CROSS JOIN LATERAL (SELECT public.status_by_thresholds(
                 ((rating #>> '{metrics,score}')::numeric * 10)::integer,
                 rating -> 'gateFailures' = '[]', $2, $3, $4) AS status) AS rated
             CROSS JOIN LATERAL (SELECT statement_timestamp()
                 - make_interval(secs => (whole.valid - found.position) / 1e6) AS at) AS come
             WHERE whole.id = $1 AND (whole.takes_duplicates OR NOT found.is_duplicate)
             ORDER BY found.position",
            lease.import,
            thresholds.auto_approval,
            thresholds.flagging,
            thresholds.minimum_acceptable
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if !lease::hold(&mut transaction, lease).await? {
            return Ok(End::Over);
        }
        finish::remove_file(&mut transaction, lease.import).await?;
        let imported = i32::try_from(imported).unwrap_or(i32::MAX);
        let file = sqlx::query_scalar!(
            "UPDATE imports SET state = 'done', imported = $2, duplicates = $3,
               finished_at = now(), lease_id = NULL, lease_until = NULL
             WHERE id = $1 RETURNING file_name",
            lease.import,
            imported,
            duplicates
        )
        .fetch_one(&mut *transaction)
        .await?;
        self.tell(&mut transaction, lease, &finish::done(lease.import, &file, imported)).await?;
        transaction.commit().await?;
        Ok(End::Over)
    }
}
