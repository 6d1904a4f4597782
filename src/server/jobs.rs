//! What is done regularly for the whole installation, once for all servers.
//!
//! Each [`PeriodicJob`] has a row that says when it is due, who runs it and how it went. Of all
//! servers one takes the lease of a job that is due and renews it while it runs; when that server
//! dies, another one takes over ([`runner`]). Only the database's clock counts ([`store`]).
//!
//! What waits for events instead of a time is no periodic job: the queues of maintenance and mail
//! and the webhook's have workers of their own.

pub mod lease;
pub mod retention;
mod runner;
mod store;

pub use runner::JobRunner;

use crate::{
    domain::{
        accounts::Scope,
        jobs::{JobName, JobsAnswer},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::Database,
    },
};
use futures::future::BoxFuture;
use std::{fmt, sync::Arc, time::Duration};

/// One run: how much it did, 0 when there was nothing to do.
type Run = Arc<dyn Fn() -> BoxFuture<'static, Result<u64, ServiceError>> + Send + Sync>;

/// Something to be done every so often. A run that is lost or cut off does no harm: the next one
/// does what is left. A run that never ends is cut off after two hours.
#[derive(Clone)]
pub struct PeriodicJob {
    name: JobName,
    period: Duration,
    /// How long after its row is made the first run is due.
    delay: Duration,
    /// Whether it may wait, and take long.
    tidies: bool,
    run: Run,
}

impl PeriodicJob {
    pub fn new<F, W>(name: JobName, period: Duration, run: F) -> Self
    where
        F: Fn() -> W + Send + Sync + 'static,
        W: Future<Output = Result<u64, ServiceError>> + Send + 'static,
    {
        let run: Run = Arc::new(move || Box::pin(run()));
        Self { name, period, delay: Duration::ZERO, tidies: false, run }
    }

    /// The same, a period after the start of a new installation instead of at once.
    #[must_use]
    pub fn after_a_period(self) -> Self {
        Self { delay: self.period, ..self }
    }

    /// The same, for what may wait and can take long: others get their turn beside it.
    #[must_use]
    pub fn tidying(self) -> Self {
        Self { tidies: true, ..self }
    }

    pub fn name(&self) -> JobName {
        self.name
    }

    pub fn period(&self) -> Duration {
        self.period
    }
}

impl fmt::Debug for PeriodicJob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, period, .. } = self;
        write!(formatter, "PeriodicJob {{ name: {name:?}, period: {period:?} }}")
    }
}

/// What administrators see of the jobs.
#[derive(Clone, Debug)]
pub struct JobService {
    database: Database,
}

impl JobService {
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// All jobs with their last runs.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn list(&self, request: &RequestContext) -> Result<JobsAnswer, ServiceError> {
        request.administer(Scope::AdminRead)?;
        Ok(JobsAnswer { jobs: store::list(self.database.pool()).await? })
    }
}
