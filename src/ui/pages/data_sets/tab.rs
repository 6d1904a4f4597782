//! The tabs of the page.

use super::{exports::ExportsTab, imports::ImportsTab, sets::SetsTab};
use crate::ui::{
    components::{IconName, Tab},
    tab_code::{TabCode, lazy_tab},
};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSetsTab {
    Sets,
    Exports,
    Imports,
}

impl DataSetsTab {
    /// The page itself is the address of the first.
    pub fn address(self) -> String {
        match self {
            Self::Sets => "/datasets".to_owned(),
            _ => format!("/datasets/{}", self.slug()),
        }
    }

    pub const fn code(self) -> TabCode {
        match self {
            Self::Sets => TabCode::of::<DatasetsSetsTab>(),
            Self::Exports => TabCode::of::<DatasetsExportsTab>(),
            Self::Imports => TabCode::of::<DatasetsImportsTab>(),
        }
    }
}

lazy_tab!(DatasetsSetsTab, view! { <SetsTab /> });
lazy_tab!(DatasetsExportsTab, view! { <ExportsTab /> });
lazy_tab!(DatasetsImportsTab, view! { <ImportsTab /> });

impl Tab for DataSetsTab {
    const ALL: &'static [Self] = &[Self::Sets, Self::Exports, Self::Imports];

    fn about(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Sets => ("", "Data sets", IconName::Layers),
            Self::Exports => ("exports", "Exports", IconName::Download),
            Self::Imports => ("imports", "Imports", IconName::Upload),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for tab in DataSetsTab::ALL {
            assert_eq!(DataSetsTab::from_slug(tab.slug()), *tab);
            assert_eq!(tab.address().trim_end_matches('/'), tab.address());
        }
        assert_eq!(DataSetsTab::Imports.address(), "/datasets/imports");
    }
}
