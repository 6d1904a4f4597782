//! What a rollback would do, the reason for it, and the question.

use super::Undoing;
use crate::{
    domain::history::Preview,
    ui::{
        components::{Banner, ConfirmDialog, DifferenceList, Skeleton, TextField, Tone},
        form::FormAlert,
        words::{difference, label},
    },
};
use leptos::prelude::*;

/// The question, while there is one.
pub fn rollback_dialog(undoing: Undoing) -> AnyView {
    let Undoing { previews, reason, form, open, .. } = undoing;
    let title = Signal::derive(move || {
        undoing.plan.with(|plan| match (plan.bulk, plan.chosen.len()) {
            (false, _) => "Roll back this change?".to_owned(),
            (true, 1) => "Roll back 1 change?".to_owned(),
            (true, many) => format!("Roll back {many} changes?"),
        })
    });
    let disabled = Signal::derive(move || {
        previews.with(|all| all.iter().all(is_nothing) || all.iter().any(|one| !one.errors.is_empty()))
    });
    let content = move || {
        let all = previews.get();
        if all.is_empty() && form.busy.get() {
            return view! { <Skeleton label="Loading what would change" lines=3 /> }.into_any();
        }
        all.into_iter().map(target).collect_view().into_any()
    };
    view! {
        <ConfirmDialog
            id=form.id
            title=title
            open=open
            confirm="Roll back"
            on_confirm=move |()| undoing.confirm()
            on_cancel=move |()| undoing.cancel()
            busy=form.busy
            disabled=disabled
        >
            <div class="stack" data-gap="s">
                <p>"A rollback is a new change of its own. Nothing is lost, and it can be rolled back as well."</p>
                {content}
                <TextField
                    id="rollback-reason"
                    label="Reason"
                    hint="It stands in the history. For what belongs to an organization one is needed."
                    error=form.error("reason")
                    max_length=500
                    value=reason
                    on_change=move |text| reason.set(text)
                />
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
    .into_any()
}

/// Making or deleting the target is a change, even of no value.
fn is_nothing(preview: &Preview) -> bool {
    let whole = |code: &str| matches!(code, "target_deleted" | "will_delete");
    preview.differences.is_empty() && !preview.warnings.iter().any(|warning| whole(&warning.code))
}

/// One target: from what stands now to what comes back.
fn target(preview: Preview) -> AnyView {
    let nothing = is_nothing(&preview).then(|| view! { <p>"It stands like that already; nothing would change."</p> });
    let removed = preview.differences.iter().any(|field| field.new.is_none());
    let removed =
        removed.then(|| view! { <p class="hint">"Where a value is removed, the one beneath it applies again."</p> });
    let items: Vec<_> = preview.differences.iter().map(difference).collect();
    // The field for the reason says it too.
    let warnings = preview.warnings.into_iter().filter(|warning| warning.code != "no_reason");
    let warnings = sentences(Tone::Warning, warnings.map(|warning| warning.message).collect());
    let errors = preview.errors.into_iter().map(|error| {
        if error.path.is_empty() { error.message } else { format!("{}: {}", label(&error.path), error.message) }
    });
    let errors = sentences(Tone::Danger, errors.collect());
    view! {
        <h3>{preview.target_name}</h3>
        {nothing}
        <DifferenceList items=items />
        {removed}
        {warnings}
        {errors}
    }
    .into_any()
}

fn sentences(tone: Tone, all: Vec<String>) -> Option<AnyView> {
    let lines = all.iter().map(|sentence| view! { <p>{sentence.clone()}</p> }).collect_view();
    (!all.is_empty()).then(|| view! { <Banner tone=tone>{lines}</Banner> }.into_any())
}
