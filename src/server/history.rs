//! Reading the change history. Writing it is the database's business: triggers, in the transaction of the change.

use crate::{
    domain::{
        account::Scope,
        history::{Change, ChangePage, ChangeQuery},
        merge_patch::FieldChange,
    },
    server::{context::RequestContext, database::Database, error::ServiceError},
};
use sqlx::types::Json;

/// Rows on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 100;

/// The changes that the person may see (row-level security decides), newest first.
pub async fn list(db: &Database, request: &RequestContext, query: &ChangeQuery) -> Result<ChangePage, ServiceError> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ServiceError::field("limit", format!("limit must be a whole number from 1 to {MAX_LIMIT}.")));
    }
    let user_id = request.allow(Scope::HistoryRead)?.user_id;
    let mut transaction = db.as_person(request).await?;
    // One row more than asked for tells whether there is another page.
    let rows = sqlx::query!(
        r#"select id, sequence, config_type, target_id, action, changed_by, changed_by_name, changed_at,
                  changes as "changes: Json<Vec<FieldChange>>", reason, source, user_agent, version
             from configuration_audit_log
            where (owner_user_id = $1 or changed_by = $1)
              and ($2::bigint is null or sequence < $2)
              and ($3::text is null or exists (
                    select from jsonb_array_elements(changes) change
                     where change->>'path' = $3 or starts_with(change->>'path', $3 || '.')))
              and ($4::text is null or config_type = $4)
            order by sequence desc
            limit $5"#,
        user_id,
        query.before,
        query.path,
        query.config_type,
        limit + 1
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    let changes: Vec<Change> = rows
        .into_iter()
        .take(usize::try_from(limit).unwrap_or_default())
        .map(|row| Change {
            id: row.id,
            sequence: row.sequence,
            config_type: row.config_type,
            target_id: row.target_id,
            action: row.action,
            changed_by: row.changed_by,
            changed_by_name: row.changed_by_name,
            changed_at: row.changed_at,
            changes: row.changes.0,
            reason: row.reason,
            source: row.source,
            user_agent: row.user_agent,
            version: row.version,
        })
        .collect();
    let next_before = if more { changes.last().map(|change| change.sequence) } else { None };
    Ok(ChangePage { changes, next_before })
}
