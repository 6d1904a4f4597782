//! Tables: sorted and cut into pages by what the catalog and the statistics know without touching a
//! table; exact sizes only for the rows that are shown, and only of tables that nobody has locked.

mod sql;

use super::{
    bloat::Estimated,
    lists::{List, Lists, age, largest_first},
    reader::{begin, begin_whole, objects, version},
};
use crate::{
    domain::database::{
        AutovacuumDue, Bloat, ObjectName, Panel, TablePage, TableQuery, TableRow, TableSort,
    },
    server::postgres::Database,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use std::collections::{HashMap, HashSet};

/// Which tables, and in which order.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    pub search: Option<String>,
    pub condition: &'static str,
    pub order: String,
    pub limit: i64,
    pub offset: i64,
}

#[derive(Debug, Deserialize)]
struct Found {
    oid: i64,
    total: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    oid: i64,
    schema: String,
    name: String,
    live_rows: i64,
    dead_rows: i64,
    heap_pages: i64,
    index_pages: i64,
    toast_pages: i64,
    last_vacuum: Option<DateTime<Utc>>,
    last_autovacuum: Option<DateTime<Utc>>,
    last_analyze: Option<DateTime<Utc>>,
    last_autoanalyze: Option<DateTime<Utc>>,
    vacuum_count: i64,
    autovacuum_count: i64,
    analyze_count: i64,
    autoanalyze_count: i64,
    maintainable: bool,
    block: i64,
    role: String,
    #[serde(flatten)]
    autovacuum: AutovacuumDue,
    #[serde(flatten)]
    bloat: Estimated,
}

#[derive(Clone, Copy, Debug)]
struct Sizes {
    oid: i64,
    heap: i64,
    toast: i64,
    indexes: i64,
}

/// Tables that somebody has locked, or waits to lock, against every reader; and those of which an
/// index or the TOAST table is.
#[derive(Debug, Default)]
struct Locked {
    tables: HashSet<i64>,
    touched: HashSet<i64>,
}

/// One page of the list.
pub(super) async fn page(
    database: &Database,
    lists: &Lists,
    query: &TableQuery,
) -> Result<Panel<TablePage>, sqlx::Error> {
    let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(20));
    let selection = Selection {
        search: query.search.clone().filter(|text| !text.is_empty()),
        condition: sql::condition(query.problem),
        order: sql::order(query.sort, query.reverse),
        limit,
        offset: (page - 1).saturating_mul(limit),
    };
    let question = format!("{selection:?}");
    let age = age(&question, query.fresh);
    let List { oids, total, as_of } =
        lists.get(question, age, selection.search.is_some(), find(database, &selection)).await?;
    let mut tables = rows(database, &oids, true).await?;
    if query.sort == TableSort::Size {
        // Found by what the catalog knew last; shown, and so sorted, by what it is.
        tables.sort_by_key(|table| largest_first(&table.total_bytes, query.reverse));
    }
    Ok(Panel::estimate(TablePage { tables, total, page, limit }, as_of))
}

/// The rows of a selection in its order, all of it read now.
pub(super) async fn select(
    database: &Database,
    selection: &Selection,
) -> Result<Vec<TableRow>, sqlx::Error> {
    let List { oids, .. } = find(database, selection).await?;
    rows(database, &oids, false).await
}

/// Which tables a selection consists of, and how many there would be without its limit.
async fn find(database: &Database, selection: &Selection) -> Result<List, sqlx::Error> {
    let as_of = Utc::now();
    let mut transaction = begin_whole(database).await?;
    let version = version(&mut transaction).await?;
    let widths = super::bloat::Widths::available(&mut transaction).await?;
    let found = sql::find(widths, version, selection);
    let asked = |limit: i64, offset: i64| {
        objects::<Found>(&found)
            .bind(selection.search.clone())
            .bind(None::<Vec<i64>>)
            .bind(limit)
            .bind(offset)
    };
    let rows = asked(selection.limit, selection.offset).fetch_all(&mut *transaction).await?;
    let mut total = rows.first().map_or(0, |row| row.total);
    if rows.is_empty() && selection.offset > 0 {
        // Behind the last page; how many there are is still to be told.
        total = asked(1, 0).fetch_optional(&mut *transaction).await?.map_or(0, |row| row.total);
    }
    transaction.commit().await?;
    Ok(List { oids: rows.iter().map(|row| row.oid).collect(), total, as_of })
}

/// What is known of these tables now. `exact_sizes`: open their files.
async fn rows(
    database: &Database,
    oids: &[i64],
    exact_sizes: bool,
) -> Result<Vec<TableRow>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let version = version(&mut transaction).await?;
    let widths = super::bloat::Widths::available(&mut transaction).await?;
    let details = objects::<Raw>(&sql::details(widths, version)).bind(None::<String>).bind(oids);
    let raw: HashMap<i64, Raw> = details
        .fetch_all(&mut *transaction)
        .await?
        .into_iter()
        .map(|Json(row)| (row.oid, row))
        .collect();
    let locked = locked(&mut transaction).await?;
    transaction.commit().await?;
    let sizes = if exact_sizes { sizes(database, oids, &locked).await } else { HashMap::new() };
    let now = Utc::now();
    Ok(oids
        .iter()
        .filter_map(|oid| raw.get(oid))
        .map(|raw| row(raw, &sizes, &locked, now))
        .collect())
}

