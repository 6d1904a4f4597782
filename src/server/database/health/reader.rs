//! Reading for one panel: a short read-only transaction of its own, a time limit, and a sentence
//! for what went wrong.

use crate::{
    domain::database::{Panel, Unavailable},
    server::postgres::{Database, Transaction, apart},
};
use serde::de::DeserializeOwned;
use sqlx::{
    AssertSqlSafe, Executor, PgConnection, Postgres, postgres::PgArguments, query::QueryScalar,
    types::Json,
};
use std::time::Duration;
use tokio::time::timeout;

/// How long a panel may take, waiting for its connection included.
pub(super) const PANEL: Duration = Duration::from_secs(3);

/// Within [`PANEL`], so that PostgreSQL gives up before we do and the connection stays usable.
/// Nothing here is worth compiling, and a sort of some ten thousand indexes shall not go to the
/// disk.
const LIMITS: &str = "SET LOCAL statement_timeout = '2500ms'; SET LOCAL lock_timeout = '200ms'; \
    SET LOCAL jit = off; SET LOCAL work_mem = '16MB'";

/// A read-only transaction that waits for nothing long.
pub(super) async fn begin(database: &Database) -> Result<Transaction, sqlx::Error> {
    let mut transaction = database.operations().begin_with("BEGIN READ ONLY").await?;
    transaction.execute(LIMITS).await?;
    Ok(transaction)
}

/// The same for a statement that goes through the whole catalog. The planner takes its parts for
/// some rows and would compare ten thousands of them pair by pair.
pub(super) async fn begin_whole(database: &Database) -> Result<Transaction, sqlx::Error> {
    let mut transaction = begin(database).await?;
    transaction.execute("SET LOCAL enable_nestloop = off").await?;
    Ok(transaction)
}

/// A statement whose rows are objects.
pub(super) type Objects<T> = QueryScalar<'static, Postgres, Json<T>, PgArguments>;

/// A statement that is put together, by the server's version, the place of an extension or what
/// somebody looks for, so that it cannot be checked when it is compiled. Its rows come as objects:
/// a type tells the columns that it needs once.
pub(super) fn objects<T: DeserializeOwned + Send + Unpin + 'static>(sql: &str) -> Objects<T> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT to_jsonb(answer) FROM ({sql}) AS answer")))
}

/// The one row of a statement without parameters.
pub(super) async fn one<T: DeserializeOwned + Send + Unpin + 'static>(
    connection: &mut PgConnection,
    sql: &str,
) -> Result<T, sqlx::Error> {
    objects::<T>(sql).fetch_one(connection).await.map(|Json(row)| row)
}

/// `server_version_num`: columns and settings differ by it.
pub(super) async fn version(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT current_setting('server_version_num')::int AS "version!""#)
        .fetch_one(connection)
        .await
}

/// Runs the reading of one panel within its time; a failure stays its own. `what`: "The tables".
pub(super) async fn panel<T>(
    what: &str,
    reading: impl Future<Output = Result<Panel<T>, sqlx::Error>>,
) -> Panel<T> {
    // On the heap: a page joins a dozen of them. Each ends without the others, so none waits for a
    // connection that another of the same request holds.
    match timeout(PANEL, apart(Box::pin(reading))).await {
        Ok(Ok(panel)) => panel,
        Ok(Err(error)) => Panel::Unavailable { unavailable: explained(what, &error) },
        Err(_) => Panel::unavailable(format!(
            "{what} could not be read within {} seconds; the database may be busy. Try again in a \
                moment.",
            PANEL.as_secs()
        )),
    }
}

/// Why a panel has no value, without anything that PostgreSQL wrote: its messages may hold data.
fn explained(what: &str, error: &sqlx::Error) -> Unavailable {
    let code = error.as_database_error().and_then(|error| error.code());
    let (reason, fix) = match code.as_deref() {
        Some("42501") => (
            format!("{what} could not be read: the role train_owner lacks the right."),
            Some("GRANT pg_monitor TO train_owner;".to_owned()),
        ),
        Some("55P03") => {
            (format!("{what} could not be read: something it needs is locked at the moment."), None)
        }
        Some("57014") => {
            (format!("{what} could not be read in time; the database may be busy."), None)
        }
        _ => {
            tracing::warn!(what, %error, "a panel of the database's health could not be read");
            (format!("{what} could not be read; the server's log says why."), None)
        }
    };
    Unavailable { reason, fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_postgresql_wrote_stays_inside() {
        let error = sqlx::Error::Protocol("Key (email)=(ann@example.com)".into());
        let panel = panel::<i32>("The tables", async { Err(error) }).await;
        assert_eq!(
            panel.reason(),
            Some("The tables could not be read; the server's log says why.")
        );
    }
}
