//! The tab of imports: a file is sent, looked at, and imported when somebody says so.

mod new;
mod problems;
mod row;
mod sending;

use crate::{
    api::imports::{ImportsAnswer, load_imports},
    domain::imports::ImportView,
    ui::{
        client::{
            live::{self, News},
            resource::resource,
        },
        components::{Card, EmptyState, IconName},
        loaded::Loaded,
    },
};
use leptos::{prelude::*, task::spawn_local};
use new::NewImport;
use row::Row;
use std::time::Duration;
use uuid::Uuid;

/// How often it is asked how far they are, while a server works on one.
const EVERY: Duration = Duration::from_secs(1);

#[component]
pub fn ImportsTab() -> impl IntoView {
    let read = resource(|| (), |()| load_imports());
    let listed = move |answer: ImportsAnswer| view! { <Listed imports=answer.imports /> };
    view! { <Loaded read=read label="Loading the imports" lines=6 children=listed /> }.into_any()
}

/// What the tab shows.
#[derive(Clone, Copy)]
struct Imports {
    all: RwSignal<Vec<ImportView>>,
    /// Which file this tab is sending.
    sending: RwSignal<Option<Uuid>>,
    /// Why one could not be sent, or something else was refused.
    failed: RwSignal<Option<(Uuid, String)>>,
    asking: StoredValue<bool>,
}

impl Imports {
    /// Reads them again. Without an answer what is shown stays.
    fn look(self) {
        if document().hidden() || self.asking.try_get_value() != Some(false) {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = load_imports().await;
            // The page may be gone.
            self.asking.try_set_value(false);
            if let Ok(answer) = answer
                && self.all.try_with_untracked(|all| *all != answer.imports) == Some(true)
            {
                self.all.set(answer.imports);
            }
        });
    }

    /// Takes in what was answered about one.
    fn take(self, import: ImportView) {
        self.all.try_update(|all| match all.iter_mut().find(|own| own.id == import.id) {
            Some(own) => *own = import,
            None => all.insert(0, import),
        });
    }

    fn fail(self, id: Uuid, sentence: String) {
        self.failed.try_set(Some((id, sentence)));
    }

    /// Follows what a server works on, for as long as the component lives that calls it.
    fn follow(self) {
        Effect::new(move |_| {
            live::on(move |news| {
                if matches!(news, News::Missed) {
                    self.look();
                }
            });
            // Another tab may have begun one.
            let seen = window_event_listener_untyped("visibilitychange", move |_| self.look());
            let ask = move || {
                let works = |all: &Vec<ImportView>| all.iter().any(|own| own.state.is_open());
                if self.all.try_with_untracked(works) == Some(true) {
                    self.look();
                }
            };
            let turns = set_interval_with_handle(ask, EVERY).ok();
            on_cleanup(move || {
                seen.remove();
                if let Some(turns) = turns {
                    turns.clear();
                }
            });
        });
    }
}

#[component]
fn Listed(imports: Vec<ImportView>) -> impl IntoView {
    let imports = Imports {
        all: RwSignal::new(imports),
        sending: RwSignal::new(None),
        failed: RwSignal::new(None),
        asking: StoredValue::new(false),
    };
    imports.follow();
    let any = Memo::new(move |_| imports.all.with(|all| !all.is_empty()));
    let list = move || match any.get() {
        true => view! {
            <ul class="items">
                <For each=move || imports.all.get() key=|import| import.id let:import>
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
    view! {
        <NewImport imports=imports />
        <Card id="imports" title="Imports" flush=true>
            {list}
        </Card>
    }
    .into_any()
}
