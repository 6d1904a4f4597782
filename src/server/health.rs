//! What the database does: read from its catalogs and statistics, in tiers, each panel with its own time limit and its own failure.

mod observations;

pub use observations::Observations;

use crate::{
    domain::{
        account::Scope,
        chart::Chart,
        database_health::{
            Bloat, Connections, Explanation, HealthChart, IndexPage, IndexQuery, Overview, Panel, QueryPage,
            QueryQuery, SetupReport, SignalAnswer, TablePage, TableQuery, Target,
        },
    },
    server::{context::RequestContext, database::Database, error::ServiceError, shutdown::Shutdown},
};
use chrono::{DateTime, Utc};

/// What a session is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ends the statement.
    Cancel,
    /// Ends the session.
    Terminate,
}

/// Reads the health of the database. Clones share what was read.
#[derive(Clone, Debug)]
pub struct HealthService {
    database: Database,
}

impl HealthService {
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Takes snapshots until the server stops.
    pub fn start(&self, _shutdown: Shutdown) {
        let _ = &self.database;
    }

    pub async fn overview(&self, request: &RequestContext, _fresh: bool) -> Result<Panel<Overview>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn tables(
        &self,
        request: &RequestContext,
        _query: &TableQuery,
    ) -> Result<Panel<TablePage>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn indexes(
        &self,
        request: &RequestContext,
        _query: &IndexQuery,
    ) -> Result<Panel<IndexPage>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn queries(
        &self,
        request: &RequestContext,
        _query: &QueryQuery,
    ) -> Result<Panel<QueryPage>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn connections(&self, request: &RequestContext) -> Result<Connections, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn setup(&self, request: &RequestContext) -> Result<SetupReport, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn chart(&self, request: &RequestContext, _chart: HealthChart) -> Result<Chart, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Measures one table or index exactly, which reads all of it.
    pub async fn exact_bloat(&self, request: &RequestContext, _target: &Target) -> Result<Panel<Bloat>, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// The plan of a statement of the list, without executing it.
    pub async fn explain(&self, request: &RequestContext, _id: &str) -> Result<Explanation, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Cancels or terminates a session. `started_at`: of its process, so that a later one with the same number is left alone.
    pub async fn signal(
        &self,
        request: &RequestContext,
        _pid: i32,
        _started_at: DateTime<Utc>,
        _signal: Signal,
    ) -> Result<SignalAnswer, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Everything that can raise an alert, read now. For the alerts' own loop; nobody asks for it over HTTP.
    pub async fn observe(&self) -> Observations {
        Observations::default()
    }
}
