//! A backup into a new database: looked at before, restored, checked afterwards, and given up as a
//! whole when anything is doubtful. Never over the one that is in use.

mod role;
mod verify;

use super::{
    access::{Access, BackupSettings},
    contents, dump, store,
};
use crate::{
    domain::database::{MAX_NAME_BYTES, quote_identifier},
    server::postgres::{COLUMN_WIDTHS, Database, EMBEDDED_NAME, provide_extensions},
};
use role::RestoreRole;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, postgres::PgConnectOptions,
};
use std::{path::Path, process::Stdio};
use tokio::{io::AsyncWriteExt, task::spawn_blocking};

/// What is made beforehand, because it takes rights that the owner of the tables has not. Only the
/// statistics need it.
const NOT_OURS: [&str; 7] = [
    "EXTENSION - ",
    "COMMENT - EXTENSION ",
    "SCHEMA - extensions",
    "ACL - SCHEMA extensions",
    "COMMENT - SCHEMA extensions",
    "FUNCTION extensions column_widths(",
    "ACL extensions FUNCTION column_widths(",
];

/// A database that was restored and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub database: String,
    /// The step of the schema that the backup was made at.
    pub step: i64,
    /// Steps that the server will apply when it starts on it.
    pub steps_missing: usize,
    /// Table and rows.
    pub rows: Vec<(String, i64)>,
    /// The file was held against a known checksum.
    pub checksum_known: bool,
    /// Extensions that could not be made.
    pub without: Vec<&'static str>,
}

/// Restores `file` into a new database called `name`. When `interrupted` returns, or anything goes
/// wrong, the half-made database is dropped.
///
/// # Errors
/// One sentence for the operator.
pub async fn restore(
    database: &Database,
    settings: &BackupSettings,
    file: &Path,
    name: &str,
    interrupted: impl Future<Output = ()>,
) -> Result<Restored, String> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains('\0') {
        return Err(format!("The name of a database has 1 to {MAX_NAME_BYTES} bytes."));
    }
    let access = Access::find(settings, database).await.map_err(|why| match why.fix {
        Some(fix) => format!("{} {fix}", why.reason),
        None => why.reason,
    })?;
    let checksum_known = check_file(database, file).await?;
    let list = list_of_ours(&access, file).await?;
    let admin = administrator(database, &access).await?;
    create(database, &access, &admin, name).await?;
    let role = match RestoreRole::choose(database, &admin, name).await {
        Ok(role) => role,
        Err(why) => return Err(given_up(why, drop_database(&admin, name).await, name)),
    };
    let work = async {
        let without = fill(&access, &admin, &role, file, name, &list).await?;
        // As the same role: from here on functions of the dump are called.
        let found = verify::verify(&role.options, name).await?;
        forget_settings(&admin, name).await?;
        Ok(Restored {
            database: name.to_owned(),
            step: found.step,
            steps_missing: found.steps_missing,
            rows: found.rows,
            checksum_known,
            without,
        })
    };
    let done = tokio::select! {
        done = work => done,
        () = interrupted => Err("The restore was interrupted.".to_owned()),
    };
    let done = match done {
        Ok(restored) => Ok(restored),
        Err(why) => Err(given_up(why, drop_database(&admin, name).await, name)),
    };
    let kept = done.is_ok().then_some(name);
    if let Err(why) = role.remove(&admin, kept).await {
        tracing::warn!(why, "the role of this restore could not be removed; it may do nothing");
    }
    done
}

/// Why there is no restored database.
fn given_up(why: String, removed: Result<(), String>, name: &str) -> String {
    match removed {
        Ok(()) => format!("{why} The database “{name}” was removed again."),
        Err(error) => format!(
            "{why} The half-made database “{name}” could not be removed ({error}): drop it \
                yourself."
        ),
    }
}

/// Settings of the whole database, which a dump of ours has none of and a strange one may have.
async fn forget_settings(admin: &PgConnectOptions, name: &str) -> Result<(), String> {
    let mut connection = connect(admin).await?;
    run(&mut connection, "SET ROLE train_owner".to_owned()).await?;
    run(&mut connection, format!("ALTER DATABASE {} RESET ALL", quote_identifier(name))).await?;
    connection.close().await.map_err(refused)
}

