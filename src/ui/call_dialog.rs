//! A question whose answer is one call to the server.

use super::{
    client::rest::Call,
    components::ConfirmDialog,
    form::{FormAlert, FormState},
};
use leptos::prelude::*;
use serde_json::Value;

/// Asks, makes the call when it is confirmed, and closes. Why the server refused stands in the dialog, which stays open then.
#[component]
pub fn CallDialog(
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    open: RwSignal<bool>,
    #[prop(into)] confirm: Signal<String>,
    #[prop(into)] call: Callback<(), Call>,
    /// Hears the server's answer, after the dialog has closed.
    #[prop(into)]
    on_done: Callback<Value>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> impl IntoView {
    let form = FormState::new(id, &[]);
    let send = move |()| {
        form.send(call.run(()), move |answer: Value| {
            open.set(false);
            on_done.run(answer);
        });
    };
    let cancel = move |()| {
        form.clear();
        open.set(false);
    };
    view! {
        <ConfirmDialog
            id=id
            title=title
            open=open
            confirm=confirm
            on_confirm=send
            on_cancel=cancel
            danger=danger
            busy=form.busy
        >
            <div class="stack" data-gap="s">{children()} <FormAlert form=form /></div>
        </ConfirmDialog>
    }
}
