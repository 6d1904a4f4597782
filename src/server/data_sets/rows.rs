//! Rows of data sets and their versions, as people read them.

use crate::{
    domain::{
        data_sets::{
            Card, DataSetVersionSummary, DataSetVersionView, DataSetView, SplitSizes, VersionRules,
        },
        exports::{LeftOut, LeftOutCount},
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{PgExecutor, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

struct SetRow {
    id: Uuid,
    name: String,
    description: String,
    can_change: bool,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    latest_id: Option<Uuid>,
    number: Option<i32>,
    note: Option<String>,
    sizes: Option<Json<SplitSizes>>,
    latest_author_name: Option<String>,
    latest_created_at: Option<DateTime<Utc>>,
}

impl SetRow {
    fn view(self) -> DataSetView {
        let latest = match (self.latest_id, self.number, self.sizes, self.latest_created_at) {
            (Some(id), Some(number), Some(sizes), Some(created_at)) => {
                Some(DataSetVersionSummary {
                    id,
                    number,
                    note: self.note.unwrap_or_default(),
                    sizes: sizes.0,
                    author_name: self.latest_author_name,
                    created_at,
                })
            }
            _ => None,
        };
        DataSetView {
            id: self.id,
            name: self.name,
            description: self.description,
            can_change: self.can_change,
            author_name: self.author_name,
            created_at: self.created_at,
            updated_at: self.updated_at,
            latest,
        }
    }
}

/// By name: all that the caller sees, or this one.
pub async fn sets(
    transaction: &mut Transaction,
    id: Option<Uuid>,
) -> Result<Vec<DataSetView>, ServiceError> {
    let rows = sqlx::query_as!(
        SetRow,
        r#"SELECT own.id, own.name, own.description,
             coalesce(own.created_by = (SELECT auth.uid())
               OR own.organization_id = (SELECT auth.administered_organization()), false)
               AS "can_change!",
             public.colleague_name(own.created_by) AS author_name,
             own.created_at, own.updated_at, latest.id AS "latest_id?",
             latest.number AS "number?", latest.note AS "note?",
             latest.card -> 'sizes' AS "sizes?: Json<SplitSizes>",
             public.colleague_name(latest.created_by) AS latest_author_name,
             latest.created_at AS "latest_created_at?"
           FROM data_sets AS own LEFT JOIN LATERAL (
             SELECT * FROM data_set_versions AS version WHERE version.data_set_id = own.id
             ORDER BY version.number DESC LIMIT 1) AS latest ON true
           WHERE $1::uuid IS NULL OR own.id = $1
           ORDER BY lower(own.name), own.id"#,
        id
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(rows.into_iter().map(SetRow::view).collect())
}

struct SummaryRow {
    id: Uuid,
    number: i32,
    note: String,
    sizes: Json<SplitSizes>,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
}

/// The versions of a data set that the caller sees, the newest first.
pub async fn versions(
    transaction: &mut Transaction,
    data_set: Uuid,
) -> Result<Vec<DataSetVersionSummary>, ServiceError> {
    let rows = sqlx::query_as!(
        SummaryRow,
        r#"SELECT id, number, note, card -> 'sizes' AS "sizes!: Json<SplitSizes>",
             public.colleague_name(created_by) AS author_name, created_at
           FROM data_set_versions WHERE data_set_id = $1 ORDER BY number DESC"#,
        data_set
    )
    .fetch_all(&mut **transaction)
    .await?;
    let summary = |row: SummaryRow| DataSetVersionSummary {
        id: row.id,
        number: row.number,
        note: row.note,
        sizes: row.sizes.0,
        author_name: row.author_name,
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// A version, read as the system: who may see it was asked before. The names are those that the
/// members of the organization see. As if nothing of it were gone: that takes long to count.
///
/// # Errors
/// When the database does not answer.
pub async fn version_of_system<'e>(
    executor: impl PgExecutor<'e>,
    id: Uuid,
) -> Result<Option<DataSetVersionView>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT own.id, own.number, own.note, own.created_at, own.data_set_id,
             own.rules AS "rules: Json<VersionRules>", own.card AS "card: Json<Card>",
             own.left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>",
             whole.name AS data_set_name, frozen.query,
             (SELECT author.display_name FROM auth.users AS author
              WHERE author.id = own.created_by AND (whole.organization_id IS NULL OR EXISTS (
                SELECT FROM organization_members AS member WHERE member.user_id = author.id
                  AND member.organization_id = whole.organization_id))) AS author_name,
             coalesce((SELECT auth.uid()) IN (own.created_by, whole.created_by)
               OR whole.organization_id = (SELECT auth.administered_organization()), false)
               AS "can_change!"
           FROM data_set_versions AS own
             JOIN data_sets AS whole ON whole.id = own.data_set_id
             JOIN selections AS frozen ON frozen.id = own.selection_id
           WHERE own.id = $1"#,
        id
    )
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let rules = row.rules.0;
    let card = row.card.0;
    Ok(Some(DataSetVersionView {
        summary: DataSetVersionSummary {
            id: row.id,
            number: row.number,
            note: row.note,
            sizes: card.sizes,
            author_name: row.author_name,
            created_at: row.created_at,
        },
        data_set_id: row.data_set_id,
        data_set_name: row.data_set_name,
        query: row.query,
        shares: rules.shares,
        include: rules.include,
        token_fit: rules.token_fit,
        minimum_score: rules.minimum_score,
        left_out: counts(row.left_out.0),
        card,
        gone: 0,
        deleted: 0,
        writable_until: None,
        can_change: row.can_change,
    }))
}

/// How a version's data set and its author were called when it was made.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Names {
    data_set: String,
    author: Option<String>,
}

/// A version as its files tell of it: under the names of then, so that they are the same each time.
///
/// # Errors
/// When the database does not answer.
pub async fn version_in_files(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<DataSetVersionView>, ServiceError> {
    let Some(mut view) = version_of_system(&mut **transaction, id).await? else { return Ok(None) };
    let names = sqlx::query_scalar!(
        r#"SELECT names AS "names: Json<Names>" FROM data_set_versions WHERE id = $1"#,
        id
    )
    .fetch_one(&mut **transaction)
    .await?
    .0;
    (view.data_set_name, view.summary.author_name) = (names.data_set, names.author);
    Ok(Some(view))
}

fn counts(left_out: BTreeMap<LeftOut, i64>) -> Vec<LeftOutCount> {
    left_out.into_iter().map(|(reason, count)| LeftOutCount { reason, count }).collect()
}
