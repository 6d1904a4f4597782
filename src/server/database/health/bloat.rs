//! The estimate of bloat from statistics: how many pages the rows would need, written side by side,
//! against how many there are.
//!
//! The sizes are those of PostgreSQL's documentation, chapter "Database Page Layout": 24 bytes of
//! page header, 4 of a line pointer, 23 of a tuple header and the null bitmap behind it, everything
//! aligned to 8; an index tuple has 8 bytes of header (and 8 with a null bitmap, aligned), a B-tree
//! page 16 bytes of its own at the end. What padding there is between columns is not known, so that
//! the estimate is rather too low than too high.

use crate::domain::database::{Bloat, ObjectName, Panel, quote_identifier};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

/// Where the widths of columns come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Widths {
    /// The function that the setup makes: it knows tables with row-level security too.
    Function,
    /// The view, which hides tables whose row-level security binds the reader.
    View,
}

impl Widths {
    pub(super) async fn available(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let function = sqlx::query_scalar!(
            r#"SELECT coalesce(has_function_privilege(
                 to_regprocedure('extensions.column_widths(oid[])'), 'EXECUTE'), false)
               AS "function!""#
        )
        .fetch_one(connection)
        .await?;
        Ok(if function { Self::Function } else { Self::View })
    }

    /// A query for (relation, number, null_fraction, width); `only` is an expression for the array
    /// of relations, or NULL.
    fn query(self, only: &str) -> String {
        match self {
            Self::Function => {
                format!(
                    "SELECT relation, number, null_fraction, width FROM \
                    extensions.column_widths({only})"
                )
            }
            Self::View => format!(
                "SELECT a.attrelid AS relation, a.attnum AS number, s.null_frac AS null_fraction,
                 s.avg_width AS width
                FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname
                  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
                  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
                WHERE NOT s.inherited AND ({only} IS NULL OR c.oid = ANY ({only}))"
            ),
        }
    }
}

/// Query for (oid, readable, hidden, complete, expected_pages) of the relations of `tables`, which
/// is a query or relation with the columns oid, rows and fill (per cent).
pub(super) fn heap(widths: Widths, tables: &str, only: &str) -> String {
    format!(
        "SELECT t.oid, s.readable, s.hidden,
          (s.columns = s.known OR t.rows = 0) AS complete,
          CASE WHEN t.rows = 0 THEN 0 ELSE ceil(t.rows / greatest(1, floor(
            (current_setting('block_size')::float8 - 24) * t.fill / 100
            / (4 + 8 * ceil((23 + CASE WHEN s.nulls THEN ceil(s.columns / 8.0) ELSE 0 END) / 8.0)
              + 8 * ceil(s.data / 8.0))
          ))) END AS expected_pages
        FROM {tables} AS t JOIN (
          SELECT a.attrelid, count(*) AS columns, count(w.number) AS known,
            bool_and(has_column_privilege(a.attrelid, a.attnum, 'SELECT')) AS readable,
            bool_or(w.number IS NULL AND row_security_active(a.attrelid)) AS hidden,
            coalesce(bool_or(w.null_fraction > 0), false) AS nulls,
            coalesce(sum((1 - w.null_fraction) * w.width), 0)::float8 AS data
          FROM pg_attribute a LEFT JOIN ({widths}) AS w ON w.relation = a.attrelid
            AND w.number = a.attnum
          WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT oid FROM {tables})
          GROUP BY a.attrelid
        ) AS s ON s.attrelid = t.oid",
        widths = widths.query(only)
    )
}