async fn locked(connection: &mut PgConnection) -> Result<Locked, sqlx::Error> {
    let locks = sqlx::query!(
        r#"SELECT l.relation::int8 AS "relation!",
           coalesce(i.indrelid, t.oid, l.relation)::int8 AS "owner!"
           FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
             LEFT JOIN pg_class t ON t.reltoastrelid = l.relation AND t.reltoastrelid <> 0
           WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
             AND l.pid <> pg_backend_pid()
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"#
    )
    .fetch_all(connection)
    .await?;
    Ok(Locked {
        tables: locks
            .iter()
            .filter(|lock| lock.relation == lock.owner)
            .map(|lock| lock.relation)
            .collect(),
        touched: locks.iter().map(|lock| lock.owner).collect(),
    })
}

/// The sizes of the files of tables that nobody has locked. Whoever locks one in this moment costs
/// the page its exact sizes, no more.
async fn sizes(database: &Database, oids: &[i64], locked: &Locked) -> HashMap<i64, Sizes> {
    let free: Vec<i64> = oids.iter().copied().filter(|oid| !locked.touched.contains(oid)).collect();
    let read = async {
        let mut transaction = begin(database).await?;
        // TOAST with its index; the rest of what pg_table_size counts is the heap and its maps.
        let sizes = sqlx::query_as!(
            Sizes,
            r#"SELECT c.oid::int8 AS "oid!",
                 pg_table_size(c.oid) - coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)),
                   0) AS "heap!",
                 coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) AS "toast!",
                 pg_indexes_size(c.oid) AS "indexes!"
               FROM pg_class c WHERE c.oid = ANY ($1::int8[]::oid[])"#,
            &free
        )
        .fetch_all(&mut *transaction)
        .await?;
        Ok::<_, sqlx::Error>(sizes.into_iter().map(|sizes| (sizes.oid, sizes)).collect())
    };
    match read.await {
        Ok(sizes) => sizes,
        Err(error) => {
            tracing::debug!(%error, "exact sizes could not be read");
            HashMap::new()
        }
    }
}

fn row(raw: &Raw, sizes: &HashMap<i64, Sizes>, locked: &Locked, now: DateTime<Utc>) -> TableRow {
    let table = ObjectName::new(&raw.schema, &raw.name);
    let size = sizes.get(&raw.oid);
    let bytes = |exact: Option<i64>, pages: i64| match exact {
        Some(bytes) => Panel::exact(bytes, now),
        None => Panel::estimate(pages * raw.block, now),
    };
    let counted = raw.live_rows + raw.dead_rows;
    TableRow {
        oid: u32::try_from(raw.oid).unwrap_or_default(),
        live_rows: raw.live_rows,
        dead_rows: raw.dead_rows,
        dead_ratio: (counted > 0).then(|| raw.dead_rows as f64 / counted as f64),
        heap_bytes: bytes(size.map(|size| size.heap), raw.heap_pages),
        index_bytes: bytes(size.map(|size| size.indexes), raw.index_pages),
        toast_bytes: bytes(size.map(|size| size.toast), raw.toast_pages),
        total_bytes: bytes(
            size.map(|size| size.heap + size.indexes + size.toast),
            raw.heap_pages + raw.index_pages + raw.toast_pages,
        ),
        last_vacuum: raw.last_vacuum,
        last_autovacuum: raw.last_autovacuum,
        last_analyze: raw.last_analyze,
        last_autoanalyze: raw.last_autoanalyze,
        vacuum_count: raw.vacuum_count,
        autovacuum_count: raw.autovacuum_count,
        analyze_count: raw.analyze_count,
        autoanalyze_count: raw.autoanalyze_count,
        bloat: raw.bloat.bloat(raw.heap_pages, raw.block, &table, &raw.role, now),
        autovacuum: raw.autovacuum,
        maintainable: raw.maintainable,
        locked: locked.tables.contains(&raw.oid),
        table,
    }
}

/// Of at least so many bytes, the most bloated first.
pub(super) async fn bloated(database: &Database) -> Result<Panel<Vec<TableRow>>, sqlx::Error> {
    let selection = Selection {
        search: None,
        condition: "heap_pages * current_setting('block_size')::int8 >= 52428800",
        order: "heap_pages DESC, oid".into(),
        limit: 200,
        offset: 0,
    };
    let mut tables = select(database, &selection).await?;
    tables.retain(|table| table.bloat.value().is_some());
    let share = |table: &TableRow| table.bloat.value().map_or(0.0, |bloat| bloat.share);
    tables.sort_by(|one, other| share(other).total_cmp(&share(one)));
    Ok(Panel::estimate(tables, Utc::now()))
}

/// Due for vacuum or analyze by autovacuum's formula; how long ago is too long the alert knows. Of
/// either kind the longest ago first, so that neither crowds out the other.
pub(super) async fn overdue(database: &Database) -> Result<Panel<Vec<TableRow>>, sqlx::Error> {
    let selection = Selection {
        search: None,
        condition: "(vacuum_due OR analyze_due)",
        order: "least(CASE WHEN vacuum_due THEN row_number() OVER (PARTITION BY vacuum_due ORDER \
            BY last_vacuum_or_auto ASC NULLS FIRST, oid) END,
            CASE WHEN analyze_due THEN row_number() OVER (PARTITION BY analyze_due ORDER BY \
            last_analyze_or_auto ASC NULLS FIRST, oid) END), oid"
            .into(),
        limit: 300,
        offset: 0,
    };
    let tables = select(database, &selection).await?;
    Ok(Panel::estimate(tables, Utc::now()))
}

/// The estimate of one table.
pub(super) async fn bloat(database: &Database, oid: i64) -> Result<Panel<Bloat>, sqlx::Error> {
    let row = rows(database, &[oid], false).await?.pop();
    Ok(row.map_or_else(
        || Panel::unavailable("There is no estimate of the bloat of this table."),
        |row| row.bloat,
    ))
}
