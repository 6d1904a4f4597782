//! The tabs of the page.

use super::{
    jobs::JobsTab, log::LogTab, mail::MailTab, organizations::OrganizationsTab,
    overview::OverviewTab, people::PeopleTab,
};
use crate::ui::{
    components::{IconName, Tab},
    tab_code::{TabCode, lazy_tab},
};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminTab {
    Overview,
    People,
    Organizations,
    Jobs,
    Mail,
    Log,
}

impl AdminTab {
    pub fn address(self) -> String {
        format!("/admin/{}", self.slug())
    }

    pub const fn code(self) -> TabCode {
        match self {
            Self::Overview => TabCode::of::<AdminOverviewTab>(),
            Self::People => TabCode::of::<AdminPeopleTab>(),
            Self::Organizations => TabCode::of::<AdminOrganizationsTab>(),
            Self::Jobs => TabCode::of::<AdminJobsTab>(),
            Self::Mail => TabCode::of::<AdminMailTab>(),
            Self::Log => TabCode::of::<AdminLogTab>(),
        }
    }
}

lazy_tab!(AdminOverviewTab, view! { <OverviewTab /> });
lazy_tab!(AdminPeopleTab, view! { <PeopleTab /> });
lazy_tab!(AdminOrganizationsTab, view! { <OrganizationsTab /> });
lazy_tab!(AdminJobsTab, view! { <JobsTab /> });
lazy_tab!(AdminMailTab, view! { <MailTab /> });
lazy_tab!(AdminLogTab, view! { <LogTab /> });

impl Tab for AdminTab {
    const ALL: &'static [Self] =
        &[Self::Overview, Self::People, Self::Organizations, Self::Jobs, Self::Mail, Self::Log];

    fn about(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Overview => ("overview", "Overview", IconName::Gauge),
            Self::People => ("people", "People", IconName::User),
            Self::Organizations => ("organizations", "Organizations", IconName::Building),
            Self::Jobs => ("jobs", "Periodic jobs", IconName::Queue),
            Self::Mail => ("mail", "Mail", IconName::Mail),
            Self::Log => ("log", "Log", IconName::History),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for tab in AdminTab::ALL {
            assert_eq!(AdminTab::from_slug(tab.slug()), *tab);
            assert_eq!(tab.address(), format!("/admin/{}", tab.slug()));
        }
        assert_eq!(AdminTab::from_slug("nonsense"), AdminTab::Overview);
    }
}
