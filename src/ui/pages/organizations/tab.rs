//! The tabs of the page.

use crate::ui::components::{IconName, Tab};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationTab {
    Members,
    Defaults,
    Conversations,
}

impl OrganizationTab {
    pub fn address(self) -> String {
        format!("/organization/{}", self.slug())
    }
}

impl Tab for OrganizationTab {
    const ALL: &'static [Self] = &[Self::Members, Self::Defaults, Self::Conversations];

    fn about(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Members => ("members", "Members", IconName::User),
            Self::Defaults => ("defaults", "Defaults", IconName::Settings),
            Self::Conversations => ("conversations", "Conversations", IconName::Chat),
        }
    }
}
