//! The tabs of the page.

use crate::ui::components::{IconName, Tab};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationTab {
    Members,
    Defaults,
}

impl OrganizationTab {
    pub fn address(self) -> String {
        format!("/organization/{}", self.slug())
    }
}

impl Tab for OrganizationTab {
    const ALL: &'static [Self] = &[Self::Members, Self::Defaults];

    fn slug(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Defaults => "defaults",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Members => "Members",
            Self::Defaults => "Defaults",
        }
    }

    fn icon(self) -> IconName {
        match self {
            Self::Members => IconName::User,
            Self::Defaults => IconName::Settings,
        }
    }
}
