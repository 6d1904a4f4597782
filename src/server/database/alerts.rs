//! Alerts: raised from what the health service sees, told once, resolved by themselves.
//!
//! Every 30 seconds one of the servers looks ([`evaluation`]): what the health service observed
//! becomes findings ([`findings`]), each is held against what is remembered of its subject
//! (`domain::database::step`), and what opens or gets worse is told: to all administrators
//! in the transaction that stores it, to the webhook from the row itself, until it has taken it
//! ([`webhook`]).

mod evaluation;
mod failed_operations;
mod findings;
mod gauges;
mod list;
mod rules;
mod store;
mod timeline;
mod webhook;

pub use findings::{FailedOperation, Finding, Findings, findings};
pub use list::of_month;

use crate::{
    domain::{
        accounts::Scope,
        database::{
            Alert, AlertChange, AlertCounts, AlertKind, AlertPage, AlertQuery, AlertRequest,
            Connections, OverviewAnswer, UsageLimits,
        },
        field_error::FieldErrors,
    },
    server::{
        database::health::HealthService,
        foundation::{context::RequestContext, error::ServiceError, shutdown::Shutdown},
        notifications::NotificationService,
        postgres::{Database, Event},
    },
};
use std::time::Duration;

/// How often it is looked whether the webhook is to be told something.
const DELIVERY_INTERVAL: Duration = Duration::from_secs(5);
/// Muted for this long when nothing is said.
const USUAL_HOURS: i64 = 24;
/// The longest that an alert is muted: a year.
const MOST_HOURS: i64 = 8760;
const USUAL_LIMIT: i64 = 20;
const MOST_ROWS: i64 = 100;

/// Raises, lists and settles alerts.
#[derive(Clone, Debug)]
pub struct AlertService {
    database: Database,
    health: HealthService,
    notifications: NotificationService,
    webhook: webhook::Sender,
}

impl AlertService {
    pub fn new(
        database: Database,
        health: HealthService,
        notifications: NotificationService,
    ) -> Self {
        Self { database, health, notifications, webhook: webhook::Sender::default() }
    }

    /// Tells the webhook what is due until the server stops.
    pub fn start(&self, shutdown: Shutdown) {
        let service = self.clone();
        tokio::spawn(async move {
            while !stops_within(&shutdown, DELIVERY_INTERVAL).await {
                if let Err(error) = service.deliver_due().await {
                    tracing::warn!(%error, "it could not be read what the webhook is to be told");
                }
            }
        });
    }

    /// The overview with the number of open alerts.
    pub async fn overview(
        &self,
        request: &RequestContext,
        fresh: bool,
    ) -> Result<OverviewAnswer, ServiceError> {
        let overview = self.health.overview(request, fresh).await?;
        let open = list::open(&self.database).await?;
        let connection_limits = self.connection_limits().await;
        Ok(OverviewAnswer {
            overview,
            open_critical: open.critical,
            open_warning: open.warning,
            open_info: open.info,
            worst_alert: open.worst,
            connection_limits,
        })
    }

    /// How many alerts are open.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn counts(&self, request: &RequestContext) -> Result<AlertCounts, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        list::open(&self.database).await
    }

    /// Who is connected now, with the limits of its alert.
    pub async fn connections(&self, request: &RequestContext) -> Result<Connections, ServiceError> {
        let connections = self.health.connections(request).await?;
        let limits = self.connection_limits().await;
        Ok(Connections { limits, ..connections })
    }

    /// By the rule as it is set here. Nothing when it cannot be read: who looks at the connections
    /// may have run out of them.
    async fn connection_limits(&self) -> UsageLimits {
        self.rule_of_connections().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "from when on connections are many could not be read");
            UsageLimits::default()
        })
    }

    /// Nothing while the rule is off.
    async fn rule_of_connections(&self) -> Result<UsageLimits, ServiceError> {
        let mut connection = self.database.pool().acquire().await?;
        let rules = rules::read(&mut connection).await?.effective();
        let rule = rules
            .into_iter()
            .find(|rule| rule.kind == AlertKind::HighConnectionUsage && rule.enabled);
        let share = |percent: Option<f64>| percent.map(|percent| percent / 100.0);
        Ok(rule.map_or_else(UsageLimits::default, |rule| UsageLimits {
            warning: share(rule.warning),
            critical: share(rule.critical),
        }))
    }

    /// One page of alerts, the worst first.
    ///
    /// # Errors
    /// 403 for everybody but administrators, 400 for a page or limit out of range.
    pub async fn list(
        &self,
        request: &RequestContext,
        query: &AlertQuery,
    ) -> Result<AlertPage, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let mut errors = FieldErrors::default();
        let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(USUAL_LIMIT));
        if !(1..=1_000_000).contains(&page) {
            errors.add("page", "The page must be a number from 1 on.");
        }
        if !(1..=MOST_ROWS).contains(&limit) {
            errors.add("limit", format!("The limit must be a number from 1 to {MOST_ROWS}."));
        }
        match errors.into_vec() {
            errors if errors.is_empty() => list::list(&self.database, query, page, limit).await,
            errors => Err(ServiceError::Validation(errors)),
        }
    }

    /// Acknowledges, resolves or mutes one alert.
    ///
    /// Resolved by hand while it is still so, it is not raised again before it was gone or gets
    /// worse.
    ///
    /// # Errors
    /// 400 for hours out of range, 404 when there is no such alert, 409 when it
    /// is resolved already.
    pub async fn act(
        &self,
        request: &RequestContext,
        body: &AlertRequest,
    ) -> Result<Alert, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?.user_id;
        let hours = body.hours.unwrap_or(USUAL_HOURS);
        if !(1..=MOST_HOURS).contains(&hours) {
            let sentence = format!("The hours must be 1 to {MOST_HOURS}.");
            return Err(ServiceError::field("hours", sentence));
        }
        let action = match body.action {
            AlertChange::Acknowledge => list::Action::Acknowledge,
            AlertChange::Resolve => list::Action::Resolve,
            AlertChange::Mute => list::Action::Mute { hours },
        };
        let alert = list::act(&self.database, body.alert_id, action, actor).await?;
        self.database.events().announce(Event::HealthChanged).await;
        Ok(alert)
    }
}

/// Waits that long; true when the server stops meanwhile.
async fn stops_within(shutdown: &Shutdown, time: Duration) -> bool {
    tokio::select! {
        () = shutdown.cancelled() => true,
        () = tokio::time::sleep(time) => shutdown.is_cancelled(),
    }
}
