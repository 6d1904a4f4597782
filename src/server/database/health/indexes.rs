//! Indexes: size, use, duplicates, validity and bloat. Like the tables, sorted and paged by the
//! catalog alone.

mod sql;

use super::{
    bloat::{Estimated, Widths},
    history::{Known, known_since},
    lists::{List, Lists, age, largest_first},
    reader::{begin, begin_whole, objects, version},
};
use crate::{
    domain::database::{
        Bloat, IndexPage, IndexProblem, IndexQuery, IndexRow, IndexSort, ObjectName, Panel,
    },
    server::postgres::Database,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::types::Json;
use std::{collections::HashMap, time::Duration};

/// Which indexes, and in which order.
#[derive(Clone, Debug)]
struct Selection {
    search: Option<String>,
    condition: String,
    order: String,
    limit: i64,
    offset: i64,
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
    table_schema: String,
    table_name: String,
    method: String,
    pages: i64,
    scans: i64,
    last_scan: Option<DateTime<Utc>>,
    unique: bool,
    constraint: bool,
    valid: bool,
    building: bool,
    locked: bool,
    duplicate_schema: Option<String>,
    duplicate_name: Option<String>,
    duplicate_exact: Option<bool>,
    maintainable: bool,
    block: i64,
    role: String,
    #[serde(flatten)]
    bloat: Option<Estimated>,
}

#[derive(Debug)]
struct Opened {
    oid: i64,
    size: i64,
    definition: Option<String>,
}

/// One page of the list.
pub(super) async fn page(
    database: &Database,
    lists: &Lists,
    query: &IndexQuery,
    unused_after: Duration,
) -> Result<Panel<IndexPage>, sqlx::Error> {
    let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(20));
    let known = known_since(database, unused_after).await?;
    let selection = Selection {
        search: query.search.clone().filter(|text| !text.is_empty()),
        condition: sql::condition(query.problem, &known),
        order: sql::order(query.sort, query.reverse),
        limit,
        offset: (page - 1).saturating_mul(limit),
    };
    let question = format!("{selection:?}");
    let age = age(&question, query.fresh);
    let List { oids, total, as_of } =
        lists.get(question, age, selection.search.is_some(), find(database, &selection)).await?;
    let mut indexes = rows(database, &oids, true, &known).await?;
    if query.sort == IndexSort::Size {
        indexes.sort_by_key(|index| largest_first(&index.size_bytes, query.reverse));
    }
    Ok(Panel::estimate(
        IndexPage { indexes, total, page, limit, unused_known: known.panel() },
        as_of,
    ))
}

/// Those with something wrong: unused of at least 10 MB, duplicates, and invalid ones.
pub(super) async fn troubled(
    database: &Database,
    unused_after: Duration,
) -> Result<Panel<Vec<IndexRow>>, sqlx::Error> {
    let known = known_since(database, unused_after).await?;
    let large = "pages * current_setting('block_size')::int8 >= 10485760";
    let [unused, duplicate, invalid] =
        [IndexProblem::Unused, IndexProblem::Duplicate, IndexProblem::Invalid]
            .map(|problem| sql::condition(Some(problem), &known));
    let selection = Selection {
        search: None,
        condition: format!("({unused} AND {large} OR {duplicate} OR {invalid})"),
        order: "pages DESC, oid".into(),
        limit: 300,
        offset: 0,
    };
    let List { oids, .. } = find(database, &selection).await?;
    let indexes = rows(database, &oids, false, &known).await?;
    Ok(Panel::estimate(indexes, Utc::now()))
}

/// Which indexes a selection consists of, and how many there would be without its limit.
async fn find(database: &Database, selection: &Selection) -> Result<List, sqlx::Error> {
    let as_of = Utc::now();
    let mut transaction = begin_whole(database).await?;
    let widths = Widths::available(&mut transaction).await?;
    let found = sql::find(widths, &selection.condition, &selection.order);
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
        total = asked(1, 0).fetch_optional(&mut *transaction).await?.map_or(0, |row| row.total);
    }
    transaction.commit().await?;
    Ok(List { oids: rows.iter().map(|row| row.oid).collect(), total, as_of })
}

