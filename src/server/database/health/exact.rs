//! Bloat measured: by reading the visibility map and what it does not vouch for, or all of an
//! index.

use super::reader::one;
use crate::{
    domain::database::{Bloat, Panel, Target, quote_identifier},
    server::{foundation::error::ServiceError, postgres::Database},
};
use chrono::Utc;
use serde::Deserialize;
use sqlx::Executor;

struct Relation {
    oid: i64,
    kind: String,
    method: Option<String>,
    fill: f64,
    role: String,
}

#[derive(Deserialize)]
struct Measured {
    total: f64,
    spare: f64,
}

/// Reads one table or B-tree index, within 60 seconds.
pub(super) async fn measure(
    database: &Database,
    target: &Target,
) -> Result<Panel<Bloat>, ServiceError> {
    let (name, kinds) = match target {
        Target::Table(name) => (name, ["r", "m"].as_slice()),
        Target::Index(name) => (name, ["i"].as_slice()),
        Target::WholeDatabase => {
            return Err(ServiceError::field("target", "Choose one table or one index to measure."));
        }
    };
    if let Some(problem) = name.problem() {
        return Err(ServiceError::field("name", problem));
    }
    let mut transaction = database.operations().begin_with("BEGIN READ ONLY").await?;
    transaction
        .execute("SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '1s'")
        .await?;
    let relation = sqlx::query_as!(
        Relation,
        r#"SELECT c.oid::int8 AS "oid!", c.relkind::text AS "kind!", m.amname::text AS "method?",
           current_user::text AS "role!",
             coalesce((SELECT option_value::float8 FROM pg_options_to_table(c.reloptions)
               WHERE option_name = 'fillfactor'),
               CASE c.relkind WHEN 'i' THEN 90 ELSE 100 END) AS "fill!"
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_am m ON m.oid = c.relam
           WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind::text = ANY ($3)"#,
        name.schema,
        name.name,
        kinds as _
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ServiceError::NotFound("This table or index"))?;
    let schema = sqlx::query_scalar!(
        r#"SELECT n.nspname::text AS "schema!" FROM pg_extension e
           JOIN pg_namespace n ON n.oid = e.extnamespace
           WHERE e.extname = 'pgstattuple'"#
    );
    let Some(schema) = schema.fetch_optional(&mut *transaction).await? else {
        return Ok(Panel::unavailable_until(
            "The extension pgstattuple, which measures bloat, was not created in this database.",
            "CREATE EXTENSION pgstattuple SCHEMA extensions;",
        ));
    };
    let schema = quote_identifier(&schema);
    let oid = relation.oid;
    let sql = match (relation.kind.as_str(), relation.method.as_deref()) {
        ("i", Some("btree")) => format!(
            // Pages that are empty or deleted, and what the leaves have free beyond their fill
            // factor.
            "SELECT index_size::float8 AS total,
             (empty_pages + deleted_pages) * current_setting('block_size')::float8
              + leaf_pages * current_setting('block_size')::float8
                * greatest(0, 1 - CASE WHEN avg_leaf_density = 'NaN' THEN 1
                  ELSE avg_leaf_density / {fill} END) AS spare
            FROM {schema}.pgstatindex({oid}::oid::regclass)",
            fill = relation.fill
        ),
        ("i", _) => return Ok(Panel::unavailable("Only B-tree indexes can be measured.")),
        _ => format!(
            "SELECT table_len::float8 AS total,
             greatest(0, dead_tuple_len + approx_free_space
             - table_len * (1 - {fill} / 100.0))::float8 AS spare
            FROM {schema}.pgstattuple_approx({oid}::oid::regclass)",
            fill = relation.fill
        ),
    };
    match one::<Measured>(&mut transaction, &sql).await {
        Ok(Measured { total, spare }) => {
            transaction.commit().await?;
            let share = if total > 0.0 { (spare / total).clamp(0.0, 1.0) } else { 0.0 };
            Ok(Panel::exact(Bloat { bytes: spare as i64, share }, Utc::now()))
        }
        Err(error) => {
            Ok(match error.as_database_error().and_then(|error| error.code()).as_deref() {
                Some("55P03") => Panel::unavailable(format!(
                    "{name} is locked at the moment. Try again when its lock is gone."
                )),
                Some("57014") => Panel::unavailable(format!(
                    "Measuring {name} takes longer than 60 seconds; the estimate has to do."
                )),
                Some("42501") => Panel::unavailable_until(
                    format!("The role {} may not measure {name}.", relation.role),
                    format!("GRANT pg_stat_scan_tables TO {};", quote_identifier(&relation.role)),
                ),
                _ => return Err(error.into()),
            })
        }
    }
}
