//! The tabs of the page.

use super::{
    address::address, alerts::AlertsTab, backups::BackupsTab, connections::ConnectionsTab,
    indexes::IndexesTab, maintenance::MaintenanceTab, overview::OverviewTab, queries::QueriesTab,
    report::ReportTab, tables::TablesTab,
};
use crate::ui::{
    components::{IconName, Tab},
    tab_code::{TabCode, lazy_tab},
};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseTab {
    Overview,
    Tables,
    Indexes,
    Queries,
    Connections,
    Maintenance,
    Alerts,
    Report,
    Backups,
}

impl DatabaseTab {
    pub fn address(self) -> String {
        address(self.slug(), &[])
    }

    pub const fn code(self) -> TabCode {
        match self {
            Self::Overview => TabCode::of::<DatabaseOverviewTab>(),
            Self::Tables => TabCode::of::<DatabaseTablesTab>(),
            Self::Indexes => TabCode::of::<DatabaseIndexesTab>(),
            Self::Queries => TabCode::of::<DatabaseQueriesTab>(),
            Self::Connections => TabCode::of::<DatabaseConnectionsTab>(),
            Self::Maintenance => TabCode::of::<DatabaseMaintenanceTab>(),
            Self::Alerts => TabCode::of::<DatabaseAlertsTab>(),
            Self::Report => TabCode::of::<DatabaseReportTab>(),
            Self::Backups => TabCode::of::<DatabaseBackupsTab>(),
        }
    }
}

lazy_tab!(DatabaseOverviewTab, view! { <OverviewTab overview=expect_context() /> });
lazy_tab!(DatabaseTablesTab, view! { <TablesTab /> });
lazy_tab!(DatabaseIndexesTab, view! { <IndexesTab /> });
lazy_tab!(DatabaseQueriesTab, view! { <QueriesTab /> });
lazy_tab!(DatabaseConnectionsTab, view! { <ConnectionsTab /> });
lazy_tab!(DatabaseMaintenanceTab, view! { <MaintenanceTab /> });
lazy_tab!(DatabaseAlertsTab, view! { <AlertsTab /> });
lazy_tab!(DatabaseReportTab, view! { <ReportTab /> });
lazy_tab!(DatabaseBackupsTab, view! { <BackupsTab /> });

impl Tab for DatabaseTab {
    const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Tables,
        Self::Indexes,
        Self::Queries,
        Self::Connections,
        Self::Maintenance,
        Self::Alerts,
        Self::Report,
        Self::Backups,
    ];

    fn about(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Overview => ("overview", "Overview", IconName::Gauge),
            Self::Tables => ("tables", "Tables", IconName::Database),
            Self::Indexes => ("indexes", "Indexes", IconName::Layers),
            Self::Queries => ("queries", "Queries", IconName::Search),
            Self::Connections => ("connections", "Connections", IconName::Link),
            Self::Maintenance => ("maintenance", "Maintenance", IconName::Settings),
            Self::Alerts => ("alerts", "Alerts", IconName::Bell),
            Self::Report => ("report", "Report", IconName::History),
            Self::Backups => ("backups", "Backups", IconName::Download),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for tab in DatabaseTab::ALL {
            assert_eq!(DatabaseTab::from_slug(tab.slug()), *tab);
            assert_eq!(tab.address(), format!("/database/{}", tab.slug()));
        }
        assert_eq!(DatabaseTab::from_slug("nonsense"), DatabaseTab::Overview);
    }
}