/// What is known of these indexes now. `exact_sizes`: open their files.
async fn rows(
    database: &Database,
    oids: &[i64],
    exact_sizes: bool,
    known: &Known,
) -> Result<Vec<IndexRow>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let version = version(&mut transaction).await?;
    let widths = Widths::available(&mut transaction).await?;
    let details = objects::<Raw>(&sql::details(widths, version)).bind(None::<String>).bind(oids);
    let raw: HashMap<i64, Raw> = details
        .fetch_all(&mut *transaction)
        .await?
        .into_iter()
        .map(|Json(row)| (row.oid, row))
        .collect();
    transaction.commit().await?;
    let free = raw.values().filter(|raw| !raw.locked).map(|raw| raw.oid).collect::<Vec<_>>();
    let opened = open(database, &free, exact_sizes).await;
    let now = Utc::now();
    Ok(oids
        .iter()
        .filter_map(|oid| raw.get(oid))
        .map(|raw| row(raw, opened.get(&raw.oid), known, now))
        .collect())
}

/// Definitions and, where they are wanted, sizes of indexes that nobody has locked; both may wait
/// for a lock.
async fn open(database: &Database, oids: &[i64], sizes: bool) -> HashMap<i64, Opened> {
    let read = async {
        let mut transaction = begin(database).await?;
        let opened = sqlx::query_as!(
            Opened,
            r#"SELECT c.oid::int8 AS "oid!", CASE WHEN $2 THEN pg_relation_size(c.oid) ELSE -1
               END AS "size!",
                 pg_get_indexdef(c.oid) AS definition
               FROM pg_class c WHERE c.oid = ANY ($1::int8[]::oid[])"#,
            oids,
            sizes
        )
        .fetch_all(&mut *transaction)
        .await?;
        Ok::<_, sqlx::Error>(opened.into_iter().map(|opened| (opened.oid, opened)).collect())
    };
    match read.await {
        Ok(opened) => opened,
        Err(error) => {
            tracing::debug!(%error, "definitions of indexes could not be read");
            HashMap::new()
        }
    }
}

fn row(raw: &Raw, opened: Option<&Opened>, known: &Known, now: DateTime<Utc>) -> IndexRow {
    let table = ObjectName::new(&raw.table_schema, &raw.table_name);
    let bloat = match &raw.bloat {
        _ if raw.method != "btree" => {
            Panel::unavailable("Bloat is estimated for B-tree indexes only.")
        }
        Some(estimated) => estimated.bloat(raw.pages, raw.block, &table, &raw.role, now),
        None => Panel::unavailable_until(
            format!("There are no statistics of {table} yet."),
            format!("ANALYZE {};", table.quoted()),
        ),
    };
    let duplicate_of = raw.duplicate_schema.as_ref().zip(raw.duplicate_name.as_ref());
    let duplicate_of = duplicate_of.map(|(schema, name)| ObjectName::new(schema, name));
    let sentence = duplicate_of.as_ref().map(|other| match raw.duplicate_exact {
        Some(true) => format!("{other} has the same columns in the same order and does the same."),
        _ => format!("{other} begins with the same columns, so that it serves the same queries."),
    });
    let invalid = !raw.valid && !raw.building;
    let unused = raw.scans == 0
        && !raw.unique
        && !raw.constraint
        && raw.valid
        && raw.pages * raw.block >= sql::UNUSED_BYTES
        && known.knows(raw.oid);
    let bloated = raw.pages >= 16 && bloat.value().is_some_and(|bloat| bloat.share > 0.2);
    let problems = [
        (unused, IndexProblem::Unused),
        (duplicate_of.is_some(), IndexProblem::Duplicate),
        (invalid, IndexProblem::Invalid),
        (bloated, IndexProblem::Bloat),
    ];
    IndexRow {
        oid: u32::try_from(raw.oid).unwrap_or_default(),
        index: ObjectName::new(&raw.schema, &raw.name),
        table,
        definition: opened.and_then(|opened| opened.definition.clone()),
        method: raw.method.clone(),
        size_bytes: match opened.filter(|opened| opened.size >= 0) {
            Some(opened) => Panel::exact(opened.size, now),
            None => Panel::estimate(raw.pages * raw.block, now),
        },
        scans: raw.scans,
        last_scan: raw.last_scan,
        unique: raw.unique,
        constraint: raw.constraint,
        valid: raw.valid,
        building: raw.building,
        duplicate_of,
        duplicate_sentence: sentence,
        bloat,
        problems: problems.into_iter().filter_map(|(is, problem)| is.then_some(problem)).collect(),
        maintainable: raw.maintainable,
    }
}

/// The estimate of one index.
pub(super) async fn bloat(database: &Database, oid: i64) -> Result<Panel<Bloat>, sqlx::Error> {
    // Whether it is used does not matter here.
    let known = known_since(database, Duration::ZERO).await?;
    let row = rows(database, &[oid], false, &known).await?.pop();
    Ok(row.map_or_else(
        || Panel::unavailable("There is no estimate of the bloat of this index."),
        |row| row.bloat,
    ))
}
