//! The statements of the list of tables. The planner computes of them only what a selection sorts
//! and filters by.

use super::{super::bloat, super::bloat::Widths, Selection};
use crate::domain::database::{TableProblem, TableSort};

/// $1: part of the name or null. $2: only these tables, or null.
const TABLES: &str = "
  tables AS NOT MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relowner, c.reloptions, c.reltuples, c.relfrozenxid,
    c.relminmxid, c.relkind,
      c.relpages::int8 AS heap_pages, c.reltoastrelid,
      pg_stat_get_dead_tuples(c.oid) AS dead_rows,
      greatest(pg_stat_get_last_vacuum_time(c.oid),
        pg_stat_get_last_autovacuum_time(c.oid)) AS last_vacuum_or_auto,
      greatest(pg_stat_get_last_analyze_time(c.oid),
        pg_stat_get_last_autoanalyze_time(c.oid)) AS last_analyze_or_auto,
      -- The count of live rows starts at 0 after a reset; a vacuum or an analyze makes it right \
      again.
      CASE WHEN coalesce(pg_stat_get_last_vacuum_time(c.oid),
        pg_stat_get_last_autovacuum_time(c.oid),
          pg_stat_get_last_analyze_time(c.oid),
          pg_stat_get_last_autoanalyze_time(c.oid)) IS NOT NULL
        THEN pg_stat_get_live_tuples(c.oid)
        ELSE greatest(c.reltuples::int8, pg_stat_get_live_tuples(c.oid)) END AS live_rows,
      UNFROZEN AS unfrozen
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
      AND n.nspname <> 'information_schema'
      AND ($1::text IS NULL OR strpos(lower(n.nspname || '.' || c.relname), lower($1)) > 0)
      AND ($2::int8[] IS NULL OR c.oid = ANY ($2::int8[]::oid[]))
  ),
  index_pages AS (
    SELECT i.indrelid, sum(x.relpages)::int8 AS pages FROM pg_index i
      JOIN pg_class x ON x.oid = i.indexrelid SHOWN GROUP BY i.indrelid
  ),
  measured AS NOT MATERIALIZED (
    SELECT t.*, coalesce(p.pages, 0) AS index_pages,
    coalesce(o.relpages, 0)::int8 + coalesce(op.pages, 0) AS toast_pages,
      t.dead_rows / nullif(t.live_rows + t.dead_rows, 0)::float8 AS dead_ratio
    FROM tables t LEFT JOIN index_pages p ON p.indrelid = t.oid
      LEFT JOIN pg_class o ON o.oid = t.reltoastrelid
        LEFT JOIN index_pages op ON op.indrelid = t.reltoastrelid
  )";