/// The same for B-tree indexes. `indexes` has the columns oid, table_oid, rows and fill; `only` are
/// tables and indexes.
pub(super) fn index(widths: Widths, indexes: &str, only: &str) -> String {
    format!(
        "SELECT t.oid, s.readable, s.hidden,
          (s.columns = s.known OR t.rows = 0) AS complete,
          CASE WHEN t.rows = 0 THEN 1 ELSE 1 + ceil(t.rows / greatest(1, floor(
            (current_setting('block_size')::float8 - 24 - 16) * t.fill / 100
            / (4 + CASE WHEN s.nulls THEN 16 ELSE 8 END + 8 * ceil(s.data / 8.0))
          ))) END AS expected_pages
        FROM {indexes} AS t JOIN (
          SELECT k.oid, count(*) AS columns, count(w.number) AS known,
            bool_and(has_table_privilege(k.table_oid, 'SELECT') OR k.number <> 0
              AND has_column_privilege(k.table_oid, k.number, 'SELECT')) AS readable,
            bool_or(w.number IS NULL AND row_security_active(k.table_oid)) AS hidden,
            coalesce(bool_or(w.null_fraction > 0), false) AS nulls,
            coalesce(sum((1 - w.null_fraction) * w.width), 0)::float8 AS data
          FROM (
            -- An expression has statistics of its own, under the index and its position there.
            SELECT b.oid, b.table_oid, key.number,
              CASE WHEN key.number = 0 THEN b.oid ELSE b.table_oid END AS source,
              CASE WHEN key.number = 0 THEN key.place ELSE key.number END AS source_number
            FROM {indexes} AS b JOIN pg_index i ON i.indexrelid = b.oid
              CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS key (number, place)
          ) AS k LEFT JOIN ({widths}) AS w ON w.relation = k.source AND w.number = k.source_number
          GROUP BY k.oid
        ) AS s ON s.oid = t.oid",
        widths = widths.query(only)
    )
}

/// What one of these queries found for an object, with the pages that it has.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Estimated {
    pub readable: bool,
    pub hidden: bool,
    pub complete: bool,
    pub expected_pages: f64,
}

impl Estimated {
    /// The estimate, or why there is none. `table`: whose right and statistics it needs.
    pub(super) fn bloat(
        &self,
        pages: i64,
        block: i64,
        table: &ObjectName,
        role: &str,
        now: DateTime<Utc>,
    ) -> Panel<Bloat> {
        if !self.readable {
            return Panel::unavailable_until(
                format!(
                    "The role {role} may not read {table}, so that PostgreSQL does not show it the \
                        statistics."
                ),
                format!("GRANT SELECT ON {} TO {};", table.quoted(), quote_identifier(role)),
            );
        }
        if !self.complete && self.hidden {
            return Panel::unavailable_until(
                format!(
                    "Row-level security hides the statistics of {table} from the role {role}. \
                        Measure it exactly instead, or make the function that the setup names."
                ),
                super::setup::COLUMN_WIDTHS,
            );
        }
        if !self.complete {
            return Panel::unavailable_until(
                format!("There are no statistics of all columns of {table} yet."),
                format!("ANALYZE {};", table.quoted()),
            );
        }
        let spare = (pages as f64 - self.expected_pages).max(0.0);
        let share = if pages > 0 { (spare / pages as f64).min(1.0) } else { 0.0 };
        Panel::estimate(Bloat { bytes: (spare * block as f64) as i64, share }, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimated(expected_pages: f64) -> Estimated {
        Estimated { readable: true, hidden: false, complete: true, expected_pages }
    }

    #[test]
    fn what_is_more_than_the_rows_need_is_bloat() {
        let table = ObjectName::new("public", "t");
        let bloat =
            |estimated: &Estimated, pages| estimated.bloat(pages, 8192, &table, "r", Utc::now());
        assert_eq!(
            bloat(&estimated(25.0), 100).value(),
            Some(&Bloat { bytes: 75 * 8192, share: 0.75 })
        );
        assert_eq!(bloat(&estimated(25.0), 20).value(), Some(&Bloat { bytes: 0, share: 0.0 }));
        assert_eq!(bloat(&estimated(0.0), 0).value(), Some(&Bloat { bytes: 0, share: 0.0 }));
    }

    #[test]
    fn without_right_or_statistics_there_is_no_number() {
        let table = ObjectName::new("public", "T");
        let fix = |estimated: Estimated| match estimated.bloat(100, 8192, &table, "r", Utc::now()) {
            Panel::Unavailable { unavailable } => unavailable.fix.unwrap(),
            Panel::Reading(reading) => panic!("{reading:?}"),
        };
        assert_eq!(
            fix(Estimated { readable: false, ..estimated(1.0) }),
            "GRANT SELECT ON \"public\".\"T\" TO \"r\";"
        );
        assert_eq!(
            fix(Estimated { complete: false, ..estimated(1.0) }),
            "ANALYZE \"public\".\"T\";"
        );
        assert!(
            fix(Estimated { complete: false, hidden: true, ..estimated(1.0) })
                .contains("column_widths")
        );
    }
}
