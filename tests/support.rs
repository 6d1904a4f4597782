//! What integration tests start by themselves: a throw-away PostgreSQL per test process, a migrated
//! database per test.
//!
//! ```text
//! let test = TestDatabase::new().await; // of a migrated template; parallel tests do not meet
//! let ann = test.account("Ann").await;  // made as service_role
//! test.database.pool()                  // as the server uses it
//! test.person(ann).await                // a connection as `authenticated` with Ann's claims
//! ```
//! Nothing is left behind, not even by a test process that is killed: see `support/watchdog.rs`.

#![allow(dead_code, reason = "each test binary uses its part of this")]

mod watchdog;

pub use watchdog::scratch_directory;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::OnceCell;
use train::server::postgres::{
    Cluster, Database, EmbeddedConfig, migrations, provision_monitoring, start_embedded,
};
use uuid::Uuid;

/// The cluster that all tests of this process share. Stopped by the watchdog: statics are not
/// dropped.
static CLUSTER: OnceCell<(Cluster, PgConnectOptions)> = OnceCell::const_new();
static NAMES: AtomicU32 = AtomicU32::new(0);
/// Databases of finished tests; the next test removes them, because dropping cannot wait for the
/// database.
static FINISHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

const TEMPLATE: &str = "train_template";

/// A database of one test's own.
pub struct TestDatabase {
    pub database: Database,
    /// In the shared cluster.
    name: Option<String>,
    /// Declared last, so that it stops after the connections are gone.
    _own: Option<Cluster>,
}

impl TestDatabase {
    /// With the whole schema and no rows.
    pub async fn new() -> Self {
        let name = create(TEMPLATE).await;
        let options = cluster().await.clone().database(&name);
        let database =
            Database::connect(options, 20).await.expect("the clone of the template can be used");
        Self { database, name: Some(name), _own: None }
    }

    /// In a PostgreSQL of its own, which the test may crash and hold up: what was committed
    /// outlives that, and commits can be made to wait.
    pub async fn apart() -> Self {
        let mut settings = undurable();
        // The other shortcuts do no harm while the machine stays up.
        let durable = [("synchronous_commit", "on"), ("max_wal_senders", "1")];
        settings.extend(durable.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = EmbeddedConfig { data_dir: scratch_directory("apart"), settings };
        let reached = start_embedded(config).await.unwrap_or_else(|error| panic!("{error}"));
        migrations::up(&reached.options).await.expect("the schema can be applied");
        let database = Database::connect(reached.options, 20).await.expect("it can be used");
        Self { database, name: None, _own: reached.cluster }
    }

    /// Another server on the same database.
    pub async fn second_server(&self) -> Database {
        Database::connect(self.options(), 5).await.expect("a second server can connect")
    }

    /// As the role that signs in, before it becomes another.
    pub fn options(&self) -> PgConnectOptions {
        self.database.connect_options().clone()
    }

    /// A connection as the role that signs in.
    pub async fn login(&self) -> PgConnection {
        PgConnection::connect_with(&self.options()).await.expect("the login role can connect")
    }

    /// A connection that sees and ends those of others.
    pub async fn superuser(&self) -> PgConnection {
        let options = self.options().username("postgres");
        PgConnection::connect_with(&options).await.expect("the cluster answers")
    }

    /// A connection that became a role: `train_owner`, `authenticated`, `service_role`.
    pub async fn role(&self, role: &str) -> PgConnection {
        let mut connection = self.login().await;
        run(&mut connection, &format!("SET ROLE {role}")).await;
        connection
    }

    /// A connection as `authenticated` with a person's claims, for the whole session.
    pub async fn person(&self, id: Uuid) -> PgConnection {
        let mut connection = self.role("authenticated").await;
        let claims = format!(
            "SET \"request.jwt.claims\" = '{{\"sub\":\"{id}\",\"role\":\"authenticated\"}}'"
        );
        run(&mut connection, &claims).await;
        connection
    }

    /// A member's account; the address is the name at example.com.
    pub async fn account(&self, name: &str) -> Uuid {
        self.account_with(name, "member").await
    }

    /// An administrator's account.
    pub async fn administrator(&self, name: &str) -> Uuid {
        self.account_with(name, "admin").await
    }

    async fn account_with(&self, name: &str, role: &str) -> Uuid {
        let sql = "INSERT INTO auth.users (email, password_hash, display_name, role)
            VALUES (lower($1) || '@example.com', '$argon2id$test', $1, $2) RETURNING id";
        let made =
            sqlx::query_scalar(sql).bind(name).bind(role).fetch_one(self.database.pool()).await;
        made.expect("an account can be made")
    }

    /// An organization with its people and their roles there.
    pub async fn organization(&self, name: &str, people: &[(Uuid, &str)]) -> Uuid {
        let made = sqlx::query_scalar("INSERT INTO organizations (name) VALUES ($1) RETURNING id")
            .bind(name);
        let id: Uuid =
            made.fetch_one(self.database.pool()).await.expect("an organization can be made");
        for (person, role) in people {
            sqlx::query(
                "INSERT INTO organization_members (organization_id, user_id, role)
                    VALUES ($1, $2, $3)",
            )
            .bind(id)
            .bind(person)
            .bind(role)
            .execute(self.database.pool())
            .await
            .expect("a person can join");
        }
        id
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            finished(name);
        }
    }
}

