//! The tab of imports: a file is sent, looked at, and imported when somebody says so.

mod new;
mod problems;
mod row;
mod sending;
mod steps;
mod words;

use super::followed::{Entry, Followed};
use crate::{
    api::{
        error::ApiError,
        imports::{ImportsAnswer, load_imports},
    },
    domain::imports::ImportView,
    ui::{
        call_dialog::Question,
        client::{begun::Begun, resource::resource},
        components::{Card, EmptyState, IconName},
        form::warn_before_leaving,
        loaded::Loaded,
    },
};
use leptos::prelude::*;
use new::NewImport;
use row::Row;
use sending::sending;
use steps::DropDialog;
use uuid::Uuid;

/// How many the server lists.
const LISTED: usize = 50;

impl Entry for ImportView {
    const BEGUN: Begun = Begun::Imports;

    fn id(&self) -> Uuid {
        self.id
    }

    fn is_open(&self) -> bool {
        self.state.is_open() || sending().with_untracked(|all| all.contains(&self.id))
    }

    async fn read() -> Result<Vec<Self>, ApiError> {
        Ok(load_imports().await?.imports)
    }
}

#[component]
pub fn ImportsTab() -> impl IntoView {
    let read = resource(|| (), |()| load_imports());
    let listed = move |answer: ImportsAnswer| view! { <Shown imports=answer.imports /> };
    view! { <Loaded read=read label="Loading the imports" lines=6 children=listed /> }.into_any()
}

/// What the tab shows, and what is done with its entries.
#[derive(Clone, Copy)]
struct Imports {
    list: Followed<ImportView>,
    /// Of which ones this tab is sending the files.
    sending: RwSignal<Vec<Uuid>>,
    /// Why one could not be sent, or something else was refused.
    failed: RwSignal<Option<(Uuid, String)>>,
    dropping: Question<ImportView>,
}

impl Imports {
    fn fail(self, id: Uuid, sentence: impl Into<String>) {
        self.failed.try_set(Some((id, sentence.into())));
    }
}

#[component]
fn Shown(imports: Vec<ImportView>) -> impl IntoView {
    let imports = Imports {
        list: Followed::new(imports),
        sending: sending().into(),
        failed: RwSignal::new(None),
        dropping: Question::default(),
    };
    // What has come stays with the server, but somebody has to choose the file again.
    warn_before_leaving(|| sending().with_untracked(|all| !all.is_empty()));
    view! {
        <div class="stack">
            <NewImport imports=imports />
            <Card id="imports" title="Imports" flush=true>
                <Listed imports=imports />
            </Card>
        </div>
        <DropDialog imports=imports />
    }
    .into_any()
}

#[component]
fn Listed(imports: Imports) -> impl IntoView {
    let count = Memo::new(move |_| imports.list.all.with(Vec::len));
    let any = Memo::new(move |_| count.get() > 0);
    let list = move || match any.get() {
        true => view! {
            <ul class="items">
                <For each=move || imports.list.all.get() key=|import| import.id let:import>
                    <Row first=import imports=imports />
                </For>
            </ul>
        }
        .into_any(),
        false => view! {
            <EmptyState
                icon=IconName::Upload
                title="No imports yet"
                text="Conversations from files of Train and of others: JSON Lines, JSON or CSV. \
                Nothing is imported before you have seen what was found."
            />
        }
        .into_any(),
    };
    let more = move || {
        let more = format!("The newest {LISTED} are listed.");
        (count.get() >= LISTED).then(|| view! { <p class="list-note muted">{more}</p> })
    };
    view! {
        {list}
        {more}
    }
    .into_any()
}
