//! The tabs of the page.

use crate::{
    domain::ai::ScopeType,
    ui::components::{IconName, Tab},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AiTab {
    Model,
    Limits,
    Costs,
    Keys,
    Timeouts,
    Effective,
    Usage,
    Gateway,
}

impl AiTab {
    /// The same tab of the other scope has an address of its own.
    pub fn address(self, scope: ScopeType) -> String {
        let slug = self.slug();
        match scope {
            ScopeType::Person => format!("/ai/{slug}"),
            ScopeType::Organization => format!("/ai/{slug}?scope=organization"),
        }
    }
}

impl Tab for AiTab {
    const ALL: &'static [Self] = &[
        Self::Model,
        Self::Limits,
        Self::Costs,
        Self::Keys,
        Self::Timeouts,
        Self::Effective,
        Self::Usage,
        Self::Gateway,
    ];

    fn about(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Model => ("model", "Model", IconName::Spark),
            Self::Limits => ("limits", "Rate limits & retries", IconName::Gauge),
            Self::Costs => ("costs", "Costs", IconName::Money),
            Self::Keys => ("keys", "API keys", IconName::Key),
            Self::Timeouts => ("timeouts", "Timeouts", IconName::Clock),
            Self::Effective => ("effective", "Effective", IconName::Layers),
            Self::Usage => ("usage", "Usage log", IconName::Queue),
            Self::Gateway => ("gateway", "Gateway", IconName::Link),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for tab in AiTab::ALL {
            assert_eq!(AiTab::from_slug(tab.slug()), *tab);
        }
        assert_eq!(AiTab::from_slug("nonsense"), AiTab::Model);
        assert_eq!(AiTab::Costs.address(ScopeType::Organization), "/ai/costs?scope=organization");
    }
}
