//! Works on what waits for as long as the server runs.

use super::{ExportService, lease, lease::Lease, write::Ended};
use crate::server::{
    foundation::{error::ServiceError, shutdown::Shutdown},
    postgres::apart,
};
use std::time::Duration;
use tokio::{task::JoinHandle, time::sleep};

/// Between two looks when nothing waits: another server may have queued something, or died.
const POLL: Duration = Duration::from_secs(2);
/// How often in a row an export is begun again before it fails.
const TRIES: u32 = 5;
/// The first pause after a failure; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(200);

const DISK_FULL: &str = "The disk of the database is full, so the file could not be stored. Your \
    administrator has to make room; then export again.";
const NOT_WRITTEN: &str = "The database could not store the file. Export again.";

impl ExportService {
    /// Begins; the task ends when the server stops, after the conversations that it is at. Two
    /// exports at once.
    pub fn work(&self, shutdown: Shutdown) -> JoinHandle<()> {
        let workers = [(); 2].map(|()| {
            let (service, shutdown) = (self.clone(), shutdown.clone());
            tokio::spawn(async move { Box::pin(service.work_on(shutdown)).await })
        });
        tokio::spawn(async move {
            for worker in workers {
                let _ = worker.await;
            }
        })
    }

    async fn work_on(self, shutdown: Shutdown) {
        loop {
            let queued = self.queued.notified();
            tokio::pin!(queued);
            // Before it is looked: what is queued meanwhile is not missed.
            queued.as_mut().enable();
            if shutdown.is_cancelled() {
                return;
            }
            match apart(self.take_one(&shutdown)).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "exports could not be looked after"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = queued => {}
                () = sleep(POLL) => {}
            }
        }
    }

    /// Writes the export that waits for the longest, to its end; false when none waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_next(&self) -> Result<bool, ServiceError> {
        self.take_one(&Shutdown::default()).await
    }

    async fn take_one(&self, shutdown: &Shutdown) -> Result<bool, ServiceError> {
        let Some(lease) = lease::take(self.db.pool()).await? else { return Ok(false) };
        self.run(&lease, shutdown).await?;
        Ok(true)
    }

    async fn run(&self, lease: &Lease, shutdown: &Shutdown) -> Result<(), ServiceError> {
        let mut failures = 0;
        loop {
            match self.write(lease, shutdown).await {
                Ok(Ended::Done | Ended::Left) => return Ok(()),
                Ok(Ended::Failed(why)) => return self.give_up(lease, why).await,
                Err(error) if is_disk_full(&error) => {
                    tracing::error!(%error, export = %lease.export, "an export failed");
                    return self.give_up(lease, DISK_FULL).await;
                }
                Err(_) if shutdown.is_cancelled() => {
                    return lease::release(self.db.pool(), lease).await;
                }
                Err(error) if failures < TRIES => {
                    tracing::warn!(%error, export = %lease.export, "an export begins again");
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = sleep(PAUSE * 2_u32.pow(failures)) => {}
                    }
                    failures += 1;
                }
                Err(error) => {
                    tracing::error!(%error, export = %lease.export, "an export failed");
                    return self.give_up(lease, NOT_WRITTEN).await;
                }
            }
        }
    }

    async fn give_up(&self, lease: &Lease, why: &str) -> Result<(), ServiceError> {
        lease::fail(self.db.pool(), lease, why).await?;
        self.grown.notify_waiters();
        Ok(())
    }
}

fn is_disk_full(error: &ServiceError) -> bool {
    let ServiceError::Database(error) = error else { return false };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "53100")
}
