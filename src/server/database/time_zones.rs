//! What PostgreSQL calls a time zone.
//!
//! Its list is the system's. One without the names that were given up does not know a row's
//! `Asia/Calcutta`, and an older one does not know `Europe/Kyiv`: then the zone goes by whichever
//! of its names is known.

use crate::domain::account::TimeZoneName;
use sqlx::PgConnection;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// The list takes long to read, a file for each name, and stays the same while PostgreSQL runs.
static KNOWN: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);

/// The name by which PostgreSQL knows this zone; `None` when it knows none. Asked in a way that
/// leaves a transaction usable.
///
/// # Errors
/// When the database does not answer.
pub async fn known_name(
    connection: &mut PgConnection,
    zone: &TimeZoneName,
) -> Result<Option<String>, sqlx::Error> {
    if zone.as_str() == "UTC" {
        return Ok(Some("UTC".into()));
    }
    let remembered = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = remembered().get(zone.as_str()) {
        return Ok(Some(name.clone()));
    }
    let names: Vec<String> = zone.names().map(str::to_owned).collect();
    let known = sqlx::query_scalar!(
        r#"SELECT name AS "name!" FROM pg_catalog.pg_timezone_names
           WHERE name = ANY ($1) ORDER BY array_position($1, name) LIMIT 1"#,
        &names
    )
    .fetch_optional(connection)
    .await?;
    if let Some(name) = &known {
        remembered().insert(zone.as_str().to_owned(), name.clone());
    }
    Ok(known)
}

/// For what a row says, in whatever spelling: a zone that PostgreSQL takes. UTC for one that it
/// does not know.
///
/// # Errors
/// When the database does not answer.
pub async fn stored_zone(
    connection: &mut PgConnection,
    stored: &str,
) -> Result<String, sqlx::Error> {
    let known = match TimeZoneName::parse(stored) {
        Ok(zone) => known_name(connection, &zone).await?,
        Err(_) => None,
    };
    Ok(known.unwrap_or_else(|| "UTC".into()))
}
