//! A question whose answer is one call to the server.

use super::{
    call_dialog::Question,
    client::rest::LooseCall,
    components::ConfirmDialog,
    form::{FormAlert, FormState},
};
use leptos::prelude::*;
use serde_json::Value;

/// Asks, makes the call when it is confirmed, and closes. Why the server refused stands in the
/// dialog, which stays open then.
#[component]
pub fn LooseCallDialog(
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    open: RwSignal<bool>,
    #[prop(into)] confirm: Signal<String>,
    /// What it is done to, for who hears only the button.
    #[prop(optional, into)]
    target: Signal<String>,
    #[prop(into)] call: Callback<(), LooseCall>,
    /// Hears the server's answer, after the dialog has closed.
    #[prop(into)]
    on_done: Callback<Value>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> impl IntoView {
    let form = FormState::new(id, &[]);
    let send = move |()| {
        form.send_loose(call.run(()), move |answer: Value| {
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
            target=target
            on_confirm=send
            on_cancel=cancel
            danger=danger
            busy=form.busy
        >
            <div class="stack" data-gap="s">{children()} <FormAlert form=form /></div>
        </ConfirmDialog>
    }
}

/// As [`LooseCallDialog`], about one thing out of a list. What the question and its button say and what
/// the call does come from the one value that was asked about.
#[component]
pub fn LooseQuestionDialog<T: Clone + Send + Sync + 'static>(
    id: &'static str,
    question: Question<T>,
    /// The question, which names the thing: "Revoke “backup”?".
    title: fn(&T) -> String,
    /// What the confirming button does, as a verb: "Revoke".
    confirm: fn(&T) -> String,
    /// What the thing is called, for who hears only the button.
    name: fn(&T) -> String,
    #[prop(into)] call: Callback<T, LooseCall>,
    /// Hears what was asked about and the server's answer, after the dialog has closed.
    #[prop(into)]
    on_done: Callback<(T, Value)>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> impl IntoView {
    let form = FormState::new(id, &[]);
    let send = move |()| {
        let Some(about) = question.about.get_untracked() else { return };
        form.send_loose(call.run(about.clone()), move |answer: Value| {
            question.open.set(false);
            on_done.run((about, answer));
        });
    };
    let cancel = move |()| {
        form.clear();
        question.open.set(false);
    };
    view! {
        <ConfirmDialog
            id=id
            title=question.words(title)
            open=question.open
            confirm=question.words(confirm)
            target=question.words(name)
            on_confirm=send
            on_cancel=cancel
            danger=danger
            busy=form.busy
        >
            <div class="stack" data-gap="s">{children()} <FormAlert form=form /></div>
        </ConfirmDialog>
    }
}
