//! As whom a dump is made. Row-level security is forced on every table, also for the owner, and
//! `pg_dump` rather stops than leaves rows out: it needs a role that row-level security does not
//! bind.

use crate::{
    domain::database::Unavailable,
    server::postgres::{ClientPrograms, Database},
};
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, PgExecutor,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{
    fmt,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// Where backups are and as whom they are made.
#[derive(Clone, Debug)]
pub struct BackupSettings {
    /// Made when missing, for the server's user alone.
    pub directory: PathBuf,
    pub role: DumpRole,
}

/// Who reads everything.
#[derive(Clone, PartialEq, Eq)]
pub enum DumpRole {
    /// The superuser of the embedded PostgreSQL, over its private socket.
    Embedded,
    /// `TRAIN_BACKUP_DATABASE_URL`, else `DATABASE_URL`.
    Url(String),
}

impl fmt::Debug for DumpRole {
    /// Without the address: it holds a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Embedded => "Embedded",
            Self::Url(_) => "Url(hidden)",
        })
    }
}

/// Variables for PostgreSQL's programs.
type Environment = Vec<(&'static str, String)>;

/// A way to dump and restore that works.
#[derive(Clone)]
pub struct Access {
    pub programs: ClientPrograms,
    /// As the role that may read everything.
    pub options: PgConnectOptions,
    /// "15.18".
    pub server_version: String,
    pub database_bytes: i64,
    environment: Environment,
    embedded: bool,
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Access {{ programs: {:?}, server_version: {:?} }}",
            self.programs, self.server_version
        )
    }
}

impl Access {
    /// Finds the programs and tries the role.
    ///
    /// # Errors
    /// Why no backup can be made, and what mends it.
    pub async fn find(settings: &BackupSettings, database: &Database) -> Result<Self, Unavailable> {
        let (options, environment) = settings.role.connection(database)?;
        let mut connection =
            PgConnection::connect_with(&options.clone().application_name("train backup"))
                .await
                .map_err(|error| {
                    because(
                        format!("The database cannot be reached as the role for backups: {error}"),
                        None,
                    )
                })?;
        // This role may do much; what a restored database was set to must not decide which
        // functions it calls.
        connection.execute("SET search_path = pg_catalog").await.map_err(|error| {
            because(format!("The role for backups could not be tried: {error}"), None)
        })?;
        let server = check(&mut connection, database).await?;
        let _ = connection.close().await; // It only asked.
        let major = u32::try_from(server.number / 10_000).unwrap_or_default();
        let programs = tokio::task::spawn_blocking(move || ClientPrograms::find(major)).await;
        let programs = programs
            .map_err(|error| because(format!("Looking for pg_dump failed: {error}"), None))?
            .map_err(|found| no_programs(major, &found))?;
        let embedded = settings.role == DumpRole::Embedded;
        Ok(Self {
            programs,
            options,
            server_version: server.version,
            database_bytes: server.bytes,
            environment,
            embedded,
        })
    }

    /// Whether the role may do everything in the cluster.
    pub fn is_embedded(&self) -> bool {
        self.embedded
    }

    /// A program of PostgreSQL that finds the database by its environment: a password on the
    /// command line could be read by everybody on the machine.
    pub fn command(&self, program: &Path) -> Command {
        self.command_in(program, &self.environment)
    }

    /// The same as somebody else, who can have another address and password.
    pub fn command_as(&self, program: &Path, options: &PgConnectOptions) -> Command {
        self.command_in(program, &environment(Some(&secrets_of(options)), options))
    }

    fn command_in(&self, program: &Path, environment: &Environment) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            // What the environment says about another database must not lead there. Files with
            // passwords and certificates may be meant.
            let Some(name) = name.to_str() else { continue };
            if name.starts_with("PG")
                && (self.embedded || !(name.starts_with("PGPASS") || name.starts_with("PGSSL")))
            {
                command.env_remove(name);
            }
        }
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.kill_on_drop(true);
        command
    }
}

impl DumpRole {
    fn connection(
        &self,
        database: &Database,
    ) -> Result<(PgConnectOptions, Environment), Unavailable> {
        // sqlx's own message repeats a part of the address.
        let wrong = || because("TRAIN_BACKUP_DATABASE_URL cannot be understood.".into(), None);
        let (url, options) = match self {
            Self::Embedded => (None, database.connect_options().clone().username("postgres")),
            Self::Url(url) => (
                Some(reqwest::Url::parse(url).map_err(|_| wrong())?),
                url.parse().map_err(|_| wrong())?,
            ),
        };
        let environment = environment(url.as_ref(), &options);
        Ok((options, environment))
    }
}

/// An address with the password and the certificates of a connection, which sqlx tells in no other
/// way. Its role has a plain name here: sqlx does not escape it.
fn secrets_of(options: &PgConnectOptions) -> reqwest::Url {
    options.clone().username("role").to_url_lossy()
}

