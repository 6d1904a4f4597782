//! Runs what is due for as long as the server runs.

use super::{
    PeriodicJob,
    store::{self, Ending, Lease},
};
use crate::server::{
    foundation::{error::ServiceError, metrics::Metrics, operator, shutdown::Shutdown},
    postgres::{Database, apart},
};
use futures::FutureExt;
use std::{
    any::Any,
    collections::HashMap,
    future::pending,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::{Id, JoinSet},
    time::{sleep, timeout},
};
use uuid::Uuid;

/// A server that has not renewed a lease for so long is taken for gone.
const LEASE: Duration = Duration::from_secs(30);
/// Jobs that one server runs at the same time, so that requests have connections left.
const AT_ONCE: usize = 4;
/// Of these, jobs that tidy: what watches must not wait for them.
const TIDYING_AT_ONCE: usize = 2;
/// Longer than any run that gets on: a connection that died unnoticed ends it.
const LONGEST_RUN: Duration = Duration::from_secs(2 * 3600);
/// Between two looks at what is due.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// The same; by then the lease of a server that is gone has ended.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// After the database failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How long jobs may go on when the server stops.
const GRACE: Duration = Duration::from_secs(3);
/// Of a reason for a failure, in Unicode scalar values.
const LONGEST_ERROR: usize = 1000;

/// One server's part in running the jobs.
#[derive(Clone, Debug)]
pub struct JobRunner {
    database: Database,
    jobs: Arc<[PeriodicJob]>,
    metrics: Arc<Metrics>,
    server: Arc<str>,
    lease: Duration,
    longest: Duration,
}

/// What one server runs at the moment.
#[derive(Debug, Default)]
struct Running {
    tasks: JoinSet<()>,
    jobs: HashMap<Id, PeriodicJob>,
}

impl Running {
    fn add(&mut self, job: &PeriodicJob, run: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(run);
        self.jobs.insert(task.id(), job.clone());
    }

    /// Returns when one of them has ended; never while there is none.
    async fn ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => drop(self.jobs.remove(&id)),
            Some(Err(error)) => drop(self.jobs.remove(&error.id())),
            None => pending().await,
        }
    }

    async fn drained(&mut self) {
        while !self.tasks.is_empty() {
            self.ended().await;
        }
    }
}

impl JobRunner {
    pub fn new(database: Database, jobs: Vec<PeriodicJob>, metrics: Arc<Metrics>) -> Self {
        Self {
            database,
            jobs: jobs.into(),
            metrics,
            server: operator::process().into(),
            lease: LEASE,
            longest: LONGEST_RUN,
        }
    }

    /// The same with another length of leases.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// The same with another limit of runs.
    #[must_use]
    pub fn with_longest_run(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// Makes the rows of the jobs, as each server does when it starts.
    pub async fn register(&self) -> Result<(), ServiceError> {
        store::register(self.database.pool(), &self.jobs).await
    }

    /// Runs jobs until the server stops, and ends those at hand in order.
    pub async fn run(self, shutdown: Shutdown) {
        let mut running = Running::default();
        let mut registered = false;
        while !shutdown.is_cancelled() {
            let round = async {
                if !registered {
                    self.register().await?;
                    registered = true;
                }
                self.begin_due(&mut running, &shutdown).await
            };
            let pause = round.await.unwrap_or_else(|error| {
                tracing::warn!(%error, "periodic jobs could not be looked after");
                PAUSE_AFTER_FAILURE
            });
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = running.ended() => {}
                () = sleep(with_jitter(pause)) => {}
            }
        }
        running.drained().await;
    }

