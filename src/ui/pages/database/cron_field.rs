//! When something is done by the clock.

use super::words::cron_words;
use crate::{
    domain::cron::Cron,
    ui::{components::TextField, form::FormState},
};
use leptos::prelude::*;

/// Five fields as in cron, what they mean or what is wrong with them while they are typed, and the
/// time zone that they are in. The form's errors of `cron` and `timeZone` are shown here.
#[component]
pub fn CronField(
    /// The ids begin with it.
    id: &'static str,
    form: FormState,
    cron: RwSignal<String>,
    zone: RwSignal<String>,
    /// What else is to be said of the times.
    #[prop(optional, into)]
    note: ViewFn,
) -> impl IntoView {
    let words = move || {
        cron.with(|text| match Cron::parse(text) {
            Ok(_) => cron_words(text).unwrap_or_default(),
            Err(problem) => problem,
        })
    };
    view! {
        <TextField
            id=format!("{id}-cron")
            label="When"
            hint="Minute, hour, day of the month, month, day of the week, as in cron."
            mono=true
            value=cron
            on_change=move |text| cron.set(text)
            error=form.error("cron")
        />
        <p class="muted small" role="status">
            {words}
        </p>
        {move || note.run()}
        <TextField
            id=format!("{id}-zone")
            label="Time zone"
            value=zone
            on_change=move |text| zone.set(text)
            error=form.error("timeZone")
        />
    }
    .into_any()
}
