//! The dialog: first how it is to be written, then how far it is.

use super::{Exporting, fields::ExportFields, numbers::Numbers, progress::Made, wishes::Wishes};
use crate::ui::{
    components::{Button, ButtonVariant, Dialog, IconName, rows},
    form::FetchForm,
};
use leptos::prelude::*;

#[component]
pub fn ExportDialog(exporting: Exporting) -> impl IntoView {
    let wishes = Wishes::new(exporting);
    let stands = Memo::new(move |_| {
        let turn = exporting.asked.with(|asked| asked.as_ref().map(|asked| asked.turn));
        (turn, wishes.made.with(Option::is_some))
    });
    // Fields of another export are other fields.
    let body = move || {
        rows(
            [stands.get()],
            |stands| *stands,
            move |(_, is_made)| match is_made {
                true => view! { <Made wishes=wishes /> }.into_any(),
                false => view! { <Form wishes=wishes /> }.into_any(),
            },
        )
    };
    let footer = move || match stands.get().1 {
        true => view! { <Button on_press=move |()| wishes.close()>"Close"</Button> }.into_any(),
        false => view! { <Send wishes=wishes /> }.into_any(),
    };
    view! {
        <Dialog
            id="export-dialog"
            title="Export conversations"
            open=exporting.open
            large=true
            on_close=move |()| wishes.close()
            footer=move || footer
        >
            {body}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Form(wishes: Wishes) -> impl IntoView {
    view! {
        <FetchForm form=wishes.form on_send=move |()| wishes.send()>
            <Numbers wishes=wishes />
            <ExportFields wishes=wishes />
        </FetchForm>
    }
    .into_any()
}

/// The way out, and the button that begins it, unless there is nothing to export.
#[component]
fn Send(wishes: Wishes) -> impl IntoView {
    let is_idle = Signal::derive(move || {
        let is_empty = matches!(wishes.preview(), Some(Ok(preview)) if preview.taken == 0);
        is_empty && wishes.is_counted()
    });
    view! {
        <Button on_press=move |()| wishes.close()>"Cancel"</Button>
        <Button
            kind="submit"
            form=wishes.form.id
            variant=ButtonVariant::Primary
            icon=IconName::Download
            autofocus=true
            busy=wishes.form.busy
            disabled=is_idle
        >
            "Export"
        </Button>
    }
    .into_any()
}
