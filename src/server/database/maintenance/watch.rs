//! Watching a statement until it ends: its lease, its progress, whether somebody wants it
//! cancelled, and whether it waits for a lock.

use super::{MaintenanceService, backend::Backend, measure, progress, queue, subject::Subject};
use crate::{
    domain::database::{Operation, OperationStatus as Status, Progress},
    server::{database::health::Signal, foundation::error::ServiceError},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::pin::pin;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How a statement ended for its watcher.
pub(super) enum Watched {
    Ended(Result<(), sqlx::Error>),
    /// Somebody wanted it cancelled before it began.
    Unbegun,
    /// Another server took the row over: nothing more may be written to it.
    Lost,
}

impl MaintenanceService {
    /// A lock that cannot be had soon is released, so that nobody queues up behind us, and tried
    /// again later.
    pub(super) async fn try_until_done(
        &self,
        operation: &Operation,
        subject: &Subject,
        connection: &mut PgConnection,
        backend: Backend,
        statement: &str,
    ) -> Result<Watched, ServiceError> {
        let mut pause = self.settings.back_off;
        for attempt in 1.. {
            let watched = self.watch(operation, connection, backend, statement).await?;
            let timed_out = match &watched {
                Watched::Ended(Err(error)) => measure::code(error).as_deref() == Some("55P03"),
                _ => false,
            };
            if !timed_out || attempt >= self.settings.lock_tries {
                return Ok(watched);
            }
            tracing::info!(operation = %operation.id, table = subject.name(), attempt, "the table \
                is locked; trying again");
            sleep(pause).await;
            pause *= 2;
        }
        Ok(Watched::Lost)
    }

    async fn watch(
        &self,
        operation: &Operation,
        connection: &mut PgConnection,
        backend: Backend,
        statement: &str,
    ) -> Result<Watched, ServiceError> {
        let pool = self.database.operations();
        let mut watcher = self.watcher().await?;
        // Somebody may have asked in the moment before it began.
        match queue::renew(pool, operation.id, self.server, self.settings.lease, None).await? {
            None => return Ok(Watched::Lost),
            Some(true) => return Ok(Watched::Unbegun),
            Some(false) => {}
        }
        let mut running = pin!(connection.execute(AssertSqlSafe(statement.to_owned())));
        let mut beat = interval(self.settings.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        loop {
            tokio::select! {
                biased;
                done = &mut running => return Ok(Watched::Ended(done.map(drop))),
                _ = beat.tick() => {
                    if !self.beat(operation, &mut watcher, backend, &mut last).await {
                        return Ok(Watched::Lost);
                    }
                }
            }
        }
    }

    /// One look at a session that runs an operation. False when the row is no longer ours.
    pub(super) async fn beat(
        &self,
        operation: &Operation,
        watcher: &mut PgConnection,
        backend: Backend,
        last: &mut Option<Progress>,
    ) -> bool {
        let progress = progress::read(watcher, backend.pid).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "progress could not be read");
            None
        });
        let renewed = queue::renew(
            self.database.operations(),
            operation.id,
            self.server,
            self.settings.lease,
            progress.as_ref(),
        );
        match renewed.await {
            Ok(None) => return false,
            Ok(Some(true)) => {
                if let Err(error) = backend.signal(watcher, Signal::Cancel).await {
                    tracing::warn!(operation = %operation.id, %error, "an operation could not be \
                        cancelled yet");
                }
            }
            Ok(Some(false)) => {}
            // The lease lasts for several of these.
            Err(error) => {
                tracing::warn!(operation = %operation.id, %error, "a lease could not be renewed")
            }
        }
        if progress.is_some() && progress != *last {
            self.announce(operation, Status::Running, progress.as_ref()).await;
            *last = progress;
        }
        true
    }

    /// A connection as the role that signs in: it may always see and cancel its own sessions,
    /// whatever the owner may.
    pub(super) async fn watcher(&self) -> Result<PgConnection, sqlx::Error> {
        let options =
            self.database.connect_options().clone().application_name("train maintenance watch");
        let mut connection = PgConnection::connect_with(&options).await?;
        connection.execute("SET search_path = pg_catalog").await?;
        connection.execute("SET statement_timeout = '5s'").await?;
        Ok(connection)
    }
}
