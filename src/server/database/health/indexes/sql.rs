//! The statements of the list of indexes.

use super::super::{
    bloat::{self, Widths},
    history::Known,
};
use crate::domain::database::{IndexProblem, IndexSort};

/// Smaller ones cost too little to be called unused.
pub(super) const UNUSED_BYTES: i64 = 100 * 1024;

/// $1: part of the table's or index's name or null. $2: only these indexes, or null.
const INDEXES: &str = "
  indexes AS (
    SELECT x.oid, n.nspname, x.relname, t.oid AS table_oid, t.relname AS table_name,
    tn.nspname AS table_schema, t.relowner,
      x.relam, x.relpages::int8 AS pages, x.reltuples, x.reloptions, i.indisunique, i.indisvalid,
      i.indisreplident,
      (EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.conrelid = t.oid)
        OR i.indisprimary) AS has_constraint,
      pg_stat_get_numscans(x.oid) AS scans
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = x.relnamespace
      JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    WHERE x.relkind = 'i' AND t.relkind IN ('r', 'm') AND t.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND ($1::text IS NULL OR strpos(lower(tn.nspname || '.' || t.relname || ' ' || x.relname),
        lower($1)) > 0)
      AND ($2::int8[] IS NULL OR x.oid = ANY ($2::int8[]::oid[]))
  ),
  building AS MATERIALIZED (
    SELECT index_relid AS oid FROM pg_stat_progress_create_index WHERE index_relid <> 0
      AND datname = current_database()
  )";

/// Which index makes which superfluous. Grouped by a key instead of compared pair by pair.
///
/// Two have the same *shape* when queries can use one like the other: method, columns, operator
/// classes with their parameters, collations, order, expressions, predicate, included columns,
/// storage parameters but for how full pages are. An index can also keep a *rule*: unique, whether
/// nulls are equal, whether it is checked at once, exclusion. One that keeps a rule is superfluous
/// only beside another of the same shape that keeps exactly the same; one without a rule beside
/// any. Never superfluous is what something else rests on: a constraint (foreign keys of other
/// tables included), the identity of replicated rows, the order of CLUSTER, an index of a
/// partitioned table.
const DUPLICATES: &str = "
  shapes AS MATERIALIZED (
    SELECT i.indexrelid AS oid, i.indrelid, i.indnkeyatts AS keys, i.indnatts AS columns, c.relam,
      i.indisunique OR i.indisexclusion AS is_rule,
      (i.indisunique, i.indisexclusion, i.indnullsnotdistinct, i.indimmediate)::text AS rule,
      i.indisreplident OR i.indisclustered OR c.relispartition
        OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) AS needed,
      i.indkey::int2[] AS attributes, i.indclass::oid[] AS classes,
      i.indcollation::oid[] AS collations, i.indoption::int2[] AS options,
      coalesce(o.parameters, '') AS parameters,
      array_to_string(ARRAY(SELECT option FROM unnest(c.reloptions) AS option
        WHERE option NOT LIKE 'fillfactor=%' ORDER BY option), ' ') AS storage,
      -- Where in a statement an expression stood is stored with it, but is not what it does.
      coalesce(regexp_replace(i.indexprs::text, ':location -?[0-9]+', '', 'g'), '') AS expressions,
      coalesce(regexp_replace(i.indpred::text, ':location -?[0-9]+', '', 'g'), '') AS predicate
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      LEFT JOIN (
        SELECT attrelid,
          string_agg(attnum || ' ' || attoptions::text, ' ' ORDER BY attnum) AS parameters
        FROM pg_attribute WHERE attoptions IS NOT NULL GROUP BY attrelid
      ) AS o ON o.attrelid = i.indexrelid
    WHERE i.indisvalid AND c.relkind = 'i' AND t.relkind IN ('r', 'm')
      SHOWN
  ),
  ranked AS (
    SELECT s.*, first_value(oid) OVER shape AS kept_of_shape,
      first_value(oid) OVER rule AS kept_of_rule
    FROM shapes s
    WINDOW
      shape AS (PARTITION BY indrelid, relam, keys, attributes, classes, collations, options,
        parameters, storage, expressions, predicate ORDER BY needed DESC, is_rule DESC, oid),
      rule AS (PARTITION BY indrelid, relam, keys, attributes, classes, collations, options,
        parameters, storage, expressions, predicate, rule ORDER BY needed DESC, oid)
  ),
  prefixes AS (
    SELECT s.indrelid, s.relam, s.predicate, n.keys, s.attributes[0:n.keys - 1] AS attributes,
      s.classes[0:n.keys - 1] AS classes, s.collations[0:n.keys - 1] AS collations,
      s.options[0:n.keys - 1] AS options, min(s.oid) AS longer
    FROM shapes s CROSS JOIN LATERAL generate_series(1, s.keys - 1) AS n (keys)
    WHERE s.keys > 1 AND s.expressions = ''
      AND s.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
  ),
  paired AS (
    SELECT r.oid, p.longer,
      nullif(CASE WHEN r.is_rule THEN r.kept_of_rule ELSE r.kept_of_shape END, r.oid) AS same
    FROM ranked r LEFT JOIN prefixes p
      ON NOT r.is_rule AND r.expressions = '' AND r.columns = r.keys
      AND p.indrelid = r.indrelid AND p.relam = r.relam AND p.predicate = r.predicate
      AND p.keys = r.keys AND p.attributes = r.attributes[0:r.keys - 1]
      AND p.classes = r.classes[0:r.keys - 1] AND p.collations = r.collations[0:r.keys - 1]
      AND p.options = r.options[0:r.keys - 1]
    WHERE NOT r.needed
  ),
  duplicates AS (
    SELECT oid, coalesce(same, longer) AS other, same IS NOT NULL AS exact FROM paired
    WHERE same IS NOT NULL OR longer IS NOT NULL
  )";

