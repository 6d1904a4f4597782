//! The monthly report on the database.

use crate::{
    domain::{
        account::Scope,
        database_health::{Report, ReportPlot},
    },
    server::{context::RequestContext, database::Database, error::ServiceError, health::HealthService},
};

/// Makes reports from snapshots, alerts and the maintenance log.
#[derive(Clone, Debug)]
pub struct ReportService {
    database: Database,
    health: HealthService,
}

impl ReportService {
    pub fn new(database: Database, health: HealthService) -> Self {
        Self { database, health }
    }

    /// `month`: `2026-11`; the current one when absent.
    pub async fn report(&self, request: &RequestContext, _month: Option<&str>) -> Result<Report, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let _ = (&self.database, &self.health);
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn plots(&self, request: &RequestContext, _month: Option<&str>) -> Result<Vec<ReportPlot>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }
}
