//! A change that is sent at once, or only after a question that shows what it leads to.

use super::draft::AiDraft;
use crate::ui::{
    client::rest::Call,
    components::{Banner, ConfirmDialog, Difference, DifferenceList, TextField, Tone, text_rows},
};
use leptos::prelude::*;
use serde_json::Value;

/// Where configurations are changed.
pub const ADDRESS: &str = "/api/ai-configuration";

/// One change of the configurations of a scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    pub title: String,
    /// What the confirming button does.
    pub confirm: &'static str,
    /// Why it deserves a second look.
    pub warnings: Vec<String>,
    /// What would apply instead.
    pub effects: Vec<Difference>,
    pub method: &'static str,
    pub body: Value,
    /// The body takes a reason.
    pub takes_reason: bool,
    /// What is said when it worked.
    pub done: &'static str,
    /// The configuration that is changed.
    pub name: String,
    /// It stores the edits of that configuration.
    pub is_save: bool,
    pub is_removal: bool,
}

impl Proposal {
    pub fn save(name: String, body: Value) -> Self {
        Self {
            title: "Save these changes?".into(),
            confirm: "Save",
            method: "PATCH",
            body,
            takes_reason: true,
            done: "Saved. The next generation obeys it.",
            name,
            is_save: true,
            ..Self::default()
        }
    }

    pub fn call(&self, reason: &str) -> Call {
        let mut body = self.body.clone();
        if let Some(body) =
            body.as_object_mut().filter(|_| self.takes_reason && !reason.trim().is_empty())
        {
            body.insert("reason".into(), reason.trim().into());
        }
        Call::with(self.method, ADDRESS, &body)
    }
}

/// The question, while there is one.
#[component]
pub fn ProposalDialog(draft: AiDraft) -> impl IntoView {
    let proposal = draft.proposal;
    let reason = RwSignal::new(String::new());
    let open = Signal::derive(move || proposal.with(Option::is_some));
    Effect::new(move |_| {
        if open.get() {
            reason.set(String::new());
        }
    });
    // Words stay while the dialog closes.
    let shown = Memo::new(move |before: Option<&Proposal>| {
        proposal.get().unwrap_or_else(|| before.cloned().unwrap_or_default())
    });
    let confirm = move |()| {
        if let Some(proposal) = proposal.get_untracked() {
            draft.send(proposal, &reason.get_untracked());
        }
    };
    let content = move || {
        let Proposal { warnings, effects, takes_reason, .. } = shown.get();
        let nothing = effects.is_empty().then(|| view! { <p>"What applies stays as it is."</p> });
        let warnings = (!warnings.is_empty()).then(|| {
            view! { <ul>{text_rows(warnings, |sentence| view! { <li>{sentence}</li> })}</ul> }
        });
        let reason = takes_reason.then(|| {
            view! {
                <TextField
                    id="proposal-reason"
                    label="Reason"
                    hint="Optional. It stands in the history."
                    value=reason
                    max_length=500
                    on_change=move |text| reason.set(text)
                />
            }
        });
        view! {
            {warnings} {nothing}
            <DifferenceList items=effects />
            {reason}
        }
    };
    let refused = move || {
        draft
            .unplaced_error()
            .map(|sentence| view! { <Banner tone=Tone::Danger>{sentence}</Banner> })
    };
    view! {
        <ConfirmDialog
            id="proposal"
            title=Signal::derive(move || shown.with(|it| it.title.clone()))
            open=open
            confirm=Signal::derive(move || shown.with(|it| it.confirm.to_owned()))
            target=Signal::derive(move || shown.with(|it| it.name.clone()))
            on_confirm=confirm
            on_cancel=move |()| proposal.set(None)
            busy=draft.busy
        >
            <div class="stack" data-gap="s">
                {content}
                <Show when=move || open.get()>{refused}</Show>
            </div>
        </ConfirmDialog>
    }
    .into_any()
}