/// A database with its roles but without schema, for tests of the steps themselves.
pub struct EmptyDatabase {
    pub options: PgConnectOptions,
    name: String,
}

impl EmptyDatabase {
    pub async fn new() -> Self {
        let name = create("template1").await;
        Self { options: cluster().await.clone().database(&name), name }
    }
}

impl Drop for EmptyDatabase {
    fn drop(&mut self) {
        finished(self.name.clone());
    }
}

/// One statement without parameters that must succeed.
pub async fn run(connection: &mut PgConnection, sql: &str) {
    if let Err(error) = connection.execute(AssertSqlSafe(sql.to_owned())).await {
        panic!("{sql}: {error}");
    }
}

/// The text of the first column of each row.
pub async fn texts(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error}")).iter().map(|row| row.get(0)).collect()
}

fn finished(name: String) {
    FINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(name);
}

/// Makes a database of a fresh name as a copy of `template`.
async fn create(template: &str) -> String {
    let mut superuser = superuser().await;
    let old = std::mem::take(&mut *FINISHED.lock().unwrap_or_else(PoisonError::into_inner));
    for name in old {
        run(&mut superuser, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
    let name = format!("test_{}", NAMES.fetch_add(1, Ordering::Relaxed));
    run(&mut superuser, &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER train_owner"))
        .await;
    name
}

async fn superuser() -> PgConnection {
    let options = cluster().await.clone().username("postgres").database("postgres");
    PgConnection::connect_with(&options).await.expect("the cluster answers")
}

/// How to reach the shared cluster, which the first one to ask starts.
async fn cluster() -> &'static PgConnectOptions {
    let (_, options) = CLUSTER
        .get_or_init(|| async {
            let config =
                EmbeddedConfig { data_dir: scratch_directory("shared"), settings: undurable() };
            let reached = start_embedded(config).await.unwrap_or_else(|error| panic!("{error}"));
            let options = reached.options.clone().username("postgres").database("postgres");
            let mut superuser =
                PgConnection::connect_with(&options).await.expect("the cluster answers");
            run(&mut superuser, &format!("CREATE DATABASE {TEMPLATE} OWNER train_owner")).await;
            let template = options.database(TEMPLATE);
            let mut superuser =
                PgConnection::connect_with(&template).await.expect("the template answers");
            provision_monitoring(&mut superuser)
                .await
                .expect("the health of the database can be read");
            superuser.close().await.expect("nobody stays in the template");
            migrations::up(&reached.options.clone().database(TEMPLATE))
                .await
                .expect("the schema can be applied");
            (reached.cluster.expect("it is embedded"), reached.options)
        })
        .await;
    options
}

/// Approved conversations of somebody's whose texts can hardly be packed, so that files of them
/// have pieces: "Talk 1" is the newest.
pub async fn fill_with_words(database: &Database, person: Uuid, organization: Uuid, count: i32) {
    sqlx::query(
        "INSERT INTO conversations (title, tier, status, quality_score, gate_failures,
           turn_count, training_tokens, turns, created_by, organization_id, created_at)
         SELECT 'Talk ' || number, 'template', 'approved', 7.5, '[]', 2, 600,
           (SELECT jsonb_agg(jsonb_build_object(
               'role', CASE turn WHEN 1 THEN 'user' ELSE 'assistant' END,
               'content', (SELECT string_agg(md5(format('%s %s %s', number, turn, word)), ' ')
                 FROM generate_series(1, 30) AS word))
               ORDER BY turn)
             FROM generate_series(1, 2) AS turn),
           $2, $3, now() - make_interval(mins => number)
         FROM generate_series(1, $1) AS number",
    )
    .bind(count)
    .bind(person)
    .bind(organization)
    .execute(database.pool())
    .await
    .expect("they are stored");
}

/// For a cluster whose data nobody will miss.
pub fn undurable() -> Vec<(String, String)> {
    let settings = [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        // Replication slots need it.
        ("wal_level", "replica"),
        ("max_wal_senders", "0"),
        ("max_replication_slots", "10"),
        ("max_prepared_transactions", "10"),
        // A worker in the template would keep it from being copied.
        ("autovacuum", "off"),
        ("max_connections", "400"),
    ];
    settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
