//! Makes a server stand still in the middle of what it asks the database for.

use super::{
    process::Process,
    world::{World, until},
};
use crate::support::run;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::cell::Cell;
use tokio::sync::Mutex;

/// The statements of a generation, by something in them.
pub const TAKING_A_KEY: &str = "INSERT INTO idempotency_keys";
pub const ADMISSION: &str = "admit_generations(";
pub const END: &str = "end_generations(";
pub const NOTIFICATION: &str = "WITH recipient AS";

/// Whoever writes to a table waits there until this is opened or dropped.
pub struct Barrier<'a> {
    world: &'a World,
    holder: PgConnection,
}

/// What becomes of a statement whose server is gone.
#[derive(Clone, Copy, PartialEq)]
pub enum Orphan {
    /// PostgreSQL does not notice before it is done.
    GoesOn,
    /// It is taken back.
    Ends,
}

impl<'a> Barrier<'a> {
    pub async fn before(world: &'a World, table: &'static str) -> Self {
        let mut holder = world.app.database.superuser().await;
        run(&mut holder, "BEGIN").await;
        run(&mut holder, &format!("LOCK TABLE public.{table} IN EXCLUSIVE MODE")).await;
        Self { world, holder }
    }

    /// Waits until a statement with `what` in it stands there, as jobs of the servers may, too;
    /// answers which process of PostgreSQL it is.
    pub async fn reached(&self, what: &str) -> i32 {
        waiting(self.world, what, "relation", None).await.backend
    }

    pub async fn open(mut self) {
        run(&mut self.holder, "ROLLBACK").await;
    }

    /// Ends the connection of one that stands there, as an operator or a restart would.
    pub async fn end(&mut self, backend: i32) {
        run(&mut self.holder, &format!("SELECT pg_terminate_backend({backend})")).await;
        gone(self.world, backend).await;
    }

    /// Kills the server when its statement stands there, and returns when that has ended.
    pub async fn kill(mut self, what: &str, server: Process, orphan: Orphan) {
        let (world, backend) = (self.world, self.reached(what).await);
        server.kill();
        if orphan == Orphan::Ends {
            self.end(backend).await;
        }
        self.open().await;
        gone(world, backend).await;
    }
}

/// A statement that a process of PostgreSQL is busy with.
#[derive(Clone, Copy)]
pub struct Busy {
    pub backend: i32,
    began: DateTime<Utc>,
}

/// Waits until a process of PostgreSQL waits for this event in a statement with `what` in it, which
/// began after that other one.
pub async fn waiting(world: &World, what: &str, event: &str, after: Option<Busy>) -> Busy {
    let superuser = Mutex::new(world.app.database.superuser().await);
    let found = Cell::new(None);
    let sql = "SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event = $1 AND query LIKE '%' || $2 || '%'
        AND query_start > coalesce($3, '-infinity'::timestamptz) LIMIT 1";
    let after = after.map(|statement| statement.began);
    until(what, || async {
        let asked = sqlx::query_as::<_, (i32, DateTime<Utc>)>(sql).bind(event).bind(what);
        let row = asked.bind(after).fetch_optional(&mut *superuser.lock().await).await.unwrap();
        found.set(row.map(|(backend, began)| Busy { backend, began }));
        found.get().is_some()
    })
    .await;
    found.get().unwrap()
}

async fn gone(world: &World, backend: i32) {
    until("its connection is gone", || async {
        let left = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1";
        let asked = sqlx::query_scalar(left).bind(backend);
        let left: i64 = asked.fetch_one(world.app.database.database.pool()).await.unwrap();
        left == 0
    })
    .await;
}
