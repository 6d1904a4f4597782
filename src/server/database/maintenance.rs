//! Maintenance: looked at before, run as durable jobs outside of transactions, verified afterwards.
//!
//! | | |
//! |---|---|
//! | `subject`, `plan` | what it is done to, what runs word for word, what it locks |
//! | `preflight`, `holders` | what to know before, and who is in the way |
//! | `queue` | the rows: queue, lease of the server that runs it, log |
//! | `executor`, `backend`, `watch`, `progress` | running it, and watching it |
//! | `adoption` | what a server that is gone has left running |
//! | `measure`, `outcome` | before and after, and what came of it |
//! | `schedules` | what is done regularly |

mod adoption;
mod backend;
mod executor;
mod holders;
mod measure;
mod outcome;
mod plan;
mod preflight;
mod progress;
mod queue;
mod schedules;
mod subject;
mod watch;

pub use queue::of_month;

use crate::{
    domain::{
        accounts::Scope,
        database::{
            Operation, OperationPage, OperationQuery, OperationRequest, Preflight, Schedule,
            ScheduleRequest,
        },
        error_code::ErrorCode,
        field_error::FieldError,
    },
    server::{
        database::health::{HealthService, Signal},
        foundation::{context::RequestContext, error::ServiceError, shutdown::Shutdown},
        postgres::Database,
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use queue::New;
use std::{sync::Arc, time::Duration};
use subject::Subject;
use tokio::sync::Notify;
use uuid::Uuid;

/// Characters of a reason.
const LONGEST_REASON: usize = 500;

/// The pace of the work. Tests hurry.
#[derive(Clone, Debug)]
pub struct MaintenanceSettings {
    /// Where working hours are meant.
    pub zone: Tz,
    /// Operations at the same time, over all servers.
    pub limit: i64,
    /// Between two looks at the queue when nothing is queued.
    pub poll: Duration,
    /// Between two looks at an operation that runs.
    pub heartbeat: Duration,
    /// A server that renewed nothing for so long is taken for gone.
    pub lease: Duration,
    /// How long a lock that blocks others is waited for at a time.
    pub lock_timeout: Duration,
    pub lock_tries: u32,
    /// The first pause between two tries; each is twice as long as the one before.
    pub back_off: Duration,
}

impl Default for MaintenanceSettings {
    fn default() -> Self {
        Self {
            zone: Tz::UTC,
            limit: 2,
            poll: Duration::from_secs(5),
            heartbeat: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(2),
            lock_tries: 6,
            back_off: Duration::from_secs(2),
        }
    }
}

/// Prepares, runs and logs maintenance.
#[derive(Clone, Debug)]
pub struct MaintenanceService {
    database: Database,
    health: HealthService,
    settings: Arc<MaintenanceSettings>,
    /// This server among those that share the queue.
    server: Uuid,
    queued: Arc<Notify>,
}

impl MaintenanceService {
    pub fn new(database: Database, health: HealthService) -> Self {
        Self { health, ..Self::with_settings(database, MaintenanceSettings::default()) }
    }

    pub fn with_settings(database: Database, settings: MaintenanceSettings) -> Self {
        let health = HealthService::new(database.clone());
        Self {
            database,
            health,
            settings: Arc::new(settings),
            server: Uuid::new_v4(),
            queued: Arc::default(),
        }
    }

    /// The same, with working hours of this zone.
    #[must_use]
    pub fn in_zone(self, zone: Tz) -> Self {
        let settings = MaintenanceSettings { zone, ..(*self.settings).clone() };
        Self { settings: Arc::new(settings), ..self }
    }

    /// Runs what is queued until the server stops, and first ends truthfully what a
    /// server that is gone left running.
    pub fn start(&self, shutdown: Shutdown) {
        let service = self.clone();
        tokio::spawn(async move { service.run(shutdown).await });
    }

    pub async fn preflight(
        &self,
        request: &RequestContext,
        body: &OperationRequest,
    ) -> Result<Preflight, ServiceError> {
        self.preflight_at(request, body, Utc::now()).await
    }

    /// The same as if it were `now`.
    pub async fn preflight_at(
        &self,
        request: &RequestContext,
        body: &OperationRequest,
        now: DateTime<Utc>,
    ) -> Result<Preflight, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let subject = self.subject(body).await?;
        Ok(self.look(body, &subject, now).await?.preflight)
    }

    /// Queues an operation.
    ///
    /// # Errors
    /// What the pre-flight says "stop" to, with the code of that check; a missing or wrong
    /// confirmation.
    pub async fn begin(
        &self,
        request: &RequestContext,
        body: &OperationRequest,
    ) -> Result<Operation, ServiceError> {
        self.begin_at(request, body, Utc::now()).await
    }

    /// The same as if it were `now`.
    pub async fn begin_at(
        &self,
        request: &RequestContext,
        body: &OperationRequest,
        now: DateTime<Utc>,
    ) -> Result<Operation, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        let subject = self.subject(body).await?;
        let looked = self.look(body, &subject, now).await?;
        let stop = looked
            .checks
            .into_iter()
            .find_map(|looked| Some(ServiceError::refused(looked.refusal?, looked.check.sentence)));
        if let Some(refusal) = stop {
            return Err(refusal);
        }
        if let Some(wanted) = &looked.preflight.confirmation
            && body.confirm.as_ref() != Some(wanted)
        {
            let message = format!("Type {wanted} exactly to confirm.");
            return Err(ServiceError::field("confirm", message));
        }
        let pool = self.database.operations();
        let new = New {
            operation: body.operation,
            target: &subject.target,
            table: subject.relation.as_ref().map(|relation| &relation.table),
            options: &body.options,
            statement: looked.preflight.statements.first().map(String::as_str).unwrap_or_default(),
            initiated_by: Some(actor.user_id),
            schedule_id: None,
        };
        let id = queue::insert(&mut *pool.acquire().await?, new).await?.ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::OperationOpen,
                "Something else was just begun on the same table. Wait for its end or cancel \
                it.",
            )
        })?;
        self.queued.notify_one();
        let operation =
            queue::find(pool, id).await?.ok_or(ServiceError::NotFound("This operation"))?;
        self.announce(&operation, operation.status, None).await;
        Ok(operation)
    }

    /// Parses the request and finds its target.
    async fn subject(&self, body: &OperationRequest) -> Result<Subject, ServiceError> {
        let target = subject::target(body)?;
        let reasons = [
            ("options.reason", &body.options.reason),
            ("options.overrideReason", &body.options.override_reason),
        ];
        let faults: Vec<_> = reasons
            .into_iter()
            .filter_map(|(path, reason)| {
                let reason = reason.as_deref()?;
                if reason.chars().count() > LONGEST_REASON {
                    return Some(FieldError::new(
                        path,
                        format!("At most {LONGEST_REASON} characters."),
                    ));
                }
                reason
                    .contains('\0')
                    .then(|| FieldError::new(path, "It holds a character that cannot be stored."))
            })
            .collect();
        if !faults.is_empty() {
            return Err(ServiceError::Validation(faults));
        }
        Subject::find(self.database.operations(), body.operation, &target).await
    }

    /// One that waits is over at once; one that runs is told to stop.
    pub async fn cancel(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<Operation, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        let cancelled = queue::cancel(self.database.operations(), id).await?;
        let queue::Cancelled { operation, backend } =
            cancelled.ok_or(ServiceError::NotFound("This operation"))?;
        if let (false, Some(backend)) = (operation.status.is_over(), backend) {
            let mut watcher = self.watcher().await?;
            backend.signal(&mut watcher, Signal::Cancel).await?;
        }
        self.announce(&operation, operation.status, operation.progress.as_ref()).await;
        Ok(operation)
    }

    pub async fn find(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<Operation, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        queue::find(self.database.operations(), id)
            .await?
            .ok_or(ServiceError::NotFound("This operation"))
    }

    pub async fn list(
        &self,
        request: &RequestContext,
        query: &OperationQuery,
    ) -> Result<OperationPage, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(50));
        if !(1..=1_000_000).contains(&page) {
            return Err(ServiceError::field("page", "Pages are counted from 1."));
        }
        if !(1..=100).contains(&limit) {
            return Err(ServiceError::field("limit", "The limit must be 1 to 100."));
        }
        for (name, text) in [("schema", &query.schema), ("table", &query.table)] {
            if text.as_ref().is_some_and(|text| text.contains('\0')) {
                return Err(ServiceError::field(
                    name,
                    format!("The {name} holds a character that no name has."),
                ));
            }
        }
        let (operations, total) =
            queue::list(self.database.operations(), query, limit, (page - 1) * limit).await?;
        Ok(OperationPage { operations, total, page, limit })
    }

    pub async fn schedules(&self, request: &RequestContext) -> Result<Vec<Schedule>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Ok(schedules::list(self.database.operations()).await?)
    }

    /// Makes a schedule, or with an id changes one.
    pub async fn set_schedule(
        &self,
        request: &RequestContext,
        id: Option<Uuid>,
        body: &ScheduleRequest,
    ) -> Result<Schedule, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        let planned = schedules::parse(body)?;
        schedules::save(self.database.operations(), id, &planned, actor.user_id, Utc::now()).await
    }

    pub async fn remove_schedule(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<(), ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        schedules::remove(self.database.operations(), id).await
    }
}
