//! The monthly report on the database: computed when it is asked for, from what was noted in that
//! month. Nothing of it is stored, so that it never contradicts its sources.

mod history;
mod plots;

use crate::{
    domain::{
        accounts::Scope,
        database::{DrawnReport, Evidence, Month, Panel, Report, forecast, recommend},
    },
    server::{
        database::{alerts, backups, maintenance},
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Database, apart, time_zones},
    },
};
use chrono::Utc;

/// Alerts and operations, at most: a report is read by people.
const MOST: i64 = 200;

/// Makes reports from snapshots, alerts and the maintenance log.
#[derive(Clone, Debug)]
pub struct ReportService {
    database: Database,
}

impl ReportService {
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// `month`: `2026-11`; the current one when absent. Months are those of UTC.
    ///
    /// # Errors
    /// 400 for what is no month, and for one that has not begun.
    pub async fn report(
        &self,
        request: &RequestContext,
        month: Option<&str>,
    ) -> Result<Report, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let month = asked(month)?;
        Ok(self.of(month).await?.0)
    }

    /// The same with its pictures.
    pub async fn drawn(
        &self,
        request: &RequestContext,
        month: Option<&str>,
    ) -> Result<DrawnReport, ServiceError> {
        let person = request.administer(Scope::DatabaseRead)?.user_id;
        let zone = time_zones::of_person(self.database.pool(), person).await?;
        let (report, sizes) = self.of(asked(month)?).await?;
        plots::draw(report, &sizes, zone)
    }

    async fn of(&self, month: Month) -> Result<(Report, Vec<history::Size>), ServiceError> {
        let now = Utc::now();
        let pool = self.database.pool();
        let (known, alerts, operations, backups) = tokio::try_join!(
            apart(history::read(self.database.operations(), month)),
            apart(alerts::of_month(pool, month, MOST)),
            apart(async { Ok(maintenance::of_month(pool, month, MOST).await?) }),
            apart(backups::standing(pool)),
        )?;
        let (size, sizes) = match known.sizes {
            Panel::Unavailable { unavailable } => (Panel::Unavailable { unavailable }, Vec::new()),
            Panel::Reading(reading) => {
                (history::size(forecast(&reading.value), reading.as_of), reading.value)
            }
        };
        let recommendations = recommend(&Evidence {
            now,
            alerts: &alerts,
            operations: &operations,
            regressions: known.regressions.value().map_or(&[], Vec::as_slice),
            growth: known.growth.value().map_or(&[], Vec::as_slice),
            size: size.value().copied(),
            newest_backup: backups.newest,
            backups_scheduled: backups.scheduled,
        });
        let options = self.database.connect_options();
        let host = match self.database.cluster() {
            Some(_) => "embedded",
            None => options.get_host(),
        };
        let report = Report {
            month: month.to_string(),
            database: options.get_database().unwrap_or_default().to_owned(),
            host: host.to_owned(),
            from: month.from(),
            to: month.to(),
            made_at: now,
            running: now < month.to(),
            months: known.months,
            size,
            largest_growth: known.growth,
            regressions: known.regressions,
            alerts,
            operations,
            recommendations,
        };
        Ok((report, sizes))
    }
}

fn asked(month: Option<&str>) -> Result<Month, ServiceError> {
    let current = Month::of(Utc::now());
    let Some(text) = month else { return Ok(current) };
    let month: Month =
        text.parse().map_err(|message: String| ServiceError::field("month", message))?;
    if month > current {
        return Err(ServiceError::field("month", format!("{month} has not begun yet.")));
    }
    Ok(month)
}
