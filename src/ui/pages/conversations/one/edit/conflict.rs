//! Somebody else saved meanwhile: both texts, and the choice between them.

use super::{super::differences::ContentChanges, Edit};
use crate::{
    domain::conversations::content_changes,
    ui::{
        client::settled::settled,
        components::{Banner, Button, ButtonVariant, Tone},
        form::FormState,
    },
};
use leptos::prelude::*;

/// Mine is compared again once typing rests for so long.
const REST_MS: u32 = 300;

#[component]
pub fn Conflict(edit: Edit, form: FormState) -> impl IntoView {
    // Mine are saved again, this time over theirs; should somebody have been faster once more, it
    // is asked again.
    let keep_mine = move |()| {
        if let Some(theirs) = edit.conflict.get_untracked() {
            edit.base.set(theirs.version);
            edit.page.show(theirs);
            edit.conflict.set(None);
            edit.save(form);
        }
    };
    let take_theirs = move |()| {
        if let Some(theirs) = edit.conflict.get_untracked() {
            edit.page.show(theirs);
            edit.reason.set(String::new());
            edit.close();
        }
    };
    move || {
        let theirs = edit.conflict.get()?;
        let version = theirs.version;
        let mine = settled(Memo::new(move |_| edit.content()), REST_MS);
        let changes =
            Memo::new(move |_| mine.with(|mine| content_changes(&theirs.content(), mine)));
        Some(view! {
            <div class="stack" id="edit-conflict">
                <Banner tone=Tone::Warning>
                    <strong>{format!("Somebody saved version {version} meanwhile.")}</strong>
                    " Nothing of yours is lost. Below, what only theirs has is marked as \
                        removed, and what only yours has as added."
                </Banner>
                <div class="button-row">
                    <Button variant=ButtonVariant::Primary busy=form.busy on_press=keep_mine>
                        "Keep mine"
                    </Button>
                    <Button disabled=form.busy on_press=take_theirs>
                        "Take theirs"
                    </Button>
                </div>
                {move || view! { <ContentChanges changes=changes.get() /> }}
            </div>
        })
    }
}
