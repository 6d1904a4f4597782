//! What changed from one version to another.

use super::{DataSetService, NO_VERSION};
use crate::{
    domain::{
        accounts::Scope,
        data_sets::{DataSetDifference, DifferenceRow},
    },
    server::{
        accounts::rows::stored,
        foundation::{context::RequestContext, error::ServiceError},
        postgres::go_on_as_system,
    },
};
use sqlx::Executor as _;
use uuid::Uuid;

/// Conversations that are listed at most.
const LISTED: i64 = 200;

impl DataSetService {
    /// What changed from a version to this one; without it, from the one before. The first differs
    /// from nothing.
    ///
    /// # Errors
    /// 404 when the caller does not see it, 400 when the other is of no version of the same data
    /// set.
    pub async fn compare(
        &self,
        request: &RequestContext,
        id: Uuid,
        from: Option<Uuid>,
    ) -> Result<DataSetDifference, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let version = sqlx::query!(
            r#"SELECT own.number, own.data_set_id, own.selection_id,
                 whole.workspace_id AS "workspace!"
               FROM data_set_versions AS own JOIN data_sets AS whole ON whole.id = own.data_set_id
               WHERE own.id = $1"#,
            id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NO_VERSION)?;
        let before = sqlx::query_scalar!(
            "SELECT selection_id FROM data_set_versions
             WHERE data_set_id = $1 AND CASE WHEN $2::uuid IS NULL THEN number < $3 ELSE id = $2 END
             ORDER BY number DESC LIMIT 1",
            version.data_set_id,
            from,
            version.number
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if from.is_some() && before.is_none() {
            let sentence = "There is no such version of this data set.";
            return Err(ServiceError::field("from", sentence));
        }
        go_on_as_system(&mut transaction).await?;
        transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
        let counts = sqlx::query!(
            r#"SELECT count(*) FILTER (WHERE before.conversation_id IS NULL) AS "added!",
                 count(*) FILTER (WHERE own.conversation_id IS NULL) AS "removed!",
                 count(*) FILTER (WHERE own.version <> before.version
                   AND (own.content_hash = before.content_hash) IS NOT TRUE) AS "edited!",
                 count(*) FILTER (WHERE own.version = before.version
                   OR own.content_hash = before.content_hash) AS "unchanged!"
               FROM (SELECT conversation_id, version, content_hash FROM selection_items
                 WHERE selection_id = $1) AS own
               FULL JOIN (SELECT conversation_id, version, content_hash FROM selection_items
                 WHERE selection_id = $2) AS before
                 ON before.conversation_id = own.conversation_id"#,
            version.selection_id,
            before
        )
        .fetch_one(&mut *transaction)
        .await?;
        // Who sees the data set sees the conversations of its workspace.
        let listed = sqlx::query!(
            r#"SELECT different.kind AS "kind!", different.public_id AS "public_id!",
                 different.split AS "split!", known.title AS "title?"
               FROM (
                 SELECT 0 AS rank, 'added' AS kind, own.position, own.conversation_id, own.split,
                   own.facts ->> 'publicId' AS public_id
                 FROM selection_items AS own
                 WHERE own.selection_id = $1 AND NOT EXISTS (SELECT FROM selection_items AS before
                   WHERE before.selection_id = $2
                     AND before.conversation_id = own.conversation_id)
                 UNION ALL
                 SELECT 1, 'edited', own.position, own.conversation_id, own.split,
                   own.facts ->> 'publicId'
                 FROM selection_items AS own JOIN selection_items AS before
                   ON before.conversation_id = own.conversation_id
                 WHERE own.selection_id = $1 AND before.selection_id = $2
                   AND before.version <> own.version
                   AND (before.content_hash = own.content_hash) IS NOT TRUE
                 UNION ALL
                 SELECT 2, 'removed', before.position, before.conversation_id, before.split,
                   before.facts ->> 'publicId'
                 FROM selection_items AS before
                 WHERE before.selection_id = $2 AND NOT EXISTS (SELECT FROM selection_items AS own
                   WHERE own.selection_id = $1
                     AND own.conversation_id = before.conversation_id)
                 ORDER BY 1, 3 LIMIT $4) AS different
               LEFT JOIN conversations AS known
                 ON known.id = different.conversation_id AND known.workspace_id = $3
               ORDER BY different.rank, different.position"#,
            version.selection_id,
            before,
            version.workspace,
            LISTED
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let mut rows = Vec::new();
        for row in listed {
            rows.push(DifferenceRow {
                kind: stored(&row.kind)?,
                public_id: row.public_id,
                title: row.title,
                split: stored(&row.split)?,
            });
        }
        Ok(DataSetDifference {
            added: counts.added,
            removed: counts.removed,
            edited: counts.edited,
            unchanged: counts.unchanged,
            rows,
        })
    }
}
