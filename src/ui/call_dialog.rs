//! A question whose answer is one call to the server.

use super::{
    client::rest::Call,
    components::ConfirmDialog,
    form::{FormAlert, FormState},
};
use crate::api::operation::Operation;
use leptos::prelude::*;

/// Asks, makes the call when it is confirmed, and closes. Why the server refused stands in the
/// dialog, which stays open then.
#[component]
pub fn CallDialog<O: Operation>(
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    open: RwSignal<bool>,
    #[prop(into)] confirm: Signal<String>,
    /// What it is done to, for who hears only the button.
    #[prop(optional, into)]
    target: Signal<String>,
    #[prop(into)] call: Callback<(), Call<O>>,
    /// Receives the server's answer, after the dialog has closed.
    #[prop(into)]
    on_done: Callback<O::Answer>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> impl IntoView {
    let form = FormState::new(id, &[]);
    let send = move |()| {
        form.send(call.run(()), move |answer| {
            open.set(false);
            // What it did may have taken this off the page before the answer came.
            let _ = on_done.try_run(answer);
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
            <div class="stack" data-gap="s">
                {children()}
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
}

/// One of several things that something is to be done to, and whether it is being asked.
pub struct Question<T: Send + Sync + 'static> {
    pub(super) about: RwSignal<Option<T>>,
    pub(super) open: RwSignal<bool>,
}

impl<T: Send + Sync + 'static> Clone for Question<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Question<T> {}

impl<T: Send + Sync + 'static> Default for Question<T> {
    fn default() -> Self {
        Self { about: RwSignal::new(None), open: RwSignal::new(false) }
    }
}

impl<T: Clone + Send + Sync + 'static> Question<T> {
    pub fn ask(self, about: T) {
        self.about.set(Some(about));
        self.open.set(true);
    }

    /// Something about it, for the text of the question.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.about.with(|about| about.as_ref().map(read))
    }

    pub(super) fn words(self, words: fn(&T) -> String) -> Signal<String> {
        Signal::derive(move || self.with(words).unwrap_or_default())
    }
}

/// As [`CallDialog`], about one thing out of a list. What the question and its button say and what
/// the call does come from the one value that was asked about.
#[component]
pub fn QuestionDialog<T: Clone + Send + Sync + 'static, O: Operation>(
    id: &'static str,
    question: Question<T>,
    /// The question, which names the thing: "Revoke “backup”?".
    title: fn(&T) -> String,
    /// What the confirming button does, as a verb: "Revoke".
    confirm: fn(&T) -> String,
    /// What the thing is called, for who hears only the button.
    name: fn(&T) -> String,
    #[prop(into)] call: Callback<T, Call<O>>,
    /// Receives what was asked about and the server's answer, after the dialog has closed.
    #[prop(into)]
    on_done: Callback<(T, O::Answer)>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> impl IntoView {
    let form = FormState::new(id, &[]);
    let send = move |()| {
        let Some(about) = question.about.get_untracked() else { return };
        form.send(call.run(about.clone()), move |answer| {
            question.open.set(false);
            let _ = on_done.try_run((about, answer));
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
            <div class="stack" data-gap="s">
                {children()}
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// The attributes of every `<ConfirmDialog>` and `<CallDialog>` below a directory.
    fn dialogs(directory: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                dialogs(&entry.path(), found);
                continue;
            }
            let text = fs::read_to_string(entry.path()).unwrap();
            for kind in ["ConfirmDialog", "CallDialog"] {
                let begin = format!("<{kind}\n");
                let tags = text.split(&begin).skip(1);
                let attributes = tags.filter_map(|tag| Some(tag.split_once("\n        >\n")?.0));
                let path = entry.path().display().to_string();
                found.extend(attributes.map(|it| (path.clone(), it.to_owned())));
            }
        }
    }

    #[test]
    fn issue_13_3_2_a_button_that_destroys_names_what_it_destroys() {
        let mut found = Vec::new();
        dialogs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut found);
        found.retain(|(_, attributes)| attributes.contains("danger="));
        assert!(found.len() > 3, "{found:?}");
        for (path, attributes) in found {
            assert!(attributes.contains("target="), "{path}: {attributes}");
        }
    }
}
