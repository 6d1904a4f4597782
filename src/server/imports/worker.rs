//! Works on what waits for as long as the server runs.

use super::{
    ImportService,
    lease::{self, Lease},
};
use crate::server::{
    foundation::{error::ServiceError, shutdown::Shutdown},
    jobs::lease::keeping,
    postgres::apart,
};
use sqlx::error::DatabaseError;
use std::time::Duration;
use tokio::{task::JoinHandle, time::sleep};

/// Between two looks when nothing waits: another server may have queued something, or died.
const POLL: Duration = Duration::from_secs(2);
/// How often in a row one may fail because of the state that the database is in.
const TRIES: u32 = 6;
/// The first pause after a failure; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(100);

const DISK_FULL: &str = "The disk of the database is full. Nothing was imported. Your \
    administrator has to make room; then send the file again.";
const TOO_LONG: &str = "The database took too long. Nothing was imported. Send the file in parts.";
const REFUSED: &str = "The database refused it. Nothing was imported. Send the file again; if it \
    stays, tell your administrator.";

/// How working on an import ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is done, or somebody else's.
    Over,
    /// The server stops.
    Stopped,
    /// It cannot be done: why, for people.
    Failed(String),
}

impl ImportService {
    /// Begins; the task ends when the server stops.
    pub fn work(&self, shutdown: Shutdown) -> JoinHandle<()> {
        let service = self.clone();
        tokio::spawn(async move { service.work_until(shutdown).await })
    }

    async fn work_until(self, shutdown: Shutdown) {
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
                Err(error) => tracing::warn!(%error, "imports could not be looked after"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = queued => {}
                () = sleep(POLL) => {}
            }
        }
    }

    /// Works on the import that waits for the longest; false when none waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_next(&self) -> Result<bool, ServiceError> {
        self.take_one(&Shutdown::default()).await
    }

    async fn take_one(&self, shutdown: &Shutdown) -> Result<bool, ServiceError> {
        let Some(lease) = lease::take(self.db.pool()).await? else { return Ok(false) };
        let renew = || lease::renew(self.db.pool(), &lease);
        keeping(self.run(&lease, shutdown), renew).await.transpose()?;
        Ok(true)
    }

    async fn run(&self, lease: &Lease, shutdown: &Shutdown) -> Result<(), ServiceError> {
        let mut failures = 0;
        loop {
            let end = match lease.stores {
                true => self.store(lease).await,
                false => self.check(lease, shutdown).await,
            };
            match end {
                Ok(End::Over) => return Ok(()),
                Ok(End::Stopped) => return lease::release(self.db.pool(), lease).await,
                Ok(End::Failed(why)) => return self.fail(lease, &why).await,
                Err(error) => {
                    tracing::warn!(%error, import = %lease.import, "an import failed");
                    failures += 1;
                    if let Some(why) = reason(&error, failures) {
                        return self.fail(lease, why).await;
                    }
                    if shutdown.is_cancelled() {
                        return lease::release(self.db.pool(), lease).await;
                    }
                    sleep(PAUSE * 2_u32.pow(failures)).await;
                }
            }
        }
    }
}

/// Why it is given up; `None` when another try may succeed.
fn reason(error: &ServiceError, failures: u32) -> Option<&'static str> {
    let ServiceError::Database(error) = error else { return Some(REFUSED) };
    let code = error.as_database_error().and_then(DatabaseError::code);
    match code.as_deref() {
        Some("53100") => Some(DISK_FULL),
        Some("57014") => Some(TOO_LONG),
        _ if failures < TRIES && ServiceError::is_known_trouble(error) => None,
        _ => Some(REFUSED),
    }
}
