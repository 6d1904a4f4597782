//! The PostgreSQL that the server runs for itself: one per data directory, and back after whatever
//! happened to it.

use crate::support::{run, scratch_directory, texts, undurable};
use nix::{
    sys::signal::{self, Signal},
    unistd::{Pid, Uid},
};
use sqlx::{Connection, PgConnection};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use train::server::postgres::{Cluster, Database, DatabaseConfig, EmbeddedConfig, EmbeddedError};

fn config(data_dir: &Path) -> EmbeddedConfig {
    EmbeddedConfig { data_dir: data_dir.to_owned(), settings: undurable() }
}

fn server(data_dir: &Path) -> DatabaseConfig {
    DatabaseConfig { url: None, data_dir: data_dir.to_owned(), connections: 4 }
}

fn kill(process: u32) {
    signal::kill(Pid::from_raw(process as i32), Signal::SIGKILL).unwrap();
}

/// Asks until it is answered.
async fn answers(database: &Database) {
    let begun = Instant::now();
    while sqlx::query("SELECT 1").execute(database.pool()).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the database does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The whole life of an installation: made, found again, refused to a second server, shared with a
/// command.
#[tokio::test]
async fn a_server_has_its_own_database_and_keeps_it() {
    let data_dir = scratch_directory("life");
    let database = Database::open(&server(&data_dir)).await.unwrap();
    let make = "INSERT INTO auth.users (email, password_hash, display_name)
        VALUES ('a@example.com', '$argon2id$x', 'Ann')";
    sqlx::query(make).execute(database.pool()).await.unwrap();
    let cluster = database.cluster().unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(cluster.socket_directory()), 0o700, "whoever reaches the socket may sign in");
    assert_eq!(mode(&data_dir.join("postgres")), 0o700);

    let mut login = PgConnection::connect_with(database.connect_options()).await.unwrap();
    let settings = "SELECT current_setting('listen_addresses') || '|' ||
        current_setting('data_checksums') || '|'
        || current_setting('server_encoding') || '|' || session_user || '|' || lower('ÄÖ')";
    assert_eq!(texts(&mut login, settings).await, ["|on|UTF8|train|äö"]);
    let statistics = "SELECT extname::text FROM pg_extension WHERE extname = 'pg_stat_statements'
        UNION ALL SELECT 'not installed'
        WHERE NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements')";
    assert_eq!(
        texts(&mut login, statistics).await.len(),
        1,
        "statements are counted where that is possible"
    );

    let error = Database::open(&server(&data_dir)).await.unwrap_err().to_string();
    let expected = format!(
        "Another Train server (process {}) is using {}",
        std::process::id(),
        data_dir.display()
    );
    assert!(error.starts_with(&expected), "{error}");

    let beside = Database::attach(&server(&data_dir)).await.unwrap();
    assert!(beside.cluster().is_none(), "a command uses the server's");
    beside.close().await;

    let process = cluster.process().unwrap();
    drop(login);
    database.close().await;
    assert!(
        !Path::new(&format!("/proc/{process}")).exists() || cfg!(not(target_os = "linux")),
        "it is gone after close()"
    );
    let again = Database::attach(&server(&data_dir)).await.unwrap();
    assert!(again.cluster().is_some(), "without a server the command runs it");
    let names =
        texts(&mut again.pool().acquire().await.unwrap(), "SELECT display_name FROM auth.users")
            .await;
    assert_eq!(names, ["Ann"]);
    again.close().await;
}

/// Everything that was acknowledged is there when PostgreSQL is killed under a living server, which
/// recovers by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postgresql_is_started_again() {
    let data_dir = scratch_directory("killed");
    // With its usual, durable settings.
    let database = Database::open(&server(&data_dir)).await.unwrap();
    for round in 1..=2 {
        let email = format!("{round}@example.com");
        let make = "INSERT INTO auth.users (email, password_hash, display_name)
            VALUES ($1, '$argon2id$x', 'Ann')";
        sqlx::query(make).bind(email).execute(database.pool()).await.unwrap();
        let process = database.cluster().unwrap().process().unwrap();
        kill(process);
        let begun = Instant::now();
        // Connections live on for a moment without the process that made them.
        while database.cluster().unwrap().process().is_none_or(|now| now == process) {
            assert!(begun.elapsed() < Duration::from_secs(10), "it is not started again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        answers(&database).await;
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM auth.users")
            .fetch_one(database.pool())
            .await
            .unwrap();
        assert_eq!(count, round);
    }
    database.close().await;
}

/// A server that was killed leaves PostgreSQL running; the next one ends it and starts its own.
#[test]
fn a_killed_server_leaves_nothing_in_the_way() {
    let data_dir = scratch_directory("orphan");
    let mut server = Command::new(env!("CARGO_BIN_EXE_train"))
        .arg("serve")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TRAIN_DATA_DIR", &data_dir)
        .env("TRAIN_ADDR", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    BufReader::new(server.stdout.take().unwrap())
        .lines()
        .next()
        .expect("it says where it is")
        .unwrap();
    let file = data_dir.join("postgres/postmaster.pid");
    let orphan = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(
        signal::kill(Pid::from_raw(orphan.parse().unwrap()), None).is_ok(),
        "PostgreSQL outlives a killed server"
    );
    let cluster = Cluster::start(&config(&data_dir)).unwrap();
    assert_ne!(cluster.process().unwrap().to_string(), orphan);
    cluster.stop();

    // After a reboot or in a new container the number in the file may be anybody's, even ours.
    let stranger = format!(
        "{}\n{}\n1\n5432\n/nowhere\n\n  1 1\nready\n",
        std::process::id(),
        data_dir.join("postgres").display()
    );
    fs::write(&file, &stranger).unwrap();
    Cluster::start(&config(&data_dir)).unwrap().stop();

    // And both killed, while the making of the database was in flight: half of one is no reason not
    // to start.
    let cluster = Cluster::start(&config(&data_dir)).unwrap();
    fs::create_dir_all(data_dir.join("postgres.new/base")).unwrap();
    cluster.stop();
    fs::rename(data_dir.join("postgres"), data_dir.join("kept")).unwrap();
    Cluster::start(&config(&data_dir)).unwrap().stop();
    assert!(!data_dir.join("postgres.new").exists());
}

#[test]
fn a_long_path_gets_a_short_socket() {
    let data_dir = scratch_directory("long").join("x".repeat(90));
    let cluster = Cluster::start(&config(&data_dir)).unwrap();
    let socket: PathBuf = cluster.socket_directory().to_owned();
    assert!(
        !socket.starts_with(&data_dir) && socket.as_os_str().len() < 90,
        "{}",
        socket.display()
    );
    cluster.stop();
    drop(cluster);
    // Somebody else's directory of that name is not trusted.
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o755)).unwrap();
    let error = Cluster::start(&config(&data_dir)).unwrap_err();
    assert!(matches!(error, EmbeddedError::SocketDirectory { .. }), "{error}");
    fs::remove_dir_all(&socket).unwrap();
}