/// The checksum beside the file, or that of its row. True when there was one.
async fn check_file(database: &Database, file: &Path) -> Result<bool, String> {
    if !file.is_file() {
        return Err(format!("{} is not a file.", file.display()));
    }
    let known = match dump::noted_checksum(file) {
        Some(sum) => Some(sum),
        None => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            store::checksum(database.pool(), &name)
                .await
                .map_err(|error| format!("The database refused: {error}"))?
        }
    };
    let Some(known) = known else { return Ok(false) };
    let path = file.to_owned();
    let found = spawn_blocking(move || dump::checksum_of(&path))
        .await
        .map_err(|error| error.to_string())?;
    let found = found.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    if found != known {
        return Err(format!(
            "{} is damaged: its SHA-256 is {found}, and it was written with {known}.",
            file.display()
        ));
    }
    Ok(true)
}

/// The dump's table of contents without what is made beforehand.
async fn list_of_ours(access: &Access, file: &Path) -> Result<String, String> {
    let entries = contents::read(access, file).await?;
    if !entries.iter().any(|entry| entry.contains(" TABLE DATA public _sqlx_migrations ")) {
        return Err(format!("{} is not a backup of Train.", file.display()));
    }
    // `12; 1259 16400 TABLE public users train_owner`
    let what = |entry: &str| entry.splitn(4, ' ').nth(3).unwrap_or_default().to_owned();
    let ours = entries.into_iter().filter(|entry| {
        let what = what(entry);
        !NOT_OURS.iter().any(|begins| what.starts_with(begins))
    });
    Ok(ours.map(|entry| entry + "\n").collect())
}

/// Who may make databases for the owner of the tables: the role for backups, else the one that the
/// server signs in as.
async fn administrator(database: &Database, access: &Access) -> Result<PgConnectOptions, String> {
    let login = database.connect_options();
    for options in [&access.options, login] {
        let mut connection = connect(options).await?;
        let may = sqlx::query_scalar!(
            r#"SELECT rolsuper OR (rolcreatedb AND pg_has_role(oid, 'train_owner',
               'MEMBER')) AS "may!"
             FROM pg_roles WHERE rolname = session_user"#
        );
        let may = may.fetch_one(&mut connection).await.map_err(refused)?;
        connection.close().await.map_err(refused)?;
        if may {
            return Ok(options.clone());
        }
    }
    let login = quote_identifier(login.get_username());
    Err(format!(
        "The server's role may not make databases. Let an administrator run ALTER ROLE {login} \
            CREATEDB, and take that back afterwards."
    ))
}

async fn create(
    database: &Database,
    access: &Access,
    admin: &PgConnectOptions,
    name: &str,
) -> Result<(), String> {
    let mut connection = connect(admin).await?;
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::text) AS "exists!""#,
        name
    );
    if exists.fetch_one(&mut connection).await.map_err(refused)? {
        return Err(format!(
            "There is a database “{name}” already, and a backup is never restored over one. Choose \
                another name."
        ));
    }
    // Sorted and compared as the one that was dumped, where that is decided for each database.
    let like = sqlx::query_scalar!(
        r#"SELECT format('ENCODING %L', pg_encoding_to_char(encoding)) || CASE
           WHEN datlocprovider = 'c'
             THEN format(' LOCALE_PROVIDER libc LC_COLLATE %L LC_CTYPE %L', datcollate, datctype)
               ELSE '' END AS "like!"
           FROM pg_database WHERE datname = current_database()"#
    );
    let like = like.fetch_one(database.pool()).await.map_err(refused)?;
    let quoted = quote_identifier(name);
    // If somebody else is quicker, this fails, and their database is not touched.
    run(
        &mut connection,
        format!("CREATE DATABASE {quoted} OWNER train_owner TEMPLATE template0 {like}"),
    )
    .await?;
    if access.is_embedded() {
        let login = quote_identifier(database.connect_options().get_username());
        run(&mut connection, format!("REVOKE ALL ON DATABASE {quoted} FROM PUBLIC")).await?;
        run(&mut connection, format!("GRANT CONNECT ON DATABASE {quoted} TO {login}")).await?;
    }
    connection.close().await.map_err(refused)
}

