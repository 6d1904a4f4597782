//! Runs what is queued: each on a connection of its own, outside of any transaction, with an
//! advisory lock that no other server shares, and watched until it ends.

use super::{
    MaintenanceService,
    backend::Backend,
    holders, measure,
    outcome::{self, Before},
    plan::{self, LockLevel},
    queue::{self, Ending},
    subject::Subject,
    watch::Watched,
};
use crate::{
    domain::database::{
        Operation, OperationKind, OperationOptions, OperationStatus as Status, Outcome, Progress,
    },
    server::{
        foundation::{error::ServiceError, shutdown::Shutdown},
        postgres::Event,
    },
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::{task::JoinSet, time::sleep};

impl MaintenanceService {
    /// Works until the server stops. What runs then goes on in a PostgreSQL of its own; the next
    /// server finds it again.
    pub async fn run(&self, shutdown: Shutdown) {
        let mut jobs = JoinSet::new();
        while !shutdown.is_cancelled() {
            if let Err(error) = self.round(&mut jobs).await {
                tracing::warn!(%error, "the queue of maintenance could not be read; it is tried \
                    again");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.queued.notified() => {}
                Some(_) = jobs.join_next() => {}
                () = sleep(self.settings.poll) => {}
            }
        }
        if let Err(error) = queue::release(self.database.operations(), self.server).await {
            tracing::debug!(%error, "leases stay until they end");
        }
    }

    async fn round(&self, jobs: &mut JoinSet<()>) -> Result<(), ServiceError> {
        let pool = self.database.operations();
        while let Some(left) = queue::take_over(pool, self.server, self.settings.lease).await? {
            let service = self.clone();
            jobs.spawn(async move { service.adopt(left).await });
        }
        while let Some(operation) =
            queue::claim(pool, self.server, self.settings.lease, self.settings.limit).await?
        {
            let service = self.clone();
            jobs.spawn(async move { service.perform(operation).await });
        }
        Ok(())
    }

    async fn perform(&self, operation: Operation) {
        let attempt = async {
            tokio::select! {
                tried = self.attempt(&operation) => tried,
                () = self.keep(&operation) => Ok(None),
            }
        };
        let ending = match attempt.await {
            Ok(Some(ending)) => ending,
            Ok(None) => return,
            Err(ServiceError::Refused { message, .. }) => {
                Ending::new(Status::Failed, None, message)
            }
            Err(error) => {
                tracing::error!(operation = %operation.id, %error, "maintenance failed");
                let sentence = "It could not be done: the database could not be reached or \
                    refused. Try again.";
                Ending {
                    error: Some(error.to_string()),
                    ..Ending::new(Status::Failed, None, sentence)
                }
            }
        };
        self.conclude(&operation, &ending).await;
    }

    /// Renews the lease also while the statement waits for its next try. Returns when the row is no
    /// longer ours.
    async fn keep(&self, operation: &Operation) {
        loop {
            sleep(self.settings.lease / 4).await;
            let renewed = queue::renew(
                self.database.operations(),
                operation.id,
                self.server,
                self.settings.lease,
                None,
            );
            match renewed.await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(operation = %operation.id, %error, "a lease could not be \
                        renewed")
                }
            }
        }
    }

    /// Writes down how it ended. Should the database be away, the lease runs out and a server finds
    /// out later.
    pub(super) async fn conclude(&self, operation: &Operation, ending: &Ending) {
        self.health.forget_lists();
        match queue::finish(self.database.operations(), operation.id, self.server, ending).await {
            Ok(true) => {
                let status = ending.status.as_str();
                let kind = operation.operation.as_str();
                tracing::info!(operation = %operation.id, kind, status, "maintenance ended");
                self.announce(operation, ending.status, None).await;
            }
            Ok(false) => {
                tracing::warn!(operation = %operation.id, "another server took an operation over")
            }
            Err(error) => {
                tracing::error!(operation = %operation.id, %error, "the end of an operation was \
                    not written")
            }
        }
    }

    pub(super) async fn announce(
        &self,
        operation: &Operation,
        status: Status,
        progress: Option<&Progress>,
    ) {
        let share = progress.and_then(|progress| progress.share);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share is 0–1"
        )]
        let percent = share.map(|share| (share * 100.0).clamp(0.0, 100.0) as u8);
        let (operation_id, status) = (operation.id, status.as_str().to_owned());
        self.database
            .events()
            .announce(Event::MaintenanceProgress { operation_id, status, percent })
            .await;
    }

    /// `None`: it is back in the queue, or no longer ours.
    async fn attempt(&self, operation: &Operation) -> Result<Option<Ending>, ServiceError> {
        let pool = self.database.operations();
        let subject = Subject::find(pool, operation.operation, &operation.target).await?;
        if let Some(refusal) = subject.refusal() {
            let sentence = format!("Skipped: not the owner. {refusal}");
            return Ok(Some(Ending::new(Status::Skipped, Some(Outcome::NotOwner), sentence)));
        }
        let in_use = subject.relation.as_ref().is_some_and(|relation| relation.valid);
        if operation.operation == OperationKind::DropInvalidIndex && in_use {
            let sentence = "The index is valid by now, so it stays.";
            return Ok(Some(Ending::new(Status::Skipped, Some(Outcome::NothingToDo), sentence)));
        }
        let options = self.database.connect_options().clone().application_name("train maintenance");
        let mut connection = PgConnection::connect_with(&options).await?;
        let backend = Backend::of(&mut connection).await?;
        let waits =
            plan::gives_up_waiting(operation.operation, &operation.options, &operation.target);
        let patience = if waits { self.settings.lock_timeout.as_millis() } else { 0 };
        // SET takes no parameters. One statement each: several in one message would be a
        // transaction.
        for setting in
            ["SET ROLE train_owner", "SET search_path = pg_catalog", "SET statement_timeout = 0"]
        {
            connection.execute(setting).await?;
        }
        connection.execute(AssertSqlSafe(format!("SET lock_timeout = {patience}"))).await?;
        let locked = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS "locked!""#,
            subject.lock_name()
        );
        if !locked.fetch_one(&mut connection).await? {
            // The session of a server that is gone still works on it.
            queue::put_back(pool, operation.id, self.server, self.settings.back_off).await?;
            return Ok(None);
        }
        let before = Before {
            measurement: Some(measure::measure(pool, &self.health, &subject).await?),
            evidence: measure::evidence(pool, &subject).await?,
        };
        let statement = plan::statement(
            operation.operation,
            &operation.options,
            &operation.target,
            &subject.database,
        );
        let measured = before.measurement.as_ref();
        if let Some(measured) = measured
            && !queue::mark_started(
                pool,
                operation.id,
                self.server,
                backend,
                &statement,
                measured,
                &before.evidence,
            )
            .await?
        {
            return Ok(None);
        }
        self.announce(operation, Status::Running, None).await;
        let tried =
            self.try_until_done(operation, &subject, &mut connection, backend, &statement).await?;
        let ending = match tried {
            Watched::Lost => return Ok(None),
            Watched::Unbegun => {
                Ending::new(Status::Cancelled, None, "It was cancelled before it began.")
            }
            Watched::Ended(Ok(())) => {
                outcome::verify(pool, &self.health, &subject, &before, true).await?
            }
            Watched::Ended(Err(error)) => {
                self.broken(&subject, &operation.options, &before, &error).await?
            }
        };
        // Frees the lock before anybody can see that it is over.
        let _ = connection.close().await;
        Ok(Some(ending))
    }

    /// PostgreSQL ended the statement with an error.
    async fn broken(
        &self,
        subject: &Subject,
        options: &OperationOptions,
        before: &Before,
        error: &sqlx::Error,
    ) -> Result<Ending, sqlx::Error> {
        let pool = self.database.operations();
        let code = measure::code(error);
        let message = error
            .as_database_error()
            .map_or_else(|| error.to_string(), |error| error.message().to_owned());
        let mut ending = match code.as_deref() {
            Some("57014") => Ending::new(Status::Cancelled, None, "It was cancelled."),
            Some("55P03") => {
                let level = LockLevel::of(subject.operation, options);
                let blockers = match subject.table_oid() {
                    Some(table) => holders::blockers(pool, table, level).await?,
                    None => Vec::new(),
                };
                let who =
                    if blockers.is_empty() { "Others".to_owned() } else { blockers.join("; ") };
                let sentence = format!(
                    "The lock was not to be had: {who} held the table. Nothing was changed; try \
                        later."
                );
                Ending::new(Status::Failed, None, sentence)
            }
            Some("57P01" | "57P02" | "57P03") | None => {
                let sentence =
                    "PostgreSQL ended the session that ran it. Its table is free; do it again.";
                Ending::new(Status::Failed, Some(Outcome::Interrupted), sentence)
            }
            Some(_) => Ending::new(Status::Failed, None, format!("PostgreSQL refused: {message}.")),
        };
        if ending.status == Status::Failed {
            ending.error = Some(message);
        }
        self.note_leftover(subject, before, &mut ending).await?;
        ending.after = measure::measure(pool, &self.health, subject).await.ok();
        Ok(ending)
    }

    pub(super) async fn note_leftover(
        &self,
        subject: &Subject,
        before: &Before,
        ending: &mut Ending,
    ) -> Result<(), sqlx::Error> {
        if let Some(index) =
            outcome::leftover(self.database.operations(), subject, &before.evidence).await?
        {
            ending.sentence = format!(
                "{} It left the invalid index {index} behind, which only costs: drop it.",
                ending.sentence
            );
            ending.outcome = Some(Outcome::LeftInvalidIndex);
            ending.leftover = Some(index);
        }
        Ok(())
    }
}
