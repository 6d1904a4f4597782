//! What a server that is gone left running. PostgreSQL goes on with it without anybody listening,
//! so it is followed to its end, or ended truthfully; either way its table is free again.

use super::{
    MaintenanceService,
    backend::Backend,
    outcome::{self, Before},
    queue::{Ending, Left},
    subject::Subject,
};
use crate::{
    domain::database::{Operation, OperationKind, OperationStatus as Status, Outcome},
    server::{database::health::Signal, foundation::error::ServiceError},
};
use tokio::time::sleep;

impl MaintenanceService {
    /// Follows one that was just taken over.
    pub(super) async fn adopt(&self, left: Left) {
        let Left { operation, backend, evidence } = left;
        tracing::warn!(operation = %operation.id, "a server left an operation running");
        let before = Before { measurement: operation.before.clone(), evidence };
        match self.follow(&operation, backend, &before).await {
            Ok(Some(ending)) => self.conclude(&operation, &ending).await,
            Ok(None) => {}
            Err(error) => {
                // The lease runs out, and it is tried again.
                tracing::warn!(operation = %operation.id, %error, "what became of an operation \
                    could not be found out yet");
            }
        }
    }

    /// `None` when the row is no longer ours.
    async fn follow(
        &self,
        operation: &Operation,
        backend: Option<Backend>,
        before: &Before,
    ) -> Result<Option<Ending>, ServiceError> {
        let Some(backend) = backend else {
            let sentence =
                "The server that took it ended before it began. Nothing was changed; do it again.";
            return Ok(Some(Ending::new(Status::Failed, Some(Outcome::Interrupted), sentence)));
        };
        let mut watcher = self.watcher().await?;
        let mut last = None;
        loop {
            match backend.state(&mut watcher).await?.as_deref() {
                Some("active") => {}
                Some(_) => {
                    // It is done and waits for a client that is gone, with the lock on its table.
                    backend.signal(&mut watcher, Signal::Terminate).await?;
                    break;
                }
                None => break,
            }
            if !self.beat(operation, &mut watcher, backend, &mut last).await {
                return Ok(None);
            }
            sleep(self.settings.heartbeat).await;
        }
        let pool = self.database.operations();
        let subject = match Subject::find(pool, operation.operation, &operation.target).await {
            Ok(subject) => subject,
            Err(ServiceError::Refused { message, .. }) => {
                return Ok(Some(gone(operation, message)));
            }
            Err(error) => return Err(error),
        };
        let mut ending = outcome::verify(pool, &self.health, &subject, before, false).await?;
        let asked = super::queue::find(pool, operation.id)
            .await?
            .is_some_and(|operation| operation.cancel_requested);
        if asked && ending.status == Status::Failed {
            ending = Ending {
                after: ending.after,
                ..Ending::new(Status::Cancelled, None, "It was cancelled.")
            };
        }
        if ending.status != Status::Completed {
            self.note_leftover(&subject, before, &mut ending).await?;
        }
        Ok(Some(ending))
    }
}

/// A dropped index cannot be found, which is what was wanted.
fn gone(operation: &Operation, message: String) -> Ending {
    if operation.operation == OperationKind::DropInvalidIndex {
        let sentence = "The server that began it ended; PostgreSQL finished it by itself. The \
            leftover index is gone.";
        return Ending::new(Status::Completed, Some(Outcome::Effective), sentence);
    }
    Ending::new(Status::Failed, Some(Outcome::Interrupted), message)
}
