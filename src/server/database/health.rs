//! What the database does: read from its catalogs and statistics, in tiers, each panel with its own
//! time limit and its own failure.
//!
//! | | |
//! |---|---|
//! | [`reader`] | a short transaction per panel, its time limit, single flight |
//! | [`overview`], [`tables`], [`indexes`] | a panel each |
//! | [`queries`], [`connections`], [`setup`] | a panel each |
//! | [`pool`] | the connections of this process |
//! | [`bloat`], [`exact`] | the estimate from statistics, and measuring |
//! | [`lists`] | what a list consists of, remembered for its tier |
//! | [`counters`], [`history`], [`snapshots`], [`kept`] | what is remembered, and subtracted |
//! | [`explain`], [`charts`], [`statement`] | plans, and drawings of what is remembered |
//! | [`observations`] | what alerts are made of |

mod bloat;
mod charts;
mod connections;
mod counters;
mod exact;
mod explain;
mod history;
mod indexes;
pub mod kept;
mod lists;
mod observations;
mod overview;
mod pool;
mod queries;
mod reader;
mod setup;
mod snapshots;
mod statement;
mod tables;

pub use history::Epoch;
pub use observations::Observations;
use queries::Statements;
pub use queries::{StatementCounters, StatementsSnapshot};
pub use snapshots::{TABLES, TableSize, TablesSnapshot};

use crate::{
    domain::{
        accounts::Scope,
        chart::{Plot, Range},
        database::{
            Bloat, Connections, ExplainAnswer, HealthChart, IndexPage, IndexQuery, Overview, Panel,
            QueryPage, QueryQuery, SetupAnswer, SignalAnswer, StatementHistory, TablePage,
            TableQuery, Target,
        },
        instant,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError, single_flight::Shared},
        postgres::{Database, time_zones},
    },
};
use chrono::{DateTime, Utc};
use lists::Lists;
use reader::panel;
use std::{sync::Arc, time::Duration};

/// How old the overview may be unless it is asked for anew.
const OVERVIEW_AGE: Duration = Duration::from_secs(5);
/// How long an index must have been watched without a scan to be called unused.
const UNUSED_AFTER: Duration = Duration::from_secs(7 * 86_400);

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
    unused_after: Duration,
    overview: Arc<Shared<Panel<Overview>>>,
    connections: Arc<Shared<Connections>>,
    tables: Arc<Lists>,
    indexes: Arc<Lists>,
}

impl HealthService {
    pub fn new(database: Database) -> Self {
        Self {
            database,
            unused_after: UNUSED_AFTER,
            overview: Arc::default(),
            connections: Arc::default(),
            tables: Arc::default(),
            indexes: Arc::default(),
        }
    }

    /// Calls an index unused after another time than seven days.
    #[must_use]
    pub fn unused_after(mut self, time: Duration) -> Self {
        self.unused_after = time;
        self
    }

    /// Takes a snapshot of everything now, unless another server is taking one.
    pub async fn take_snapshots(&self) -> Result<(), ServiceError> {
        Box::pin(snapshots::take(&self.database, true)).await.map_err(ServiceError::Database)
    }

    /// The same for those that are due.
    pub async fn take_due_snapshots(&self) -> Result<(), ServiceError> {
        Box::pin(snapshots::take(&self.database, false)).await.map_err(ServiceError::Database)
    }

