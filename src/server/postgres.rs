//! The way to PostgreSQL: opening it, its roles, its migrations, and transactions as one person.

mod checkout;
mod dedicated;
mod embedded;
mod error;
mod events;
pub mod migrations;
mod person;
mod pool;
mod roles;
mod servers;
pub mod time_zones;

pub use checkout::{apart, in_parts, same_work};
pub use dedicated::Dedicated;
pub use embedded::{ClientPrograms, Cluster, EmbeddedConfig, EmbeddedError, PORT as EMBEDDED_PORT};
pub use error::OpenError;
use events::LEASE;
pub use events::{Event, Events};
pub use person::{ChangeDescription, describe_change, go_on_as_system};
pub use pool::{Connection, Pool, Transaction};
pub use roles::{
    COLUMN_WIDTHS, EMBEDDED as EMBEDDED_NAME, provide_extensions, provision_monitoring,
};

use sqlx::{
    Connection as _, Executor, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

/// How long a request waits for a free connection before it is answered 503.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(3);
/// A connection unused for longer is tried before it is handed out: the database may have been
/// restarted meanwhile.
const UNTRIED: Duration = Duration::from_secs(1);
/// How long a start waits for an external database that is starting too.
const WAIT_FOR_DATABASE: Duration = Duration::from_secs(30);
/// How long a stop waits for connections in use.
const WAIT_FOR_CLOSE: Duration = Duration::from_secs(5);

/// What each pooled connection is set to. Whoever signed in, it works as `service_role`.
const SESSION: &str = "SET ROLE service_role; SET search_path = public; SET TIME ZONE 'UTC'; SET \
    jit = off; \
    SET statement_timeout = '30s'; SET lock_timeout = '10s'; SET \
    idle_in_transaction_session_timeout = '60s'";

/// For reading what the database does and for maintaining it: as the owner of the tables, apart
/// from the requests, so that neither waits for the other. What is read here must answer in time
/// even when somebody holds a lock.
const OPERATIONS_SESSION: &str = "SET ROLE train_owner; SET search_path = pg_catalog; SET TIME \
    ZONE 'UTC'; SET jit = off; \
    SET statement_timeout = '15s'; SET lock_timeout = '1s'; SET \
    idle_in_transaction_session_timeout = '60s'";
/// Connections for that, at most. They are opened when they are needed.
const OPERATIONS_CONNECTIONS: u32 = 6;

/// Which database, and how much of it.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `DATABASE_URL`. Without it the server runs its own PostgreSQL.
    pub url: Option<String>,
    /// `TRAIN_DATA_DIR`, where its own PostgreSQL lives.
    pub data_dir: PathBuf,
    /// Most connections at once for requests and jobs; one more listens, and two pass the gates.
    pub connections: u32,
}

impl fmt::Debug for DatabaseConfig {
    /// Without the address: it holds a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.as_ref().map(|_| "hidden");
        let Self { data_dir, connections, .. } = self;
        write!(
            formatter,
            "DatabaseConfig {{ url: {url:?}, data_dir: {data_dir:?}, connections: {connections} }}"
        )
    }
}

/// The application's connections. Each starts as `service_role`, whatever role signed in.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    operations: Pool,
    events: Events,
    options: PgConnectOptions,
    /// Declared last, so that it stops after the connections are gone.
    cluster: Option<Arc<Cluster>>,
}

/// A database that answers and has its roles, but perhaps not yet its schema: what `train migrate`
/// works on.
#[derive(Debug)]
pub struct Reached {
    pub options: PgConnectOptions,
    /// Keeps an embedded PostgreSQL running; `None` for one that somebody else runs.
    pub cluster: Option<Cluster>,
}

