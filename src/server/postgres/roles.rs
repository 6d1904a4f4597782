//! Who signs in and whom the server then becomes.
//!
//! `train_owner` owns the schema, `authenticated` is a person's request under row-level security,
//! `service_role` does the system's work. The role that signs in may become each of them and has
//! nothing of its own.

use super::OpenError;
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr, postgres::PgConnectOptions};

/// The role of an embedded cluster that the server signs in as, and the name of its database.
pub const EMBEDDED: &str = "train";

const ROLES: &str = include_str!("roles.sql");

/// What the health pages and maintenance need beyond owning the tables: to see all sessions and
/// statistics, to cancel and terminate sessions, and to use the extensions.
const MONITORING: &str = "GRANT pg_monitor, pg_signal_backend TO train_owner; \
    CREATE SCHEMA IF NOT EXISTS extensions; GRANT USAGE ON SCHEMA extensions TO train_owner";

/// A function that tells how wide columns are on average and how often they are null, of tables too
/// whose row-level security hides their statistics even from their owner. It belongs to a superuser
/// and shows nothing of what is in the columns.
pub const COLUMN_WIDTHS: &str = "CREATE SCHEMA IF NOT EXISTS extensions; GRANT USAGE ON SCHEMA \
    extensions TO train_owner; \
    CREATE OR REPLACE FUNCTION extensions.column_widths(relations oid[]) \
    RETURNS TABLE (relation oid, number smallint, null_fraction real, width integer) \
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS 'SELECT starelid, staattnum, \
    stanullfrac, stawidth \
    FROM pg_catalog.pg_statistic WHERE NOT stainherit AND relations IS NULL \
    UNION ALL SELECT starelid, staattnum, stanullfrac, stawidth \
    FROM pg_catalog.pg_statistic WHERE NOT stainherit AND starelid = ANY (relations)'; \
    REVOKE ALL ON FUNCTION extensions.column_widths(oid[]) FROM PUBLIC; \
    GRANT EXECUTE ON FUNCTION extensions.column_widths(oid[]) TO train_owner;";

/// Sets up an embedded cluster, as its superuser: the role that signs in, the roles to become, the
/// database.
pub(super) async fn provision_embedded(superuser: PgConnectOptions) -> Result<(), OpenError> {
    let mut connection =
        PgConnection::connect_with(&superuser.clone().database("postgres")).await?;
    let known = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text) AS "role!",
             EXISTS (SELECT FROM pg_database WHERE datname = $1::text) AS "database!""#,
        EMBEDDED
    );
    let known = known.fetch_one(&mut connection).await?;
    if !known.role {
        connection.execute("CREATE ROLE train LOGIN NOINHERIT").await?;
    }
    connection.execute("SET train.login = 'train'").await?;
    connection.execute(ROLES).await?;
    if !known.database {
        connection.execute("CREATE DATABASE train OWNER train_owner").await?;
    }
    connection
        .execute(
            "REVOKE ALL ON DATABASE train FROM PUBLIC; GRANT CONNECT ON DATABASE train TO train",
        )
        .await?;
    connection.close().await?;

    let mut connection = PgConnection::connect_with(&superuser.database(EMBEDDED)).await?;
    // The database may have been restored from a strange file: its settings must not decide which
    // functions a superuser calls.
    connection.execute("SET search_path = pg_catalog").await?;
    provision_monitoring(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// What the health pages use of a database, made as a superuser in that database: rights,
/// extensions, a function.
pub async fn provision_monitoring(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(MONITORING).await?;
    connection.execute(COLUMN_WIDTHS).await?;
    provide_extensions(connection).await;
    Ok(())
}

/// Makes the extensions for statistics where they and the right to make them are there; only a part
/// of the health pages needs them, and says so. Answers with those that could not be made.
pub async fn provide_extensions(connection: &mut PgConnection) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if let Err(error) = connection.execute("CREATE SCHEMA IF NOT EXISTS extensions").await {
        tracing::info!(%error, "the schema of the extensions could not be made");
    }
    for extension in ["pg_stat_statements", "pgstattuple"] {
        let make = format!("CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA extensions");
        if let Err(error) = connection.execute(sqlx::AssertSqlSafe(make).into_sql_str()).await {
            tracing::info!(extension, %error, "an extension for statistics is not available");
            missing.push(extension);
        }
    }
    missing
}

/// Makes sure that the role of an external `DATABASE_URL` can become the three roles, and that the
/// owner may make the schema.
pub(super) async fn ensure_external(connection: &mut PgConnection) -> Result<(), OpenError> {
    let able = sqlx::query!(
        r#"SELECT session_user::text AS "login!", current_database()::text AS "database!",
             rolsuper AS "superuser!", rolbypassrls AS "bypasses!", rolcreaterole AS "creates!",
             current_setting('server_version_num')::int AS "version!"
           FROM pg_roles WHERE rolname = session_user"#
    );
    let able = able.fetch_one(&mut *connection).await?;
    if able.version < 150_000 {
        return Err(OpenError::TooOld { version: able.version / 10_000 });
    }
    if able.superuser || able.bypasses {
        tracing::warn!(
            role = able.login,
            "DATABASE_URL signs in as a role that row-level security does not bind; use an \
                ordinary role"
        );
    }
    if !usable(connection).await? {
        let refused = |error: sqlx::Error| OpenError::RolesMissing {
            sql: remedy(&able.login, &able.database),
            error: error.to_string(),
        };
        if able.creates || able.superuser {
            connection.execute(ROLES).await.map_err(refused)?;
        }
        let grant = format!(
            "GRANT CREATE ON DATABASE {} TO train_owner; GRANT USAGE, CREATE ON SCHEMA public TO \
                train_owner",
            quoted(&able.database)
        );
        connection.execute(sqlx::AssertSqlSafe(grant).into_sql_str()).await.map_err(refused)?;
        if !usable(connection).await? {
            return Err(refused(sqlx::Error::Protocol("the rights are still not there".into())));
        }
    }
    Ok(())
}

/// Whether the one who signed in can become each role, and the owner may make tables and schemas.
async fn usable(connection: &mut PgConnection) -> Result<bool, OpenError> {
    let usable = sqlx::query_scalar!(
        r#"SELECT count(*) = 3
             AND coalesce(bool_and(pg_has_role(oid, CASE
               WHEN current_setting('server_version_num')::int >= 160000
               THEN 'SET' ELSE 'MEMBER' END)), false)
             AND coalesce(bool_or(rolname = 'train_owner'
               AND has_database_privilege(oid, current_database(), 'CREATE')
               AND has_schema_privilege(oid, 'public', 'CREATE')), false) AS "usable!"
           FROM pg_roles WHERE rolname IN ('train_owner', 'authenticated', 'service_role')"#
    );
    Ok(usable.fetch_one(connection).await?)
}

/// What an administrator of the database runs when the server may not do it itself.
fn remedy(login: &str, database: &str) -> String {
    let (login, database) = (quoted(login), quoted(database));
    format!(
        "CREATE ROLE train_owner NOLOGIN; CREATE ROLE authenticated NOLOGIN; CREATE ROLE \
            service_role NOLOGIN; \
         GRANT train_owner, authenticated, service_role TO {login}; GRANT CREATE ON DATABASE \
         {database} TO train_owner; \
         GRANT USAGE, CREATE ON SCHEMA public TO train_owner;"
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_quotes_names() {
        assert!(
            remedy("o\"dd", "my db")
                .contains("TO \"o\"\"dd\"; GRANT CREATE ON DATABASE \"my db\" TO")
        );
    }
}
