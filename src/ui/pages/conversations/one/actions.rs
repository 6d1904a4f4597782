//! What can be done with the conversation as a whole.

use super::{edit::Edit, state::Page};
use crate::{
    api::{
        conversations::{ArchiveConversation, UnarchiveConversation},
        error::ApiError,
        operation::Nothing,
    },
    ui::{
        client::rest::Call,
        components::{Button, IconName},
    },
};
use leptos::prelude::*;

#[component]
pub fn Actions(page: Page, edit: Edit) -> impl IntoView {
    let archived = Memo::new(move |_| page.is_archived());
    let edit_reason = move || match (edit.open.get(), archived.get()) {
        (true, _) => Some("You are editing it.".to_owned()),
        (_, true) => Some("Bring it back to edit it.".to_owned()),
        _ => None,
    };
    let archive_reason =
        move || edit.open.get().then(|| "Save or cancel your changes first.".to_owned());
    let move_it = move |()| {
        let fail = move |error: ApiError| page.told.set(error.error);
        if archived.get_untracked() {
            let call = Call::<UnarchiveConversation>::new(page.id, &Nothing {});
            page.change(call, move |_| page.told.set("It is back.".into()), fail);
        } else {
            let call = Call::<ArchiveConversation>::new(page.id, &Nothing {});
            page.change(call, move |_| page.told.set("Archived.".into()), fail);
        }
    };
    view! {
        <div class="button-row">
            <Button
                id="edit-conversation"
                icon=IconName::Pencil
                disabled=Signal::derive(move || edit_reason().is_some())
                reason=Signal::derive(edit_reason)
                on_press=move |()| edit.begin()
            >
                "Edit"
            </Button>
            <Button
                id="archive-conversation"
                disabled=edit.open
                reason=Signal::derive(archive_reason)
                busy=page.busy
                on_press=move_it
            >
                {move || if archived.get() { "Bring back" } else { "Archive" }}
            </Button>
        </div>
    }
    .into_any()
}
