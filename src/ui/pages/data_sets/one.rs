//! One data set with its versions; the address says which of them is shown.

mod card;
mod dialogs;
mod difference;
mod head;
mod new_version;
mod shares;
mod state;
mod version;
mod versions;

use super::use_data_set;
use crate::ui::{
    client::resource::resource,
    components::{EmptyState, IconName, LinkButton, NeedsScript, PageTitle, rows},
    export::{ExportPlace, Exporting},
    loaded::{Failure, Loaded},
    page_query::use_page_query,
};
use dialogs::{RemoveDialog, RemoveVersionDialog, RenameDialog};
use head::Head;
use leptos::prelude::*;
use new_version::NewVersion;
use state::{Page, Whole, read};
use uuid::Uuid;
use version::Version;
use versions::Versions;

#[component]
pub fn OneDataSet() -> impl IntoView {
    let id = use_data_set();
    let query = use_page_query();
    let asked =
        Memo::new(move |_| query.with(|query| Uuid::try_parse(&query.get("version")?).ok()));
    // Later on the page itself reads what it does not know.
    let whole =
        resource(move || id.get().unwrap_or_default(), move |id| read(id, asked.get_untracked()));
    let exporting = Exporting::provide();
    let show = move |whole: Whole| {
        view! { <Content whole=whole asked=asked exporting=exporting /> }
    };
    view! {
        <PageTitle text="Data set" />
        <ExportPlace exporting=exporting />
        <Loaded
            read=whole
            label="Loading the data set"
            lines=8
            refused=|| view! { <Missing /> }.into_any()
            children=show
        />
    }
    .into_any()
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Layers
            title="No such data set"
            text="It was removed, or belongs to another organization."
            whole_page=true
            actions=|| view! { <LinkButton href="/datasets">"All data sets"</LinkButton> }
        />
    }
    .into_any()
}

/// Drawn once and then only changed: what is typed into its dialogs stays, and the focus.
#[component]
fn Content(whole: Whole, asked: Memo<Option<Uuid>>, exporting: Exporting) -> impl IntoView {
    let page = Page::new(whole, asked, exporting);
    let name = Signal::derive(move || page.set.with(|set| set.name.clone()));
    view! {
        <PageTitle text=name />
        <Head page=page />
        <NeedsScript text="Making versions and files of them needs JavaScript." />
        <div class="stack">
            <Versions page=page />
            <Shown page=page />
        </div>
        <NewVersion page=page />
        <RenameDialog page=page />
        <RemoveDialog page=page />
        <RemoveVersionDialog page=page />
    }
    .into_any()
}

/// The version that the address names, or why it could not be read.
#[component]
fn Shown(page: Page) -> impl IntoView {
    // Another version has elements of its own.
    let version = move || {
        rows(
            page.shown.get(),
            |own| own.summary.id,
            move |own| view! { <Version version=own page=page /> },
        )
    };
    let again = Callback::new(move |()| page.read_again());
    let failed =
        move || page.failed.get().map(|error| view! { <Failure error=error again=again /> });
    view! { <div class="stack">{failed} {version}</div> }.into_any()
}
