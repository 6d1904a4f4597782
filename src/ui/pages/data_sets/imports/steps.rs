//! What can be done with an import that waits: importing it, or dropping it.

use super::{Imports, words};
use crate::{
    api::{
        imports::{ImportAnswer, StartImport, StartImportRequest, StopImport},
        operation::Nothing,
    },
    domain::imports::ImportView,
    ui::{
        call_dialog::QuestionDialog,
        client::rest::Call,
        components::{Button, ButtonVariant, Switch},
        export::words::conversations,
        form::focus,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// Which of them are imported, and the buttons.
#[component]
pub(super) fn Import(own: Memo<ImportView>, imports: Imports) -> impl IntoView {
    let (id, valid, duplicates) = own.with_untracked(|own| (own.id, own.valid, own.duplicates));
    let all = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let start = move |()| {
        busy.set(true);
        imports.failed.set(None);
        let request = StartImportRequest { takes_duplicates: all.get_untracked() };
        spawn_local(async move {
            let answer = Call::<StartImport>::new(id, &request).send().await;
            // The page may be gone.
            busy.try_set(false);
            match answer {
                Ok(answer) => {
                    imports.list.change(answer.import);
                    // The button that was pressed is gone.
                    focus(format!("#{}", words::row_id(id)));
                }
                Err(error) => imports.fail(id, error.error),
            }
        });
    };
    let taken = Memo::new(move |_| if all.get() { valid } else { valid - duplicates });
    let also = (duplicates > 0).then(|| {
        view! {
            <Switch
                id=format!("duplicates-{id}")
                label=words::duplicates(duplicates)
                value=all
                on_change=move |on| all.set(on)
            />
        }
    });
    view! {
        {also}
        <div class="button-row">
            <Button
                id=format!("start-{id}")
                variant=ButtonVariant::Primary
                busy=busy
                disabled=Signal::derive(move || taken.get() == 0)
                reason="There is nothing to import."
                on_press=start
            >
                {move || format!("Import {}", conversations(taken.get()))}
            </Button>
            <DropButton own=own imports=imports />
        </div>
    }
    .into_any()
}

#[component]
pub(super) fn DropButton(own: Memo<ImportView>, imports: Imports) -> impl IntoView {
    let name = own.with_untracked(|own| own.file_name.clone());
    view! {
        <Button on_press=move |()| imports.dropping.ask(own.get_untracked())>
            "Drop…"
            <span class="visually-hidden">" " {name}</span>
        </Button>
    }
    .into_any()
}

#[component]
pub(super) fn DropDialog(imports: Imports) -> impl IntoView {
    let call = |import: ImportView| Call::<StopImport>::new(import.id, &Nothing {});
    let done = move |(import, answer): (ImportView, ImportAnswer)| {
        imports.list.change(answer.import);
        // The button that was pressed is gone.
        focus(format!("#{}", words::row_id(import.id)));
    };
    view! {
        <QuestionDialog
            id="drop-import"
            question=imports.dropping
            title=|import| format!("Drop {}?", import.file_name)
            confirm=|_| "Drop".to_owned()
            name=|import| import.file_name.clone()
            call=call
            on_done=done
            danger=true
        >
            <p>"What was sent is removed, and nothing of it is imported. Your file stays."</p>
        </QuestionDialog>
    }
    .into_any()
}
