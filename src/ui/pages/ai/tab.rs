//! The tabs of the page.

use super::{
    costs::CostsTab, effective::EffectiveTab, gateway::GatewayTab, keys::KeysTab,
    limits::LimitsTab, model::ModelTab, timeouts::TimeoutsTab, usage::UsageTab,
};
use crate::{
    domain::ai::{ScopeType, catalog::Section},
    ui::{
        components::{IconName, Tab},
        tab_code::{TabCode, lazy_tab},
    },
};
use leptos::prelude::*;

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

    /// The one that a section of the configuration stands on.
    pub const fn of(section: Section) -> Self {
        match section {
            Section::Model => Self::Model,
            Section::RateLimiting | Section::RetryStrategy => Self::Limits,
            Section::CostBudget => Self::Costs,
            Section::ApiKeys => Self::Keys,
            Section::Timeouts => Self::Timeouts,
        }
    }

    /// Whether it is a part of the configuration that is edited.
    pub const fn edits(self) -> bool {
        !matches!(self, Self::Effective | Self::Usage | Self::Gateway)
    }

    /// Whether it shows what the edits lead to.
    pub const fn previews(self) -> bool {
        matches!(self, Self::Effective)
    }

    pub const fn code(self) -> TabCode {
        match self {
            Self::Model => TabCode::of::<AiModelTab>(),
            Self::Limits => TabCode::of::<AiLimitsTab>(),
            Self::Costs => TabCode::of::<AiCostsTab>(),
            Self::Keys => TabCode::of::<AiKeysTab>(),
            Self::Timeouts => TabCode::of::<AiTimeoutsTab>(),
            Self::Effective => TabCode::of::<AiEffectiveTab>(),
            Self::Usage => TabCode::of::<AiUsageTab>(),
            Self::Gateway => TabCode::of::<AiGatewayTab>(),
        }
    }
}

lazy_tab!(AiModelTab, view! { <ModelTab draft=expect_context() /> });
lazy_tab!(AiLimitsTab, view! { <LimitsTab draft=expect_context() /> });
lazy_tab!(AiCostsTab, view! { <CostsTab draft=expect_context() /> });
lazy_tab!(AiKeysTab, view! { <KeysTab draft=expect_context() /> });
lazy_tab!(AiTimeoutsTab, view! { <TimeoutsTab draft=expect_context() /> });
lazy_tab!(AiEffectiveTab, view! { <EffectiveTab draft=expect_context() /> });
lazy_tab!(AiUsageTab, view! { <UsageTab draft=expect_context() /> });
lazy_tab!(AiGatewayTab, view! { <GatewayTab draft=expect_context() /> });

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