    /// Begins what is due, and answers when to look again.
    async fn begin_due(
        &self,
        running: &mut Running,
        shutdown: &Shutdown,
    ) -> Result<Duration, ServiceError> {
        while running.jobs.len() < AT_ONCE {
            let names = self.startable(running);
            let Some((job, lease)) = self.take(&names).await? else {
                let next = store::until_next(self.database.pool(), &names).await?;
                return Ok(next.unwrap_or(LONGEST_PAUSE).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
            };
            let (runner, stop) = (self.clone(), shutdown.clone());
            running.add(&job.clone(), async move { runner.perform(&job, lease, &stop).await });
        }
        // The next one that ends makes room.
        Ok(LONGEST_PAUSE)
    }

    /// What may be begun beside what this server runs: nothing beside itself, though its lease may
    /// have ended while the database was away.
    fn startable(&self, running: &Running) -> Vec<String> {
        let tidying = running.jobs.values().filter(|job| job.tidies).count();
        let may_tidy = tidying < TIDYING_AT_ONCE;
        let jobs = self.jobs.iter().filter(|job| may_tidy || !job.tidies);
        let jobs = jobs.filter(|job| running.jobs.values().all(|other| other.name != job.name));
        jobs.map(|job| job.name.as_str().to_owned()).collect()
    }

    /// Runs the job that has been due for the longest to its end, for tests. False: none is due, or
    /// others are at it.
    pub async fn turn(&self) -> Result<bool, ServiceError> {
        let names = self.startable(&Running::default());
        let Some((job, lease)) = self.take(&names).await? else { return Ok(false) };
        self.perform(&job, lease, &Shutdown::default()).await;
        Ok(true)
    }

    async fn take(&self, names: &[String]) -> Result<Option<(PeriodicJob, Lease)>, ServiceError> {
        let pool = self.database.pool();
        let lease = store::take(pool, names, &self.server, self.lease).await?;
        let found = lease.and_then(|lease| {
            let job = self.jobs.iter().find(|job| job.name == lease.name)?;
            Some((job.clone(), lease))
        });
        Ok(found)
    }

    /// One run, whatever becomes of it.
    async fn perform(&self, job: &PeriodicJob, lease: Lease, shutdown: &Shutdown) {
        let (name, began) = (job.name.as_str(), Instant::now());
        // Renewing takes a connection of its own.
        let run = apart(AssertUnwindSafe((job.run)()).catch_unwind());
        let run = timeout(self.longest, run);
        let stopping = async {
            shutdown.cancelled().await;
            sleep(GRACE).await;
        };
        let outcome = tokio::select! {
            outcome = run => outcome,
            () = apart(self.keep(lease)) => {
                tracing::warn!(job = name, "another server took a periodic job over");
                return;
            }
            () = stopping => {
                tracing::info!(job = name, "cut off a periodic job: the server stops");
                if let Err(error) = store::release(self.database.pool(), lease).await {
                    tracing::debug!(job = name, %error, "a lease stays until it ends");
                }
                return;
            }
        };
        let error = match outcome {
            Err(_) => Some("It did not end in time and was cut off.".to_owned()),
            Ok(Ok(Ok(0))) => None,
            Ok(Ok(Ok(count))) => {
                tracing::info!(job = name, count, "a periodic job had something to do");
                None
            }
            Ok(Ok(Err(error))) => Some(error.to_string()),
            Ok(Err(panic)) => Some(format!("It panicked: {}", words(&*panic))),
        };
        self.metrics.job_ended(name, error.is_none());
        if let Some(error) = &error {
            tracing::warn!(job = name, error, "a periodic job failed");
        }
        let error = error.map(|error| error.chars().take(LONGEST_ERROR).collect());
        let ending = Ending { took: began.elapsed(), error };
        if let Err(error) = store::conclude(self.database.pool(), lease, &ending).await {
            tracing::warn!(job = name, %error, "how a periodic job ended could not be stored");
        }
    }

    /// Renews a lease; returns when it is another server's.
    async fn keep(&self, lease: Lease) {
        loop {
            sleep(self.lease / 3).await;
            let renewal = store::renew(self.database.pool(), lease);
            match timeout(self.lease, renewal).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return,
                Ok(Err(error)) => {
                    tracing::debug!(job = lease.name.as_str(), %error, "a lease was not renewed");
                }
                Err(_) => tracing::debug!(job = lease.name.as_str(), "a lease was not renewed"),
            }
        }
    }
}

/// Up to a tenth more, so that servers that were started together do not look together.
fn with_jitter(pause: Duration) -> Duration {
    let random = Uuid::new_v4().as_bytes()[0];
    pause + pause.mul_f64(f64::from(random) / 2550.0)
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_makes_a_pause_a_little_longer() {
        let pause = Duration::from_secs(10);
        let pauses: Vec<_> = (0..100).map(|_| with_jitter(pause)).collect();
        assert!(pauses.iter().all(|longer| (pause..=pause * 11 / 10).contains(longer)));
        assert!(pauses.iter().any(|other| *other != pauses[0]));
    }

    #[test]
    fn a_panic_is_told_in_its_own_words() {
        assert_eq!(words(&"one"), "one");
        assert_eq!(words(&String::from("two")), "two");
        assert_eq!(words(&3), "it said nothing");
    }
}
