//! Applying changed thresholds to conversations that nobody reviewed.

use crate::{
    api::conversations::{RerateConversations, RerateRequest},
    domain::{conversations::RerateAnswer, money::grouped},
    ui::{
        call_dialog::CallDialog,
        client::{rest::Call, toasts::use_toasts},
        components::{Button, Tone, parts},
        form::{FormAlert, FormState},
    },
};
use leptos::prelude::*;

/// Asks what it would do, shows it, and does it.
#[component]
pub fn Rerate(
    /// Thresholds are on their way to the server, which rates by those that it has.
    #[prop(into)]
    unsaved: Signal<bool>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let (open, toasts) = (RwSignal::new(false), use_toasts());
    let planned = RwSignal::new(RerateAnswer::default());
    let form = FormState::new("rerate", &[]);
    let ask = move |()| {
        let preview = Call::<RerateConversations>::new((), &RerateRequest { preview: true });
        form.send(preview, move |answer| {
            let _ = planned.try_set(answer);
            open.set(true);
        });
    };
    let moves = move || {
        parts(planned.get().moves.into_iter().map(|one| {
            view! {
                <li>
                    {format!(
                        "{}: {} → {}",
                        grouped(&one.count.to_string()),
                        one.from.label(),
                        one.to.label(),
                    )}
                </li>
            }
        }))
    };
    let done = move |answer: RerateAnswer| {
        toasts.show(Tone::Success, answer.sentence());
        on_done.run(());
    };
    let call = move |()| Call::<RerateConversations>::new((), &RerateRequest { preview: false });
    view! {
        <div class="button-row" data-needs-script="">
            <Button on_press=ask disabled=unsaved busy=form.busy>
                "Apply to existing conversations…"
            </Button>
        </div>
        <FormAlert form=form />
        <CallDialog
            id="rerate-dialog"
            title="Apply your thresholds to existing conversations?"
            open=open
            confirm="Apply"
            call=call
            on_done=done
        >
            <p>{move || planned.with(RerateAnswer::sentence)}</p>
            <ul>{moves}</ul>
        </CallDialog>
    }
    .into_any()
}
