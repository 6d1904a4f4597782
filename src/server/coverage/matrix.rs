//! How many conversations there are of each pair of two dimensions.

use super::CoverageService;
use crate::{
    domain::{
        accounts::Scope,
        conversations::Tier,
        coverage::{
            CoverageAnswer, CoverageCell, CoverageQuery, CoverageValue, Dimension, MOST_VALUES,
        },
    },
    server::{
        conversations::{Workspaces, push_filters},
        foundation::{context::RequestContext, error::ServiceError},
    },
};
use sqlx::{FromRow, Postgres, QueryBuilder};
use std::collections::HashMap;
use uuid::Uuid;

/// What people call it when nothing is said.
const NONE: &str = "None";

/// What a row of the statement is about.
const ROW: i32 = 0;
const COLUMN: i32 = 1;
const CELL: i32 = 2;

/// A value of one dimension, a pair of values, or all together.
#[derive(Debug, FromRow)]
struct Part {
    kind: i32,
    row_value: String,
    column_value: String,
    count: i64,
    approved: i64,
    mean_score: Option<f64>,
    /// Of a value: how many its dimension has.
    known: i64,
}

impl CoverageService {
    pub async fn matrix(
        &self,
        request: &RequestContext,
        query: &CoverageQuery,
    ) -> Result<CoverageAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        if query.rows == query.columns {
            let sentence = "Choose something else for the columns than for the rows.";
            return Err(ServiceError::field("columns", sentence));
        }
        query.filters().check().map_err(ServiceError::Validation)?;
        let mut transaction = self.db.as_person(request).await?;
        let workspaces = Workspaces::of(&mut transaction, person).await?.ids();
        let mut sql = statement(query, workspaces);
        let parts: Vec<Part> =
            sql.build_query_as().persistent(false).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(answer(query, &parts))
    }
}

/// Put together, because the two columns are asked for, and the filters that are set. Every
/// conversation is read once.
fn statement(query: &CoverageQuery, workspaces: Vec<Uuid>) -> QueryBuilder<Postgres> {
    let (rows, columns) = (query.rows.as_str(), query.columns.as_str());
    let mut sql = QueryBuilder::new(format!(
        "WITH pairs AS MATERIALIZED (
          SELECT c.{rows} AS row_value, c.{columns} AS column_value, count(*) AS count,
            count(*) FILTER (WHERE c.status = 'approved') AS approved,
            (avg(c.score_tenths) FILTER (WHERE c.score_tenths >= 0) / 10)::double precision
              AS mean_score
          FROM conversations AS c WHERE c.workspace_id = ANY ("
    ));
    sql.push_bind(workspaces).push(")");
    if !query.demonstration {
        sql.push(" AND NOT c.is_demonstration");
    }
    push_filters(&mut sql, &query.filters());
    sql.push(format!(" GROUP BY c.{rows}, c.{columns})"));
    for values in ["row_value", "column_value"] {
        sql.push(format!(
            ", {values}s AS (SELECT {values} AS value, sum(count)::bigint AS count,
                sum(approved)::bigint AS approved, count(*) OVER () AS known
              FROM pairs GROUP BY {values}
              ORDER BY sum(count) DESC, {values} COLLATE \"C\" LIMIT "
        ));
        sql.push_bind(MOST_VALUES as i64).push(")");
    }
    // The last one is all of them, those of rarer values included.
    sql.push(
        " SELECT 0 AS kind, value AS row_value, '' AS column_value, count, approved,
            NULL::double precision AS mean_score, known FROM row_values
          UNION ALL
          SELECT 1, '', value, count, approved, NULL, known FROM column_values
          UNION ALL
          SELECT 2, pairs.row_value, pairs.column_value, pairs.count, pairs.approved,
            pairs.mean_score, 0
          FROM pairs JOIN row_values ON row_values.value = pairs.row_value
            JOIN column_values ON column_values.value = pairs.column_value
          UNION ALL
          SELECT 3, '', '', coalesce(sum(count), 0)::bigint, coalesce(sum(approved), 0)::bigint,
            NULL, 0 FROM pairs",
    );
    sql
}

fn answer(query: &CoverageQuery, parts: &[Part]) -> CoverageAnswer {
    let total = parts.iter().find(|part| part.kind > CELL).map_or(0, |part| part.count);
    if total == 0 {
        return CoverageAnswer::default();
    }
    let rows = Axis::of(query, query.rows, parts, ROW);
    let columns = Axis::of(query, query.columns, parts, COLUMN);
    let cells = parts.iter().filter(|part| part.kind == CELL).filter_map(|part| {
        Some(CoverageCell {
            row: rows.place(&part.row_value)?,
            column: columns.place(&part.column_value)?,
            count: part.count,
            approved: part.approved,
            mean_score: part.mean_score,
        })
    });
    let mut cells: Vec<_> = cells.collect();
    cells.sort_by_key(CoverageCell::place);
    let pairs = rows.values.len() * columns.values.len();
    CoverageAnswer {
        total,
        empty: i64::try_from(pairs.saturating_sub(cells.len())).unwrap_or_default(),
        more_rows: rows.more,
        more_columns: columns.more,
        cells,
        rows: rows.values,
        columns: columns.values,
    }
}

/// The rows or the columns in their order.
struct Axis {
    values: Vec<CoverageValue>,
    places: HashMap<String, u32>,
    more: i64,
}

impl Axis {
    fn of(query: &CoverageQuery, dimension: Dimension, parts: &[Part], kind: i32) -> Self {
        let found = parts.iter().filter(|part| part.kind == kind).map(|part| {
            let value = if kind == ROW { &part.row_value } else { &part.column_value };
            (value.as_str(), part)
        });
        let mut found: Vec<_> = found.collect();
        let known = found.first().map_or(0, |(_, part)| part.known);
        found.sort_by(|(one, left), (other, right)| {
            right.count.cmp(&left.count).then_with(|| one.cmp(other))
        });
        let values: Vec<_> = if dimension == Dimension::Tier {
            // All that there are: a tier without a conversation is a gap as well.
            let asked = |tier: &Tier| query.tier.is_none_or(|asked| asked == *tier);
            let tiers = Tier::ALL.into_iter().filter(asked).map(|tier| {
                let of_tier = found.iter().find(|(value, _)| *value == tier.as_str());
                let count = of_tier.map_or(0, |(_, part)| part.count);
                (tier.as_str(), tier.label(), count)
            });
            tiers.collect()
        } else {
            let labelled = found.iter().map(|(value, part)| {
                let label = if value.is_empty() { NONE } else { *value };
                (*value, label, part.count)
            });
            labelled.collect()
        };
        let more = known - i64::try_from(found.len()).unwrap_or_default();
        let places =
            (0_u32..).zip(&values).map(|(place, (value, ..))| ((*value).to_owned(), place));
        let places = places.collect();
        let values = values.into_iter().map(|(value, label, count)| CoverageValue {
            value: value.to_owned(),
            label: label.to_owned(),
            count,
        });
        Self { values: values.collect(), places, more }
    }

    fn place(&self, value: &str) -> Option<u32> {
        self.places.get(value).copied()
    }
}