/// What leads PostgreSQL's programs to where the server goes: `url` has the password and the
/// certificates, if there are any.
fn environment(url: Option<&reqwest::Url>, options: &PgConnectOptions) -> Environment {
    let mut environment = Vec::new();
    if let Some(password) = url.and_then(reqwest::Url::password) {
        environment.push(("PGPASSWORD", decoded(password)));
    }
    for (key, value) in url.map(reqwest::Url::query_pairs).into_iter().flatten() {
        let name = match &*key {
            "password" => "PGPASSWORD",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
            "sslcert" | "ssl-cert" => "PGSSLCERT",
            "sslkey" | "ssl-key" => "PGSSLKEY",
            _ => continue,
        };
        // sqlx writes before the name of a file that it is one.
        environment.push((name, value.strip_prefix("file: ").unwrap_or(&value).to_owned()));
    }
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    environment.push(("PGHOST", host));
    environment.push(("PGPORT", options.get_port().to_string()));
    environment.push(("PGUSER", options.get_username().to_owned()));
    environment
        .push(("PGDATABASE", options.get_database().unwrap_or(options.get_username()).to_owned()));
    environment.push(("PGAPPNAME", "train backup".to_owned()));
    environment.push(("PGSSLMODE", ssl_mode(options.get_ssl_mode()).to_owned()));
    if let Some(more) = options.get_options() {
        environment.push(("PGOPTIONS", more.to_owned()));
    }
    environment
}

/// What a backup is made of.
struct Source {
    version: String,
    /// `server_version_num`.
    number: i32,
    bytes: i64,
}

/// Whether the role sees every row, of the same database that the server uses.
async fn check(connection: &mut PgConnection, database: &Database) -> Result<Source, Unavailable> {
    let refused = |error: sqlx::Error| {
        because(format!("The role for backups could not be tried: {error}"), None)
    };
    let ours = place(database.pool()).await.map_err(refused)?;
    let theirs = place(&mut *connection).await.map_err(refused)?;
    if ours != theirs {
        let reason = format!(
            "TRAIN_BACKUP_DATABASE_URL leads to the database “{}”, not to “{}”.",
            theirs.name, ours.name
        );
        return Err(because(reason, None));
    }
    let able = sqlx::query!(
        r#"SELECT session_user::text AS "login!", rolsuper OR rolbypassrls AS "bypasses!",
             (SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
              WHERE n.nspname IN ('auth', 'public', 'vault') AND c.relkind IN ('r', 'p')
                AND NOT has_table_privilege(c.oid, 'SELECT')) AS "hidden!",
             current_setting('server_version') AS "version!",
             current_setting('server_version_num')::int AS "number!",
             pg_database_size(current_database()) AS "bytes!"
           FROM pg_roles WHERE rolname = session_user"#
    );
    let able = able.fetch_one(connection).await.map_err(refused)?;
    let login = able.login;
    if !able.bypasses || able.hidden > 0 {
        return Err(because(
            format!(
                "The role “{login}” may not read every row, and a backup without them would be \
                none."
            ),
            Some(
                "Let an administrator of the database run CREATE ROLE train_backup LOGIN \
                    BYPASSRLS PASSWORD '…'; \
                 GRANT pg_read_all_data TO train_backup; and set TRAIN_BACKUP_DATABASE_URL to \
                 postgres://train_backup:…@host/database."
                    .into(),
            ),
        ));
    }
    let version = able.version.split_whitespace().next().unwrap_or_default().to_owned();
    Ok(Source { version, number: able.number, bytes: able.bytes })
}

/// Which database a connection leads to.
#[derive(PartialEq, Eq)]
struct Place {
    oid: i64,
    name: String,
}

async fn place(executor: impl PgExecutor<'_>) -> Result<Place, sqlx::Error> {
    sqlx::query_as!(
        Place,
        r#"SELECT oid::bigint AS "oid!", datname::text AS "name!"
           FROM pg_database WHERE datname = current_database()"#
    )
    .fetch_one(executor)
    .await
}

fn no_programs(server: u32, found: &[u32]) -> Unavailable {
    let only = match found {
        [] => String::new(),
        found => {
            format!(" (only {})", found.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))
        }
    };
    because(
        format!(
            "pg_dump {server} or newer, as the database needs it, was not found on the server's \
                machine{only}."
        ),
        Some(format!(
            "apt-get install postgresql-client-{server}, or brew install postgresql@{server}"
        )),
    )
}

fn because(reason: String, fix: Option<String>) -> Unavailable {
    Unavailable { reason, fix }
}

fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

/// `%40` is `@`. What is no such code stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|code| hex::decode(code).ok());
        match code {
            Some(code) => {
                plain.extend(code);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_decoded_and_never_shown() {
        assert_eq!(decoded("p%40ss%2Fw%C3%B6rd%"), "p@ss/wörd%");
        let role = DumpRole::Url("postgres://a:secret@b/c".into());
        assert!(!format!("{role:?}").contains("secret"));
    }

    #[test]
    fn a_role_is_led_by_its_own_address_and_password() {
        let url = "postgres://tr%40in:p%40ss@db.example:5433/train?\
            sslmode=require&sslrootcert=/etc/ca.pem";
        let options: PgConnectOptions = url.parse().unwrap();
        let found = environment(Some(&secrets_of(&options)), &options);
        for wanted in [
            ("PGPASSWORD", "p@ss"),
            ("PGUSER", "tr@in"),
            ("PGHOST", "db.example"),
            ("PGPORT", "5433"),
            ("PGDATABASE", "train"),
            ("PGSSLMODE", "require"),
            ("PGSSLROOTCERT", "/etc/ca.pem"),
        ] {
            assert!(
                found.iter().any(|(name, value)| (*name, value.as_str()) == wanted),
                "{wanted:?}: {found:?}"
            );
        }
    }

    #[test]
    fn a_missing_program_is_told_with_its_fix() {
        let missing = no_programs(17, &[15]);
        assert!(
            missing.reason.contains("pg_dump 17") && missing.reason.contains("only 15"),
            "{missing:?}"
        );
        assert!(missing.fix.unwrap().contains("postgresql-client-17"));
    }
}