impl Database {
    /// For the server: makes and starts its own PostgreSQL when `config` names no other, brings the
    /// schema up to date, connects. The embedded one stops with [`Database::close`], or at the
    /// latest when the last clone is dropped.
    ///
    /// # Errors
    /// One sentence for the operator, with what to do.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        Self::opened(reach(config, false).await?, config.connections).await
    }

    /// For a command beside the server: the same, but when a server is running on the data
    /// directory it uses that one's PostgreSQL.
    pub async fn attach(config: &DatabaseConfig) -> Result<Self, OpenError> {
        Self::opened(reach(config, true).await?, config.connections).await
    }

    async fn opened(reached: Reached, connections: u32) -> Result<Self, OpenError> {
        let Reached { options, cluster } = reached;
        for step in migrations::up(&options).await? {
            tracing::info!(
                version = step.version,
                name = step.name,
                "applied a step of the schema"
            );
        }
        let mut database = Self::connect(options, connections).await?;
        database.cluster = cluster.map(Arc::new);
        Ok(database)
    }

    /// Connects to a database that has its roles and schema already.
    pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<Self, OpenError> {
        let options = options.application_name("train");
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(WAIT_FOR_CONNECTION)
            .idle_timeout(Duration::from_secs(600))
            .max_lifetime(Duration::from_secs(3600))
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > UNTRIED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SESSION).await.map(drop) })
            })
            .connect_with(options.clone())
            .await?;
        let operations = PgPoolOptions::new()
            .max_connections(OPERATIONS_CONNECTIONS)
            .min_connections(0)
            .acquire_timeout(WAIT_FOR_CONNECTION)
            .idle_timeout(Duration::from_secs(120))
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(OPERATIONS_SESSION).await.map(drop) })
            })
            .connect_lazy_with(options.clone().application_name("train operations"));
        let (pool, operations) = (Pool::new(pool), Pool::new(operations));
        let events = Events::start(&options, pool.clone());
        Ok(Self { pool, operations, events, options, cluster: None })
    }

    /// Runs as `service_role`: sign-in, jobs, everything that is not one person's request.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// A transaction of the [`pool`](Self::pool).
    ///
    /// # Errors
    /// As [`Pool::acquire`].
    #[track_caller]
    pub fn begin(&self) -> impl Future<Output = Result<Transaction, sqlx::Error>> + Send + use<> {
        self.pool.begin()
    }

    /// A connection beside the [`pool`](Self::pool) that works as those in it. It is not opened
    /// yet.
    pub fn dedicated(&self) -> Dedicated {
        Dedicated::new(self.options.clone())
    }

    /// Whether the database takes changes at this moment: false when it is read-only.
    ///
    /// # Errors
    /// Why it does not; with the code 53100 when its disk is full.
    pub async fn can_write(&self) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let can = sqlx::query_scalar!(r#"SELECT can_write() AS "can!""#)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.rollback().await?;
        Ok(can)
    }

    /// Runs as `train_owner`, on a few connections of its own: the health of the database and its
    /// maintenance.
    pub fn operations(&self) -> &Pool {
        &self.operations
    }

    /// What changes, here and in the other servers of this database.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// How to reach the same database for work outside the pool, as the role that signs in.
    pub fn connect_options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// The embedded PostgreSQL, when this server runs it.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_deref()
    }

    /// Ends the connections, those in use after a few seconds, and stops the embedded PostgreSQL.
    pub async fn close(&self) {
        self.events.leave().await;
        let pools = async { tokio::join!(self.pool.close(), self.operations.close()) };
        if timeout(WAIT_FOR_CLOSE, pools).await.is_err() {
            tracing::warn!("some database connections were still in use at the end");
        }
        if let Some(cluster) = self.cluster.clone()
            && spawn_blocking(move || cluster.stop()).await.is_err()
        {
            tracing::error!("stopping PostgreSQL panicked");
        }
    }
}

/// Starts or finds the database that `config` means and sets up its roles. With `beside` a running
/// server's embedded PostgreSQL is used instead of refused.
pub async fn reach(config: &DatabaseConfig, beside: bool) -> Result<Reached, OpenError> {
    if let Some(url) = &config.url {
        let options: PgConnectOptions = url.parse().map_err(OpenError::Address)?;
        let mut connection = connect_patiently(&options).await?;
        roles::ensure_external(&mut connection).await?;
        connection.close().await?;
        return Ok(Reached { options, cluster: None });
    }
    if beside && let Some(socket) = Cluster::running_in(&config.data_dir) {
        return Ok(Reached {
            options: embedded_options(&socket).username(roles::EMBEDDED),
            cluster: None,
        });
    }
    let embedded = EmbeddedConfig { data_dir: config.data_dir.clone(), settings: Vec::new() };
    start_embedded(embedded).await
}

/// Starts an embedded PostgreSQL and sets up its roles and its database.
pub async fn start_embedded(config: EmbeddedConfig) -> Result<Reached, OpenError> {
    let started = spawn_blocking(move || Cluster::start(&config)).await;
    let cluster = started.map_err(|error| OpenError::Panicked(error.to_string()))??;
    let options = embedded_options(cluster.socket_directory());
    roles::provision_embedded(options.clone().username("postgres")).await?;
    Ok(Reached { options: options.username(roles::EMBEDDED), cluster: Some(cluster) })
}

fn embedded_options(socket_directory: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_directory)
        .port(EMBEDDED_PORT)
        .ssl_mode(PgSslMode::Disable)
        .database(roles::EMBEDDED)
}

/// An external database may be starting together with us; a wrong password or name is told at once.
async fn connect_patiently(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let started = Instant::now();
    loop {
        match PgConnection::connect_with(options).await {
            Ok(connection) => return Ok(connection),
            Err(error) if is_starting(&error) && started.elapsed() < WAIT_FOR_DATABASE => {
                tracing::info!(%error, "waiting for the database");
                sleep(Duration::from_secs(1)).await;
            }
            Err(error) => return Err(OpenError::Unreachable(error)),
        }
    }
}

fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P03"),
        _ => false,
    }
}
