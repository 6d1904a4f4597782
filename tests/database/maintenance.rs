//! Maintenance against a real PostgreSQL: what is refused, what runs, what came of it, and what a
//! crash leaves.

mod crashes;
mod outcomes;
mod refusals;
mod schedules;

use crate::support::{TestDatabase, run};
use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use train::{
    domain::database::{
        ObjectName, Operation, OperationKind, OperationOptions, OperationRequest, Outcome,
    },
    server::{
        database::maintenance::{MaintenanceService, MaintenanceSettings},
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
            shutdown::Shutdown,
        },
        postgres::Database,
    },
};
use uuid::Uuid;

/// Longer than anything here takes; it only keeps a failure from hanging.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    test: TestDatabase,
    service: MaintenanceService,
    admin: RequestContext,
}

fn hurried() -> MaintenanceSettings {
    MaintenanceSettings {
        poll: Duration::from_millis(20),
        heartbeat: Duration::from_millis(20),
        lock_timeout: Duration::from_millis(50),
        lock_tries: 2,
        back_off: Duration::from_millis(20),
        ..MaintenanceSettings::default()
    }
}

/// A server that is gone as soon as it is quiet for a moment.
fn forgotten() -> MaintenanceSettings {
    MaintenanceSettings { lease: Duration::from_secs(1), ..hurried() }
}

fn night() -> DateTime<Utc> {
    "2026-11-25T03:00:00Z".parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

impl World {
    async fn new() -> Self {
        Self::with(hurried()).await
    }

    async fn with(settings: MaintenanceSettings) -> Self {
        let test = TestDatabase::new().await;
        let service = MaintenanceService::with_settings(test.database.clone(), settings);
        let admin = context(test.administrator("Ada").await, Role::Admin);
        Self { test, service, admin }
    }

    /// A server that works until the test ends, or until it is aborted as by a crash.
    fn serve(&self) -> JoinHandle<()> {
        let service = self.service.clone();
        tokio::spawn(async move { service.run(Shutdown::default()).await })
    }

    async fn another_server(
        &self,
        settings: MaintenanceSettings,
    ) -> (MaintenanceService, Database) {
        let database = self.test.second_server().await;
        (MaintenanceService::with_settings(database.clone(), settings), database)
    }

    async fn owner(&self) -> PgConnection {
        self.test.role("train_owner").await
    }

    /// 1000 rows, half of them deleted, the counters told.
    async fn littered(&self, name: &str) -> ObjectName {
        let name = ObjectName::new("public", name);
        let (mut owner, table) = (self.owner().await, name.quoted());
        run(&mut owner, &format!("CREATE TABLE {table} (id int PRIMARY KEY, note text)")).await;
        run(
            &mut owner,
            &format!(
                "INSERT INTO {table} SELECT n, repeat('x', 400) FROM generate_series(1, 1000) n"
            ),
        )
        .await;
        run(&mut owner, &format!("DELETE FROM {table} WHERE id > 500")).await;
        told(&mut owner).await;
        name
    }

    async fn begin(&self, asked: &OperationRequest) -> Result<Operation, ServiceError> {
        self.service.begin_at(&self.admin, asked, night()).await
    }

    async fn find(&self, id: Uuid) -> Operation {
        self.service.find(&self.admin, id).await.unwrap()
    }

    async fn ended(&self, id: Uuid) -> Operation {
        self.until(id, |operation| operation.status.is_over()).await
    }

    /// Waits for the operation to be so.
    async fn until(&self, id: Uuid, is: impl Fn(&Operation) -> bool) -> Operation {
        let looking = async {
            loop {
                let operation = self.find(id).await;
                if is(&operation) {
                    return operation;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        match timeout(PATIENCE, looking).await {
            Ok(operation) => operation,
            Err(_) => panic!("it stays {:#?}", self.find(id).await),
        }
    }

    async fn done(&self, asked: &OperationRequest) -> Operation {
        let id = self.begin(asked).await.unwrap().id;
        self.ended(id).await
    }

    /// Done again until nobody in the cluster may still see the rows: other tests write at the same
    /// time.
    async fn cleared(&self, asked: &OperationRequest) -> Operation {
        let first = self.done(asked).await;
        self.cleared_after(first, asked).await
    }

    /// [`World::cleared`], for an operation that was begun and ended before.
    async fn cleared_after(&self, first: Operation, asked: &OperationRequest) -> Operation {
        let mut done = first;
        while matches!(done.outcome, Some(Outcome::RemovedNothing | Outcome::RemovedPart)) {
            done = self.done(asked).await;
        }
        done
    }

    /// The statements of this database crawl, so that one can be met while it runs.
    async fn crawl(&self, delay: &str) {
        let mut owner = self.owner().await;
        for setting in [
            &format!("vacuum_cost_delay = '{delay}'"),
            "vacuum_cost_limit = 1",
            "vacuum_cost_page_miss = 10",
        ] {
            let sql = format!(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {}',
                    current_database()); END $$",
                setting.replace('\'', "''")
            );
            run(&mut owner, &sql).await;
        }
    }
}

/// Makes this session's counts visible to the others.
async fn told(connection: &mut PgConnection) {
    run(connection, "SELECT pg_stat_force_next_flush()").await;
    run(connection, "SELECT 1").await;
}

fn context(user_id: Uuid, role: Role) -> RequestContext {
    let actor = Some(Actor { user_id, role, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn on_table(operation: OperationKind, table: &ObjectName) -> OperationRequest {
    OperationRequest {
        operation,
        table: Some(table.clone()),
        index: None,
        whole_database: false,
        options: OperationOptions::default(),
        confirm: None,
    }
}

fn on_index(operation: OperationKind, index: &ObjectName) -> OperationRequest {
    OperationRequest { table: None, index: Some(index.clone()), ..on_table(operation, index) }
}

/// A transaction that may still see everything that is there now.
async fn old_snapshot(world: &World) -> (PgConnection, i32) {
    let mut reader = world.owner().await;
    let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut reader).await.unwrap();
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    reader.execute("SELECT count(*) FROM pg_class").await.unwrap();
    (reader, pid)
}

async fn scalar<T>(connection: &mut PgConnection, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

fn refused(answer: Result<Operation, ServiceError>) -> (u16, String) {
    let error = answer.expect_err("it must be refused").into_api("test");
    (error.status, error.code.to_string())
}

async fn close(connection: PgConnection) {
    connection.close().await.unwrap();
}
