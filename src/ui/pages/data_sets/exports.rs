//! The log of exports: the files that can be fetched, and what became of the others.

mod details;
mod row;

use super::followed::{Entry, Followed};
use crate::{
    api::{
        error::ApiError,
        exports::{ExportAnswer, ExportsAnswer, StopExport, load_exports},
        operation::Nothing,
    },
    domain::exports::ExportView,
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{
            begun::Begun, boot::use_boot, resource::resource, rest::Call, shortcuts::use_shortcuts,
        },
        components::{Button, ButtonVariant, Card, EmptyState, IconName, LinkButton},
        export::{ExportPlace, Exporting, Subject},
        form::focus,
        loaded::Loaded,
    },
};
use leptos::prelude::*;
use row::{Row, row_id};
use uuid::Uuid;

/// How many the server lists.
const LISTED: usize = 50;

impl Entry for ExportView {
    const BEGUN: Begun = Begun::Exports;

    fn id(&self) -> Uuid {
        self.id
    }

    fn is_open(&self) -> bool {
        self.state.is_open()
    }

    async fn read() -> Result<Vec<Self>, ApiError> {
        Ok(load_exports().await?.exports)
    }
}

#[component]
pub fn ExportsTab() -> impl IntoView {
    let exporting = Exporting::provide();
    let export_all = move || exporting.ask(Subject::Query(String::new()));
    use_shortcuts().on("export", export_all);
    let read = resource(|| (), |()| load_exports());
    let listed = move |answer: ExportsAnswer| {
        view! { <Listed exports=answer.exports exporting=exporting /> }
    };
    view! {
        <ExportPlace exporting=exporting />
        <Card
            id="exports"
            title="Exports"
            hint="Your last ten files stay for 24 hours, their lines in this log for a year."
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

/// What the list shows, and what is done with its entries.
#[derive(Clone, Copy)]
struct Log {
    list: Followed<ExportView>,
    exporting: Exporting,
    stopping: Question<ExportView>,
    user: Option<Uuid>,
}

#[component]
fn Listed(exports: Vec<ExportView>, exporting: Exporting) -> impl IntoView {
    let log = Log {
        list: Followed::new(exports),
        exporting,
        stopping: Question::default(),
        user: use_boot().user.map(|user| user.id),
    };
    Effect::new(move |before: Option<()>| {
        exporting.begun.track();
        if before.is_some() {
            log.list.look();
        }
    });
    let count = Memo::new(move |_| log.list.all.with(Vec::len));
    let any = Memo::new(move |_| count.get() > 0);
    let list = move || match any.get() {
        true => view! {
            <ul class="items">
                <For each=move || log.list.all.get() key=|export| export.id let:export>
                    <Row first=export log=log />
                </For>
            </ul>
        }
        .into_any(),
        false => view! { <NothingYet /> }.into_any(),
    };
    let more = move || {
        let more = format!("The newest {LISTED} are listed.");
        (count.get() >= LISTED).then(|| view! { <p class="list-note muted">{more}</p> })
    };
    view! {
        {list}
        {more}
        <StopDialog log=log />
    }
    .into_any()
}

#[component]
fn StopDialog(log: Log) -> impl IntoView {
    let call = |export: ExportView| Call::<StopExport>::new(export.id, &Nothing {});
    let done = move |(export, answer): (ExportView, ExportAnswer)| {
        log.list.change(answer.export);
        // The button that was pressed is gone.
        focus(format!("#{} summary", row_id(export.id)));
    };
    view! {
        <QuestionDialog
            id="stop-export"
            question=log.stopping
            title=|_| "Stop this export?".to_owned()
            confirm=|_| "Stop".to_owned()
            name=|export| export.file_name.clone()
            call=call
            on_done=done
            danger=true
        >
            <p>"What was written of its file is removed. The conversations stay."</p>
        </QuestionDialog>
    }
    .into_any()
}

#[component]
fn NothingYet() -> impl IntoView {
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