    /// The database at a glance. `fresh`: read now instead of within the last five seconds.
    pub async fn overview(
        &self,
        request: &RequestContext,
        fresh: bool,
    ) -> Result<Panel<Overview>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let age = if fresh { Duration::ZERO } else { OVERVIEW_AGE };
        Ok(self.overview.get(age, Box::pin(overview::overview(&self.database))).await)
    }

    /// Which tables the page shows may have been found up to five minutes ago, by bloat up to an
    /// hour; what it tells of them is of now.
    pub async fn tables(
        &self,
        request: &RequestContext,
        query: &TableQuery,
    ) -> Result<Panel<TablePage>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        check_page(query.page, query.limit, query.search.as_deref())?;
        Ok(panel("The tables", tables::page(&self.database, &self.tables, query)).await)
    }

    /// As with the tables.
    pub async fn indexes(
        &self,
        request: &RequestContext,
        query: &IndexQuery,
    ) -> Result<Panel<IndexPage>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        check_page(query.page, query.limit, query.search.as_deref())?;
        Ok(panel(
            "The indexes",
            indexes::page(&self.database, &self.indexes, query, self.unused_after),
        )
        .await)
    }

    pub async fn queries(
        &self,
        request: &RequestContext,
        query: &QueryQuery,
    ) -> Result<Panel<QueryPage>, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        check_page(query.page, query.limit, query.search.as_deref())?;
        Ok(panel("The statements", queries::page(&self.database, query)).await)
    }

    /// Who is connected now; those who ask at the same time share one reading.
    pub async fn connections(&self, request: &RequestContext) -> Result<Connections, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Ok(self
            .connections
            .get(Duration::ZERO, Box::pin(connections::connections(&self.database)))
            .await)
    }

    pub async fn setup(&self, request: &RequestContext) -> Result<SetupAnswer, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        setup::report(&self.database).await.map_err(ServiceError::Database)
    }

    pub async fn chart(
        &self,
        request: &RequestContext,
        chart: HealthChart,
        range: Range,
    ) -> Result<Plot, ServiceError> {
        let person = request.administer(Scope::DatabaseRead)?.user_id;
        let zone = time_zones::of_person(self.database.pool(), person).await?;
        charts::draw(&self.database, chart, range, zone).await
    }

    /// What one statement did over a part of the history.
    pub async fn statement(
        &self,
        request: &RequestContext,
        id: &str,
        range: Range,
    ) -> Result<StatementHistory, ServiceError> {
        let person = request.administer(Scope::DatabaseRead)?.user_id;
        let zone = time_zones::of_person(self.database.pool(), person).await?;
        Box::pin(statement::history(&self.database, id, range, zone)).await
    }

    /// Measures one table or index exactly, which reads all of it.
    pub async fn exact_bloat(
        &self,
        request: &RequestContext,
        target: &Target,
    ) -> Result<Panel<Bloat>, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        exact::measure(&self.database, target).await
    }

    /// The plan of a statement of the list, without executing it.
    pub async fn explain(
        &self,
        request: &RequestContext,
        id: &str,
    ) -> Result<ExplainAnswer, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Box::pin(explain::explain(&self.database, id)).await
    }

    /// Cancels or terminates a session. `started_at`: of its process, so that a later one with the
    /// same number is left alone.
    pub async fn signal(
        &self,
        request: &RequestContext,
        pid: i32,
        started_at: DateTime<Utc>,
        signal: Signal,
    ) -> Result<SignalAnswer, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        if !instant::is_plausible(started_at) {
            return Err(ServiceError::field(
                "startedAt",
                "startedAt must be a time such as 2026-12-31T00:00:00Z.",
            ));
        }
        let answer = connections::signal(&self.database, pid, started_at, signal).await?;
        tracing::info!(user = %actor.user_id, pid, ?signal, sent = answer.sent, "an administrator \
            signalled a session");
        Ok(answer)
    }

    /// The lists are found anew when they are asked for again: maintenance changed something.
    pub(crate) fn forget_lists(&self) {
        self.tables.forget();
        self.indexes.forget();
    }

    /// The estimate of one table or index by its object id, within a panel's time. For maintenance,
    /// which tells it before and after.
    pub(crate) async fn estimated_bloat(&self, oid: i64, index: bool) -> Panel<Bloat> {
        match index {
            true => panel("The bloat", indexes::bloat(&self.database, oid)).await,
            false => panel("The bloat", tables::bloat(&self.database, oid)).await,
        }
    }

    /// Everything that can raise an alert, read now. For the alerts' own loop; nobody asks for it
    /// over HTTP.
    pub async fn observe(&self) -> Observations {
        Box::pin(observations::observe(&self.database, self.unused_after)).await
    }
}

/// What no list takes.
fn check_page(
    page: Option<i64>,
    limit: Option<i64>,
    search: Option<&str>,
) -> Result<(), ServiceError> {
    if page.is_some_and(|page| !(1..=1_000_000).contains(&page)) {
        return Err(ServiceError::field("page", "The page must be a number from 1 to 1000000."));
    }
    if limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
        return Err(ServiceError::field("limit", "The limit must be a number from 1 to 100."));
    }
    if search.is_some_and(|search| search.contains('\0') || search.len() > 400) {
        return Err(ServiceError::field("search", "The search must be at most 400 bytes of text."));
    }
    Ok(())
}