/// What the dump holds, as the owner of the tables. Answers with the extensions that could not be
/// made.
async fn fill(
    access: &Access,
    admin: &PgConnectOptions,
    role: &RestoreRole,
    file: &Path,
    name: &str,
    list: &str,
) -> Result<Vec<&'static str>, String> {
    let mut connection = connect(&admin.clone().database(name)).await?;
    let without = provide_extensions(&mut connection).await;
    // Without the right to, there is no such schema either.
    let _ =
        run(&mut connection, "GRANT USAGE ON SCHEMA extensions TO train_owner".to_owned()).await;
    // Owned by anybody else it could not read what it tells; the set-up doctor says then that it is
    // missing.
    if is_superuser(&mut connection).await? {
        run(&mut connection, COLUMN_WIDTHS.to_owned()).await?;
    }
    connection.close().await.map_err(refused)?;

    let mut command = role.command(access, &access.programs.pg_restore());
    command.args([
        "--exit-on-error",
        "--no-password",
        "--no-owner",
        "--role=train_owner",
        "--use-list=/dev/stdin",
    ]);
    // Not the plain name: one with “=” in it would be read as an address.
    command.arg(format!("--dbname=dbname='{}'", name.replace('\\', "\\\\").replace('\'', "\\'")));
    let child = command
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| format!("pg_restore cannot be started: {error}"))?;
    let complaint = tokio::spawn(dump::complaint(child.stderr.take()));
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ended already says why below.
        let _ = stdin.write_all(list.as_bytes()).await;
    }
    let status = child.wait().await.map_err(|error| format!("pg_restore was lost: {error}"))?;
    if !status.success() {
        return Err(format!("pg_restore failed: {}", complaint.await.unwrap_or_default()));
    }
    Ok(without)
}

async fn drop_database(admin: &PgConnectOptions, name: &str) -> Result<(), String> {
    let mut connection = connect(admin).await?;
    // As the owner: whoever signs in need not be one, but may become it.
    run(&mut connection, "SET ROLE train_owner".to_owned()).await?;
    let quoted = quote_identifier(name);
    if run(&mut connection, format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")).await.is_err()
    {
        // A superuser may end the sessions of others, which the owner may not.
        run(&mut connection, "RESET ROLE".to_owned()).await?;
        run(&mut connection, format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")).await?;
    }
    connection.close().await.map_err(refused)
}

/// What became of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switched {
    /// What the database that was in use before is called now.
    pub before: String,
}

/// Makes a restored database the one of the embedded PostgreSQL, which is found by its name.
/// `superuser` leads to its database `postgres`; no server may be using the cluster. Both names
/// change together or not at all.
///
/// # Errors
/// One sentence for the operator.
pub async fn switch(superuser: &PgConnectOptions, name: &str) -> Result<Switched, String> {
    let mut connection = connect(superuser).await?;
    let known = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::text AND NOT datistemplate
             AND pg_get_userbyid(datdba) = 'train_owner') AS "known!""#,
        name
    );
    let there = known.fetch_one(&mut connection).await.map_err(refused)?;
    if !there || name == EMBEDDED_NAME {
        return Err(format!(
            "There is no restored database “{name}”. Make it with: train restore FILE --into {name}"
        ));
    }
    let before = format!("{EMBEDDED_NAME}_before_{}", chrono::Utc::now().format("%Y%m%dt%H%M%Sz"));
    let mut transaction = connection.begin().await.map_err(refused)?;
    for (from, to) in [(EMBEDDED_NAME, before.as_str()), (name, EMBEDDED_NAME)] {
        let rename =
            format!("ALTER DATABASE {} RENAME TO {}", quote_identifier(from), quote_identifier(to));
        run(&mut transaction, rename).await?;
    }
    transaction.commit().await.map_err(refused)?;
    connection.close().await.map_err(refused)?;
    Ok(Switched { before })
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, String> {
    let options = options.clone().application_name("train restore");
    let mut connection = PgConnection::connect_with(&options).await.map_err(refused)?;
    // Whatever the database was set to: an administrator calls the functions of PostgreSQL only.
    run(&mut connection, "SET search_path = pg_catalog".to_owned()).await?;
    Ok(connection)
}

async fn is_superuser(connection: &mut PgConnection) -> Result<bool, String> {
    let found = sqlx::query_scalar!(
        r#"SELECT rolsuper AS "is!" FROM pg_roles WHERE rolname = session_user"#
    );
    found.fetch_one(connection).await.map_err(refused)
}

/// A command that takes no parameters, such as one that names a database or a role.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), String> {
    connection.execute(AssertSqlSafe(sql).into_sql_str()).await.map(drop).map_err(refused)
}

fn refused(error: impl std::fmt::Display) -> String {
    format!("The database refused: {error}.")
}
