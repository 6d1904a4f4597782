//! The question before a change whose effect deserves a second look.

use super::{draft::AiDraft, proposal::Proposal};
use crate::ui::components::{Banner, ConfirmDialog, DifferenceList, TextField, Tone, text_rows};
use leptos::prelude::*;

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
    let shown = Memo::new(move |before: Option<&Option<Proposal>>| {
        proposal.get().or_else(|| before.cloned().flatten())
    });
    let word = move |of: fn(&Proposal) -> String| {
        Signal::derive(move || shown.with(|shown| shown.as_ref().map(of).unwrap_or_default()))
    };
    let confirm = move |()| {
        if let Some(proposal) = proposal.get_untracked() {
            draft.send(proposal, &reason.get_untracked());
        }
    };
    let content = move || {
        let Proposal { change, warnings, effects, unfelt, .. } = shown.get()?;
        let nothing = effects
            .is_empty()
            .then(|| view! { <p>"The effective configuration stays the same."</p> });
        let warnings = (!warnings.is_empty()).then(|| {
            view! { <ul>{text_rows(warnings, |sentence| view! { <li>{sentence}</li> })}</ul> }
        });
        let unfelt = (!unfelt.is_empty()).then(|| {
            view! {
                <p>"Changed as well, without effect for now:"</p>
                <DifferenceList items=unfelt />
            }
        });
        let reason = change.takes_reason().then(|| {
            view! {
                <TextField
                    id="proposal-reason"
                    label="Reason"
                    hint="Optional. Recorded in history."
                    value=reason
                    max_length=500
                    on_change=move |text| reason.set(text)
                />
            }
        });
        Some(view! {
            {warnings}
            {nothing}
            <DifferenceList items=effects />
            {unfelt}
            {reason}
        })
    };
    let refused = move || {
        draft
            .unplaced_error()
            .map(|sentence| view! { <Banner tone=Tone::Danger>{sentence}</Banner> })
    };
    view! {
        <ConfirmDialog
            id="proposal"
            title=word(|it| it.title.clone())
            open=open
            confirm=word(|it| it.confirm.to_owned())
            target=word(|it| it.name.clone())
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
