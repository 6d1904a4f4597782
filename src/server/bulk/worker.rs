//! Works on what waits for as long as the server runs.

use super::{
    BulkService,
    lease::{self, Lease, Step},
    place::Place,
};
use crate::{
    domain::bulk::{BulkAction, BulkState},
    server::{
        foundation::{error::ServiceError, shutdown::Shutdown},
        postgres::apart,
    },
};
use std::time::Duration;
use tokio::{task::JoinHandle, time::sleep};

/// Between two looks when nothing waits: another server may have queued something, or died.
const POLL: Duration = Duration::from_secs(2);
/// How often in a row a batch may fail before the job does.
const TRIES: u32 = 8;
/// The first pause after a failure; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(100);

impl BulkService {
    /// Begins; the task ends when the server stops, after the batches that it is at. Two jobs at
    /// once, and beside them one that asks Claude, which can take hours.
    pub fn work(&self, shutdown: Shutdown) -> JoinHandle<()> {
        let workers = [false, false, true].map(|revises| {
            let (service, shutdown) = (self.clone(), shutdown.clone());
            tokio::spawn(async move { service.work_on(revises, shutdown).await })
        });
        tokio::spawn(async move {
            for worker in workers {
                let _ = worker.await;
            }
        })
    }

    async fn work_on(self, revises: bool, shutdown: Shutdown) {
        loop {
            let queued = self.queued.notified();
            tokio::pin!(queued);
            // Before it is looked: what is queued meanwhile is not missed.
            queued.as_mut().enable();
            if shutdown.is_cancelled() {
                return;
            }
            match apart(self.take_one(revises, &shutdown)).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "bulk jobs could not be looked after"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = queued => {}
                () = sleep(POLL) => {}
            }
        }
    }

    /// Works on the job that waits for the longest, until its end; false when none waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_next(&self) -> Result<bool, ServiceError> {
        let shutdown = Shutdown::default();
        Ok(self.take_one(false, &shutdown).await? || self.take_one(true, &shutdown).await?)
    }

    async fn take_one(&self, revises: bool, shutdown: &Shutdown) -> Result<bool, ServiceError> {
        let Some(lease) = lease::take(self.db.pool(), revises).await? else { return Ok(false) };
        self.run(&lease, shutdown).await?;
        Ok(true)
    }

    async fn run(&self, lease: &Lease, shutdown: &Shutdown) -> Result<(), ServiceError> {
        let mut place = Place::default();
        let mut failures = 0;
        loop {
            if shutdown.is_cancelled() {
                return lease::release(self.db.pool(), lease).await;
            }
            let step = match (&lease.action, lease.undoes) {
                (_, true) => self.bring_back_some(lease, &mut place).await,
                (BulkAction::Revise { instruction }, false) => {
                    // What is being written is stored all the same, and found by who goes on.
                    tokio::select! {
                        step = self.revise_some(lease, instruction) => step,
                        () = shutdown.cancelled() => continue,
                    }
                }
                (_, false) => self.change_some(lease, &mut place).await,
            };
            match step {
                Ok(Step::On) => failures = 0,
                Ok(Step::Over) => return Ok(()),
                Err(error) if failures < TRIES => {
                    tracing::warn!(%error, job = %lease.job, "a batch of a bulk job failed");
                    sleep(PAUSE * 2_u32.pow(failures)).await;
                    failures += 1;
                }
                Err(error) => {
                    tracing::error!(%error, job = %lease.job, "a bulk job failed");
                    return self.give_up(lease, "The database could not do it.").await;
                }
            }
        }
    }

    /// Ends a job that cannot go on; what it did stays.
    pub(super) async fn give_up(&self, lease: &Lease, why: &str) -> Result<(), ServiceError> {
        let mut transaction = self.db.begin().await?;
        if lease::hold(&mut transaction, lease).await?.is_some() {
            self.conclude(&mut transaction, lease.job, BulkState::Failed, Some(why)).await?;
        }
        Ok(transaction.commit().await?)
    }
}
