//! `/datasets`: data sets, exports and imports; one data set at `/datasets/{id}`. Each has code of
//! its own.

mod exports;
mod followed;
mod imports;
mod one;
mod sets;
mod sizes;
mod tab;

use crate::ui::{
    components::{TabPage, use_tab},
    tab_code::{TabCode, lazy_tab},
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
use one::OneDataSet;
pub use tab::DataSetsTab;
use uuid::Uuid;

lazy_tab!(DatasetsOneTab, view! { <OneDataSet /> });

/// The code of one data set.
pub const ONE_CODE: TabCode = TabCode::of::<DatasetsOneTab>();

/// The page, loaded when it is visited. It is called like its address.
pub struct DatasetsPage;

#[lazy_route]
impl LazyRoute for DatasetsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! { <DataSets /> }.into_any()
    }
}

/// The data set that the address names; `None` on the tabs.
fn use_data_set() -> Memo<Option<Uuid>> {
    let parameters = use_params_map();
    Memo::new(move |_| parameters.with(|all| Uuid::try_parse(&all.get("tab")?).ok()))
}

#[component]
fn DataSets() -> impl IntoView {
    let id = use_data_set();
    let is_one = Memo::new(move |_| id.get().is_some());
    move || if is_one.get() { ONE_CODE.show() } else { view! { <Tabs /> }.into_any() }
}

#[component]
fn Tabs() -> impl IntoView {
    let tab = use_tab::<DataSetsTab>();
    let content = move || tab.get().code().show();
    view! {
        <TabPage
            page="Data sets"
            tab=tab
            href=DataSetsTab::address
            hint="What models are trained with: versions that stay as they are, files, and \
            conversations from elsewhere."
            needs_script="Exporting, importing and changing data sets need JavaScript."
        >
            {content}
        </TabPage>
    }
    .into_any()
}