/// `all`: $2 is null.
fn with(widths: Widths, all: bool) -> String {
    let shown = if all {
        ""
    } else {
        "AND i.indrelid IN (SELECT indrelid FROM pg_index WHERE indexrelid = ANY \
            ($2::int8[]::oid[]))"
    };
    let duplicates = DUPLICATES.replace("SHOWN", shown);
    let filled = "
  filled AS (
    SELECT b.oid, b.table_oid, greatest(b.reltuples, 0)::float8 AS rows,
    coalesce((SELECT option_value::float8
      FROM pg_options_to_table(b.reloptions) WHERE option_name = 'fillfactor'), 90) AS fill
    FROM indexes b WHERE b.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
      AND b.reltuples >= 0 AND b.pages > 0
  )";
    // Of all indexes everything is read: looking each column up in a list of all of them would take
    // the square of their number.
    let only = "CASE WHEN $2::int8[] IS NOT NULL THEN (SELECT array_agg(oid) || \
        array_agg(table_oid) FROM filled) END";
    let bloat = bloat::index(widths, "filled", only);
    format!("WITH {INDEXES}, {duplicates}, {filled}, bloat AS ({bloat})")
}

/// The oids of a selection in its order. $3: limit, $4: offset.
pub(super) fn find(widths: Widths, condition: &str, order: &str) -> String {
    let uses = |word: &str| condition.contains(word) || order.contains(word);
    let bloat = if uses("bloat") {
        "LEFT JOIN (SELECT b.oid, CASE WHEN b.readable
         AND b.complete THEN x.pages - b.expected_pages END AS bloat_pages
          FROM bloat b JOIN indexes x ON x.oid = b.oid) AS spare USING (oid)"
    } else {
        ""
    };
    format!(
        "{} SELECT oid::int8 AS oid, count(*) OVER () AS total FROM indexes {bloat} WHERE \
            {condition} ORDER BY {order} LIMIT $3 OFFSET $4",
        with(widths, true)
    )
}

/// Everything about the indexes of $2.
pub(super) fn details(widths: Widths, version: i32) -> String {
    let maintain =
        if version >= 170_000 { "OR has_table_privilege(x.table_oid, 'MAINTAIN')" } else { "" };
    let last_scan =
        if version >= 160_000 { "pg_stat_get_lastscan(x.oid)" } else { "NULL::timestamptz" };
    format!(
        "{with} SELECT x.oid::int8 AS oid, x.nspname AS schema, x.relname AS name,
         x.table_schema AS \"tableSchema\",
          x.table_name AS \"tableName\", x.table_oid::int8 AS \"tableOid\", m.amname AS method,
          x.pages, x.scans,
          {last_scan} AS \"lastScan\", x.indisunique AS \"unique\",
          x.has_constraint AS \"constraint\", x.indisvalid AS valid,
          x.oid IN (SELECT oid FROM building) AS building,
          EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation'
            AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
            AND l.relation IN (x.oid, x.table_oid)) AS locked,
          dn.nspname AS \"duplicateSchema\", dc.relname AS \"duplicateName\",
          d.exact AS \"duplicateExact\",
          pg_has_role(x.relowner, 'USAGE') {maintain} AS maintainable,
          current_setting('block_size')::int8 AS block, current_user::text AS role,
          b.readable, b.hidden, b.complete, b.expected_pages
        FROM indexes x JOIN pg_am m ON m.oid = x.relam
          LEFT JOIN duplicates d ON d.oid = x.oid LEFT JOIN pg_class dc ON dc.oid = d.other
            LEFT JOIN pg_namespace dn ON dn.oid = dc.relnamespace
          LEFT JOIN bloat b ON b.oid = x.oid",
        with = with(widths, false)
    )
}

pub(super) fn condition(problem: Option<IndexProblem>, known: &Known) -> String {
    match problem {
        None => "true".into(),
        Some(IndexProblem::Unused) => format!(
            "(scans = 0 AND NOT indisunique AND NOT has_constraint AND indisvalid AND oid <= {}::oid
              AND pages * current_setting('block_size')::int8 >= {UNUSED_BYTES})",
            known.newest()
        ),
        Some(IndexProblem::Duplicate) => "oid IN (SELECT oid FROM duplicates)".into(),
        Some(IndexProblem::Invalid) => {
            "(NOT indisvalid AND oid NOT IN (SELECT oid FROM building))".into()
        }
        Some(IndexProblem::Bloat) => "(bloat_pages > 0.2 * pages AND pages >= 16)".into(),
    }
}

/// Numbers from the largest, scans from the fewest, names from A.
pub(super) fn order(sort: IndexSort, reverse: bool) -> String {
    let (key, rising) = match sort {
        IndexSort::Size => ("pages", false),
        IndexSort::Scans => ("scans", true),
        IndexSort::Bloat => ("bloat_pages", false),
        IndexSort::Name | IndexSort::Table => {
            let direction = if reverse { "DESC" } else { "ASC" };
            let keys = match sort {
                IndexSort::Name => ["nspname", "relname", "oid"],
                _ => ["table_schema", "table_name", "relname"],
            };
            return keys.map(|key| format!("{key} {direction}")).join(", ");
        }
    };
    let direction = if rising == reverse { "DESC NULLS LAST" } else { "ASC NULLS FIRST" };
    format!("{key} {direction}, nspname, relname")
}