/// Autovacuum's formula, from PostgreSQL's documentation, \"The Autovacuum Daemon\"; what a version
/// does not have yet is null.
const DUE: &str = "
  settings AS MATERIALIZED (
    SELECT current_setting('autovacuum')::bool AND current_setting('track_counts')::bool AS enabled,
      current_setting('autovacuum_vacuum_threshold')::float8 AS base,
      current_setting('autovacuum_vacuum_scale_factor')::float8 AS scale,
      current_setting('autovacuum_vacuum_max_threshold', true)::float8 AS most,
      current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insert_base,
      current_setting('autovacuum_vacuum_insert_scale_factor')::float8 AS insert_scale,
      current_setting('autovacuum_analyze_threshold')::float8 AS analyze_base,
      current_setting('autovacuum_analyze_scale_factor')::float8 AS analyze_scale,
      current_setting('autovacuum_freeze_max_age')::float8 AS freeze_age,
      current_setting('autovacuum_multixact_freeze_max_age')::float8 AS multixact_age
  ),
  chosen AS (
    SELECT m.oid, m.relkind, m.relfrozenxid, m.relminmxid, m.unfrozen, m.dead_rows,
    greatest(m.reltuples, 0)::float8 AS rows,
      s.enabled AND coalesce(o.enabled, true) AS enabled, coalesce(o.base, s.base) AS base,
      coalesce(o.scale, s.scale) AS scale,
      coalesce(o.most, s.most, -1) AS most,
      coalesce(o.insert_base, s.insert_base) AS insert_base,
      coalesce(o.insert_scale, s.insert_scale) AS insert_scale,
      coalesce(o.analyze_base, s.analyze_base) AS analyze_base,
      coalesce(o.analyze_scale, s.analyze_scale) AS analyze_scale,
      least(o.freeze_age, s.freeze_age) AS freeze_age,
      least(o.multixact_age, s.multixact_age) AS multixact_age
    FROM measured m CROSS JOIN settings s LEFT JOIN LATERAL (
      SELECT bool_and(option_value::bool)
        FILTER (WHERE option_name = 'autovacuum_enabled') AS enabled,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_vacuum_threshold') AS base,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_vacuum_scale_factor') AS scale,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_vacuum_max_threshold') AS most,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_vacuum_insert_threshold') AS insert_base,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_vacuum_insert_scale_factor') AS insert_scale,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_analyze_threshold') AS analyze_base,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_analyze_scale_factor') AS analyze_scale,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_freeze_max_age') AS freeze_age,
        max(option_value::float8) FILTER (WHERE
          option_name = 'autovacuum_multixact_freeze_max_age') AS multixact_age
      FROM (SELECT option_name, CASE WHEN option_name ~ '^autovacuum' THEN option_value
        END AS option_value
        FROM pg_options_to_table(m.reloptions)) AS options WHERE option_name ~ '^autovacuum'
    ) AS o ON m.reloptions IS NOT NULL
  ),
  thresholds AS (
    SELECT c.*, CASE WHEN c.most >= 0 THEN least(c.base + c.scale * c.rows, c.most)
      ELSE c.base + c.scale * c.rows END AS vacuum_threshold,
      c.analyze_base + c.analyze_scale * c.rows AS analyze_threshold,
      pg_stat_get_mod_since_analyze(c.oid) AS changed
    FROM chosen c
  ),
  due AS (
    SELECT t.oid, t.enabled, t.vacuum_threshold, t.analyze_threshold,
    t.changed AS changed_since_analyze,
      t.dead_rows > t.vacuum_threshold OR t.insert_base >= 0
        AND pg_stat_get_ins_since_vacuum(t.oid) > t.insert_base
          + t.insert_scale * t.rows * t.unfrozen
        OR age(t.relfrozenxid) > t.freeze_age
          OR mxid_age(t.relminmxid) > t.multixact_age AS vacuum_due,
      t.changed > t.analyze_threshold AS analyze_due
    FROM thresholds t
  )";

/// `all`: $2 is null.
fn with(widths: Widths, version: i32, all: bool) -> String {
    // From 18 on only the part that is not frozen counts for inserts.
    let unfrozen = if version >= 180_000 {
        "CASE WHEN c.relpages > 0 AND c.relallfrozen > 0 THEN 1 - least(c.relallfrozen, \
            c.relpages) / c.relpages::float8 ELSE 1 END"
    } else {
        "1::float8"
    };
    let shown = if all {
        ""
    } else {
        "WHERE i.indrelid IN (SELECT unnest($2::int8[]::oid[]) UNION SELECT reltoastrelid FROM \
            pg_class WHERE oid = ANY ($2::int8[]::oid[]))"
    };
    let tables = TABLES.replace("UNFROZEN", unfrozen).replace("SHOWN", shown);
    let filled = "
  filled AS (
    SELECT m.oid, m.live_rows::float8 AS rows,
    coalesce((SELECT option_value::float8 FROM pg_options_to_table(m.reloptions)
      WHERE option_name = 'fillfactor'), 100) AS fill
    FROM measured m WHERE m.heap_pages > 0 OR m.reltuples >= 0
  )";
    let bloat = bloat::heap(widths, "filled", "$2::int8[]::oid[]");
    format!("WITH {tables}, {DUE}, {filled}, bloat AS ({bloat})")
}

