//! The log of exports: the files that can be fetched, and what became of the others.

mod details;
mod row;

use crate::{
    api::exports::{ExportsAnswer, load_exports},
    domain::exports::ExportView,
    ui::{
        client::{
            boot::use_boot,
            live::{self, News},
            resource::resource,
            shortcuts::use_shortcuts,
        },
        components::{Button, ButtonVariant, Card, EmptyState, IconName, LinkButton},
        export::{ExportPlace, Exporting, Subject},
        loaded::Loaded,
    },
};
use leptos::{prelude::*, task::spawn_local};
use row::Row;
use std::time::Duration;
use uuid::Uuid;

/// How often it is asked how far they are, while one is being written.
const EVERY: Duration = Duration::from_secs(1);

#[component]
pub fn ExportsTab() -> impl IntoView {
    let exporting = Exporting::provide();
    let export_all = move || exporting.ask(Subject::Query(String::new()));
    use_shortcuts().on("export", export_all);
    let read = resource(move || exporting.begun.get(), |_| load_exports());
    let listed = move |answer: ExportsAnswer| {
        view! { <Listed exports=answer.exports exporting=exporting /> }
    };
    view! {
        <ExportPlace exporting=exporting />
        <Card
            id="exports"
            title="Exports"
            hint="A file stays for 24 hours, its line in this log for good."
            flush=true
            actions=move || {
                view! {
                    <span data-needs-script="">
                        <Button
                            small=true
                            icon=IconName::Download
                            on_press=move |()| export_all()
                        >
                            "Export all…"
                        </Button>
                    </span>
                }
            }
        >
            <Loaded read=read label="Loading the exports" lines=6 children=listed />
        </Card>
    }
    .into_any()
}

/// What the list shows.
#[derive(Clone, Copy)]
struct Log {
    all: RwSignal<Vec<ExportView>>,
    exporting: Exporting,
    user: Option<Uuid>,
    asking: StoredValue<bool>,
}

impl Log {
    /// Reads it again. Without an answer what is shown stays.
    fn look(self) {
        if document().hidden() || self.asking.try_get_value() != Some(false) {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = load_exports().await;
            // The page may be gone.
            self.asking.try_set_value(false);
            if let Ok(answer) = answer
                && self.all.try_with_untracked(|all| *all != answer.exports) == Some(true)
            {
                self.all.set(answer.exports);
            }
        });
    }

    /// Takes in what was answered about one.
    fn take(self, export: ExportView) {
        self.all.try_update(|all| {
            if let Some(own) = all.iter_mut().find(|own| own.id == export.id) {
                *own = export;
            }
        });
    }

    /// Follows what is being written, for as long as the component lives that calls it.
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
                let writes = |all: &Vec<ExportView>| all.iter().any(|own| own.state.is_open());
                if self.all.try_with_untracked(writes) == Some(true) {
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
fn Listed(exports: Vec<ExportView>, exporting: Exporting) -> impl IntoView {
    let log = Log {
        all: RwSignal::new(exports),
        exporting,
        user: use_boot().user.map(|user| user.id),
        asking: StoredValue::new(false),
    };
    log.follow();
    let any = Memo::new(move |_| log.all.with(|all| !all.is_empty()));
    move || match any.get() {
        true => view! {
            <ul class="items">
                <For each=move || log.all.get() key=|export| export.id let:export>
                    <Row first=export log=log />
                </For>
            </ul>
        }
        .into_any(),
        false => view! { <Nothing /> }.into_any(),
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Download
            title="No exports yet"
            text="Choose conversations in their table and press Export. Their files appear here."
            actions=|| {
                view! {
                    <LinkButton href="/conversations" variant=ButtonVariant::Primary>
                        "Conversations"
                    </LinkButton>
                }
            }
        />
    }
    .into_any()
}
