//! Adding a passkey.

use super::super::own_password::{CodeField, OwnPassword};
use crate::{
    api::accounts::passkeys::{AddPasskey, AddPasskeyRequest, BeginPasskey, BeginPasskeyRequest},
    domain::{accounts::SecretText, field_error::FieldError, names::PasskeyName},
    ui::{
        client::{
            passkeys::{self, Asking},
            rest::Call,
        },
        components::{Dialog, TextField},
        form::{DialogButtons, FetchForm, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use web_sys::AbortController;

/// Asks for a name and the password, then lets the browser ask its person.
#[component]
pub fn AddPasskeyDialog(
    open: RwSignal<bool>,
    #[prop(into)] on_added: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("passkey-form", &["name", "password", "code"]);
    // Ends the browser's question with the dialog.
    let stop = StoredValue::new(None::<SendWrapper<AbortController>>);
    let close = move |()| {
        form.clear();
        open.set(false);
        if let Some(stop) = stop.try_update_value(Option::take).flatten() {
            stop.abort();
        }
    };
    let refuse = move |path, sentence: &str| form.refuse(vec![FieldError::new(path, sentence)]);
    let send = move |()| {
        let name = form.typed("passkey_name");
        if let Err(sentence) = PasskeyName::parse(&name) {
            return refuse("name", &sentence);
        }
        if !passkeys::are_supported() {
            let sentence = "This browser makes no passkeys on this page. Open it by https, or use \
                a newer browser.";
            return refuse("", sentence);
        }
        let typed = |name| SecretText::new(form.typed(name));
        let begin = BeginPasskeyRequest { password: typed("password"), code: typed("code") };
        form.send(Call::<BeginPasskey>::new((), &begin), move |begun| {
            // Somebody who gave up meanwhile is asked for nothing more.
            if open.try_get_untracked() != Some(true) {
                return;
            }
            form.busy.set(true);
            let signal = AbortController::new().ok().map(|controller| {
                let signal = controller.signal();
                stop.set_value(Some(SendWrapper::new(controller)));
                signal
            });
            spawn_local(async move {
                let options = &begun.options;
                let answer = passkeys::ask(Asking::Create, options, signal.as_ref()).await;
                if form.busy.try_set(false).is_some() || !open.get_untracked() {
                    return;
                }
                let Some(credential) = answer else {
                    return refuse("", "No passkey was made. Try again.");
                };
                let request = AddPasskeyRequest { ceremony: begun.ceremony, name, credential };
                form.send(Call::<AddPasskey>::new((), &request), move |_| {
                    close(());
                    let _ = on_added.try_run(());
                });
            });
        });
    };
    let asks_for_code = asked_for_code(form, open);
    let footer = move || {
        view! {
            <DialogButtons form=form on_cancel=close>
                "Continue"
            </DialogButtons>
        }
    };
    view! {
        <Dialog id="add-passkey" title="Add a passkey" open=open on_close=close footer=footer>
            <Show when=move || open.get()>
                <FetchForm form=form on_send=send>
                    <TextField
                        id="passkey-name"
                        name="passkey_name"
                        label="Name"
                        hint="So you can recognise it later."
                        placeholder="Phone"
                        error=form.error("name")
                        autofocus=true
                    />
                    <OwnPassword form=form id="passkey-password" />
                    <Show when=move || asks_for_code.get()>
                        <CodeField form=form id="passkey-code" />
                    </Show>
                </FetchForm>
            </Show>
        </Dialog>
    }
}

/// Whether signing in asks this person for a code; once the server has said so, until the dialog is
/// closed.
fn asked_for_code(form: FormState, open: RwSignal<bool>) -> RwSignal<bool> {
    let error = form.error("code");
    let asked = RwSignal::new(false);
    Effect::new(move |_| {
        if !open.get() {
            asked.set(false);
        } else if error.with(Option::is_some) {
            asked.set(true);
        }
    });
    asked
}
