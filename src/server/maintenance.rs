//! Maintenance: looked at before, run as durable jobs outside of transactions, verified afterwards.

use crate::{
    domain::{
        account::Scope,
        database_health::{
            Operation, OperationPage, OperationQuery, OperationRequest, Preflight, Schedule, ScheduleRequest,
        },
    },
    server::{
        context::RequestContext, database::Database, error::ServiceError, health::HealthService, shutdown::Shutdown,
    },
};
use uuid::Uuid;

/// Prepares, runs and logs maintenance.
#[derive(Clone, Debug)]
pub struct MaintenanceService {
    database: Database,
    health: HealthService,
}

impl MaintenanceService {
    pub fn new(database: Database, health: HealthService) -> Self {
        Self { database, health }
    }

    /// Runs what is queued and scheduled until the server stops, and first ends truthfully what a server that is gone left running.
    pub fn start(&self, _shutdown: Shutdown) {
        let _ = (&self.database, &self.health);
    }

    pub async fn preflight(
        &self,
        request: &RequestContext,
        _asked: &OperationRequest,
    ) -> Result<Preflight, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Queues an operation.
    pub async fn begin(&self, request: &RequestContext, _asked: &OperationRequest) -> Result<Operation, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn cancel(&self, request: &RequestContext, _id: Uuid) -> Result<Operation, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn find(&self, request: &RequestContext, _id: Uuid) -> Result<Operation, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn list(&self, request: &RequestContext, _query: &OperationQuery) -> Result<OperationPage, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn schedules(&self, request: &RequestContext) -> Result<Vec<Schedule>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Makes a schedule, or with an id changes one.
    pub async fn set_schedule(
        &self,
        request: &RequestContext,
        _id: Option<Uuid>,
        _asked: &ScheduleRequest,
    ) -> Result<Schedule, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn remove_schedule(&self, request: &RequestContext, _id: Uuid) -> Result<(), ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }
}
