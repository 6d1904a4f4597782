//! Another name for a passkey.

use crate::{
    api::accounts::passkeys::{PasskeyPatch, RenamePasskey},
    domain::accounts::PasskeyView,
    ui::{
        client::rest::Call,
        components::{Dialog, TextField},
        form::{DialogButtons, FetchForm, FormState},
    },
};
use leptos::prelude::*;

/// Asks for the name, for the passkey that is being renamed.
#[component]
pub fn RenamePasskeyDialog(
    renaming: RwSignal<Option<PasskeyView>>,
    #[prop(into)] on_renamed: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("rename-passkey-form", &["name"]);
    let close = move |()| {
        form.clear();
        renaming.set(None);
    };
    let send = move |()| {
        let Some(passkey) = renaming.get_untracked() else { return };
        let patch = PasskeyPatch { name: form.typed("passkey_name") };
        form.send(Call::<RenamePasskey>::new(passkey.id, &patch), move |_| {
            close(());
            on_renamed.run(());
        });
    };
    let footer = move || {
        view! {
            <DialogButtons form=form on_cancel=close>
                "Rename"
            </DialogButtons>
        }
    };
    let fields = move |passkey: PasskeyView| {
        view! {
            <FetchForm form=form on_send=send>
                <TextField
                    id="passkey-new-name"
                    name="passkey_name"
                    label="Name"
                    value=passkey.name
                    error=form.error("name")
                    autofocus=true
                />
            </FetchForm>
        }
    };
    view! {
        <Dialog
            id="rename-passkey"
            title="Rename the passkey"
            open=Signal::derive(move || renaming.with(Option::is_some))
            on_close=close
            footer=footer
        >
            {move || renaming.get().map(fields)}
        </Dialog>
    }
}