/// The oids of a selection in its order. $3: limit, $4: offset.
pub(super) fn find(widths: Widths, version: i32, selection: &Selection) -> String {
    let Selection { condition, order, .. } = selection;
    let uses =
        |words: &[&str]| words.iter().any(|word| condition.contains(word) || order.contains(word));
    let due = if uses(&["vacuum_due", "analyze_due"]) { "JOIN due USING (oid)" } else { "" };
    let bloat = if uses(&["bloat"]) {
        "LEFT JOIN (SELECT b.oid, CASE WHEN b.readable
         AND b.complete THEN (t.heap_pages - b.expected_pages) END AS bloat_pages
          FROM bloat b JOIN tables t ON t.oid = b.oid) AS spare USING (oid)"
    } else {
        ""
    };
    format!(
        "{} SELECT oid::int8 AS oid, count(*) OVER () AS total FROM measured {due} {bloat} WHERE \
            {condition} ORDER BY {order} LIMIT $3 OFFSET $4",
        with(widths, version, true)
    )
}

/// Everything about the tables of $2.
pub(super) fn details(widths: Widths, version: i32) -> String {
    let maintain =
        if version >= 170_000 { "OR has_table_privilege(m.oid, 'MAINTAIN')" } else { "" };
    format!(
        "{with} SELECT m.oid::int8 AS oid, m.nspname AS schema, m.relname AS name,
         m.live_rows AS \"liveRows\", m.dead_rows AS \"deadRows\",
          m.heap_pages AS \"heapPages\", m.index_pages AS \"indexPages\",
          m.toast_pages AS \"toastPages\",
          pg_stat_get_last_vacuum_time(m.oid) AS \"lastVacuum\",
          pg_stat_get_last_autovacuum_time(m.oid) AS \"lastAutovacuum\",
          pg_stat_get_last_analyze_time(m.oid) AS \"lastAnalyze\",
          pg_stat_get_last_autoanalyze_time(m.oid) AS \"lastAutoanalyze\",
          pg_stat_get_vacuum_count(m.oid) AS \"vacuumCount\",
          pg_stat_get_autovacuum_count(m.oid) AS \"autovacuumCount\",
          pg_stat_get_analyze_count(m.oid) AS \"analyzeCount\",
          pg_stat_get_autoanalyze_count(m.oid) AS \"autoanalyzeCount\",
          pg_has_role(m.relowner, 'USAGE') {maintain}
            OR pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()),
              'USAGE') AS maintainable,
          current_setting('block_size')::int8 AS block, current_user::text AS role,
          d.enabled, d.vacuum_due AS \"vacuumDue\", d.vacuum_threshold AS \"vacuumThreshold\",
          d.analyze_due AS \"analyzeDue\",
          d.analyze_threshold AS \"analyzeThreshold\",
          d.changed_since_analyze AS \"changedSinceAnalyze\",
          coalesce(b.readable, has_table_privilege(m.oid, 'SELECT')) AS readable,
          coalesce(b.hidden, false) AS hidden,
          coalesce(b.complete, false) AS complete, coalesce(b.expected_pages, 0) AS expected_pages
        FROM measured m JOIN due d USING (oid) LEFT JOIN bloat b USING (oid)",
        with = with(widths, version, false)
    )
}

pub(super) fn condition(problem: Option<TableProblem>) -> &'static str {
    match problem {
        None => "true",
        Some(TableProblem::Bloat) => "bloat_pages > 0.2 * heap_pages AND heap_pages >= 16",
        Some(TableProblem::VacuumDue) => "vacuum_due",
        Some(TableProblem::AnalyzeDue) => "analyze_due",
    }
}

/// Numbers and times from the largest, names from A; ties by name, so that pages do not overlap.
pub(super) fn order(sort: TableSort, reverse: bool) -> String {
    let key = match sort {
        TableSort::Size => "heap_pages + index_pages + toast_pages",
        TableSort::Name => {
            return if reverse { "nspname DESC, relname DESC" } else { "nspname, relname" }
                .to_owned();
        }
        TableSort::Rows => "live_rows",
        TableSort::DeadRows => "dead_rows",
        TableSort::DeadRatio => "dead_ratio",
        TableSort::Bloat => "bloat_pages",
        TableSort::LastVacuum => "last_vacuum_or_auto",
        TableSort::LastAnalyze => "last_analyze_or_auto",
    };
    let direction = if reverse { "ASC NULLS FIRST" } else { "DESC NULLS LAST" };
    format!("{key} {direction}, nspname, relname")
}
