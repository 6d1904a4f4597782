//! Which time zones there are, and what PostgreSQL calls them.
//!
//! Its list is the system's. One without the names that were given up does not know a row's
//! `Asia/Calcutta`, and an older one does not know `Europe/Kyiv`: then the zone goes by whichever
//! of its names is known. The newest zones may be missing in it, or in the list that this program
//! came with; there is only what both know, and whatever offers, promises or stores a zone asks
//! here.

use crate::domain::accounts::{TimeZoneName, is_renamed};
use chrono_tz::{TZ_VARIANTS, Tz};
use sqlx::{PgConnection, PgExecutor};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The names that PostgreSQL knows.
type Names = Arc<HashSet<String>>;

/// They take long to read, a file for each, and seldom change.
static KNOWN: Mutex<Option<(Instant, Names)>> = Mutex::new(None);

/// How long a zone that came with an update of the system may go on missing.
const READ_AGAIN: Duration = Duration::from_secs(600);

/// The name by which PostgreSQL knows this zone; `None` when there is no such zone. Asked in a way
/// that leaves a transaction usable.
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
    let names = known(connection).await?;
    Ok(name_among(&names, zone).map(str::to_owned))
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

/// The zone of a person, for times that are shown to them. UTC for one that this program does not
/// know.
///
/// # Errors
/// When the database does not answer.
pub async fn of_person(executor: impl PgExecutor<'_>, person: Uuid) -> Result<Tz, sqlx::Error> {
    let stored = sqlx::query_scalar!("SELECT time_zone FROM auth.users WHERE id = $1", person)
        .fetch_optional(executor)
        .await?;
    Ok(stored.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC))
}

/// The zones to choose from, by the names that they have today, and UTC.
///
/// # Errors
/// When the database does not answer.
pub async fn offered(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let names = known(connection).await?;
    Ok(offered_of(&names))
}

async fn known(connection: &mut PgConnection) -> Result<Names, sqlx::Error> {
    let remembered = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((read, names)) = &*remembered()
        && read.elapsed() < READ_AGAIN
    {
        return Ok(Arc::clone(names));
    }
    let names = sqlx::query_scalar!(r#"SELECT name AS "name!" FROM pg_catalog.pg_timezone_names"#)
        .fetch_all(connection)
        .await?;
    let names: Names = Arc::new(names.into_iter().collect());
    *remembered() = Some((Instant::now(), Arc::clone(&names)));
    Ok(names)
}

fn name_among<'a>(names: &HashSet<String>, zone: &'a TimeZoneName) -> Option<&'a str> {
    zone.as_str().parse::<Tz>().ok()?;
    zone.names().find(|name| names.contains(*name))
}

fn offered_of(names: &HashSet<String>) -> Vec<String> {
    let all = TZ_VARIANTS.iter().map(|zone| zone.name());
    // `Etc/GMT+5` means five hours behind; whoever needs it can name it in a script.
    let current = all
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") && !is_renamed(name))
        .filter(|name| TimeZoneName::parse(name).is_ok_and(|it| name_among(names, &it).is_some()));
    let mut offered: Vec<String> = current.chain(["UTC"]).map(str::to_owned).collect();
    offered.sort_unstable();
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system whose list is older than a zone, and one that has kept an old name only.
    #[test]
    fn issue_13_3_4_no_zone_is_known_or_offered_that_the_database_lacks() {
        let zone = |name| TimeZoneName::parse(name).unwrap();
        let system = ["Europe/Berlin", "Europe/Kiev", "Etc/GMT+5", "posixrules", "Moon/Crater"];
        let names: HashSet<String> = system.map(str::to_owned).into();
        assert_eq!(offered_of(&names), ["Europe/Berlin", "Europe/Kyiv", "UTC"]);
        assert_eq!(name_among(&names, &zone("Europe/Kyiv")), Some("Europe/Kiev"));
        assert_eq!(name_among(&names, &zone("America/Coyhaique")), None);
        assert_eq!(name_among(&names, &zone("Moon/Crater")), None, "nothing can reckon with it");
    }
}
