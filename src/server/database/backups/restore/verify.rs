//! Whether a database that was restored is whole.

use super::{connect, refused, run};
use crate::server::postgres::migrations;
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnectOptions};

/// The tables whose rows are counted.
const COUNTED: [&str; 5] = [
    "auth.users",
    "public.organizations",
    "public.user_preferences",
    "public.conversations",
    "public.configuration_audit_log",
];

/// What was found in it.
pub(super) struct Verified {
    /// The step of the schema that the backup was made at.
    pub step: i64,
    /// Steps that the server will apply when it starts on it.
    pub steps_missing: usize,
    /// Table and rows.
    pub rows: Vec<(String, i64)>,
}

/// Whether what was restored is whole: the step of the schema, the rows, the chain of the history.
///
/// # Errors
/// One sentence: it is not whole, or cannot be looked at.
pub(super) async fn verify(role: &PgConnectOptions, name: &str) -> Result<Verified, String> {
    let options = role.clone().database(name);
    let steps = migrations::status(&options).await.map_err(|error| error.to_string())?;
    let mut connection = connect(&options).await?;
    run(&mut connection, "SET ROLE train_owner; SET search_path = public".to_owned()).await?;
    let step = sqlx::query_scalar!("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .map_err(refused)?;
    let step = step.ok_or("The backup holds no schema.")?;
    let newest = steps.iter().map(|step| step.version).max().unwrap_or_default();
    if step > newest {
        return Err(format!(
            "The backup was made by a newer version of Train (step {step}; this one knows \
                {newest})."
        ));
    }
    let mut rows = Vec::new();
    for table in COUNTED {
        let there = sqlx::query_scalar!(r#"SELECT to_regclass($1) IS NOT NULL AS "there!""#, table);
        if there.fetch_one(&mut connection).await.map_err(refused)? {
            // The name of a table is no parameter; these are our own.
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            rows.push((
                table.to_owned(),
                sqlx::query_scalar(count).fetch_one(&mut connection).await.map_err(refused)?,
            ));
        }
    }
    let broken =
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM public.verify_audit_chain()"#);
    let broken = broken.fetch_one(&mut connection).await.map_err(refused)?;
    if broken > 0 {
        return Err(format!(
            "The history in the backup was tampered with: {broken} findings; “train audit verify” \
                names them in the original."
        ));
    }
    // What was loaded has no statistics yet, and plans would be made blindly.
    run(&mut connection, "ANALYZE".to_owned()).await?;
    connection.close().await.map_err(refused)?;
    Ok(Verified { step, steps_missing: steps.iter().filter(|step| !step.applied).count(), rows })
}