#[test]
fn a_cluster_of_another_version_is_not_touched() {
    let data_dir = scratch_directory("version");
    fs::create_dir_all(data_dir.join("postgres")).unwrap();
    fs::write(data_dir.join("postgres/PG_VERSION"), "99\n").unwrap();
    let error = Cluster::start(&config(&data_dir)).unwrap_err().to_string();
    assert!(
        error.starts_with("The database was made by PostgreSQL 99, which was not found (only "),
        "{error}"
    );
}

#[test]
fn what_postgresql_complains_of_is_told() {
    let data_dir = scratch_directory("complaint");
    let wrong = vec![("shared_buffers".to_owned(), "plenty".to_owned())];
    let error =
        Cluster::start(&EmbeddedConfig { data_dir, settings: wrong }).unwrap_err().to_string();
    assert!(error.contains("shared_buffers") && error.contains("postgres.log"), "{error}");
}

#[test]
fn root_is_told_which_directory_is_in_the_way() {
    if !Uid::effective().is_root() {
        return; // Only root becomes somebody else.
    }
    let closed = scratch_directory("closed");
    fs::DirBuilder::new().mode(0o700).create(&closed).unwrap();
    let error = Cluster::start(&config(&closed.join("data"))).unwrap_err().to_string();
    let expected = format!(
        "cannot enter {}, and the database lies in {}",
        closed.display(),
        closed.join("data").display()
    );
    assert!(error.contains("refuses to run as root") && error.contains(&expected), "{error}");
}

#[tokio::test]
async fn the_log_of_an_external_database_names_what_is_wrong() {
    let mut config = server(&scratch_directory("external"));
    config.url = Some("postgres://[localhost/x".into());
    assert!(
        Database::open(&config).await.unwrap_err().to_string().contains("cannot be understood")
    );
    let reached =
        train::server::postgres::start_embedded(self::config(&scratch_directory("external")))
            .await
            .unwrap();
    let socket = reached.cluster.as_ref().unwrap().socket_directory().display().to_string();
    let superuser = reached.options.clone().username("postgres").database("postgres");
    let mut superuser = PgConnection::connect_with(&superuser).await.unwrap();
    for sql in [
        "DROP DATABASE train",
        "DROP OWNED BY train_owner, authenticated, service_role",
        "DROP ROLE train_owner, authenticated, service_role",
        "CREATE ROLE app LOGIN",
        "CREATE DATABASE app OWNER app",
    ] {
        run(&mut superuser, sql).await;
    }
    config.url = Some(format!("postgres://app@localhost/app?host={socket}"));
    let error = Database::open(&config).await.unwrap_err().to_string();
    assert!(
        error.contains("lacks Train's roles") && error.contains("GRANT train_owner"),
        "{error}"
    );
    // What the sentence says is what helps.
    let remedy = error.split_once("in this database: ").unwrap().1.to_owned();
    let administrator = reached.options.clone().username("postgres").database("app");
    run(&mut PgConnection::connect_with(&administrator).await.unwrap(), &remedy).await;
    Database::open(&config).await.unwrap().close().await;

    // A role that may make roles needs no help. Those of others it may not give to itself from
    // PostgreSQL 16 on, so there are none.
    for sql in [
        "DROP DATABASE app WITH (FORCE)",
        "DROP ROLE train_owner, authenticated, service_role",
        "CREATE ROLE maker LOGIN CREATEROLE",
        "CREATE DATABASE made OWNER maker",
    ] {
        run(&mut superuser, sql).await;
    }
    config.url = Some(format!("postgres://maker@localhost/made?host={socket}"));
    Database::open(&config).await.unwrap().close().await;
}
