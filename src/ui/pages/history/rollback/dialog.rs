//! What a rollback would do, the reason for it, and the question.

use super::{
    super::beneath::{Beneath, Owned},
    Plan, Undoing,
};
use crate::{
    domain::{history::Preview, merge_patch::FieldChange},
    ui::{
        components::{
            Banner, ConfirmDialog, DifferenceList, Skeleton, TextField, Tone, rows, text_rows,
        },
        form::FormAlert,
        words::label,
    },
};
use leptos::prelude::*;

/// The question, while there is one.
#[component]
pub fn RollbackDialog(undoing: Undoing, beneath: Beneath) -> impl IntoView {
    let Undoing { previews, reason, form, open, .. } = undoing;
    let title = Signal::derive(move || undoing.plan.with(Plan::title));
    let confirm = Signal::derive(move || {
        let is_of_version = undoing.plan.with(Plan::is_of_version);
        if is_of_version { "Restore" } else { "Roll back" }.to_owned()
    });
    let disabled = Signal::derive(move || {
        previews
            .with(|all| all.iter().all(is_nothing) || all.iter().any(|one| !one.errors.is_empty()))
    });
    let content = move || {
        let all = previews.get();
        if all.is_empty() && form.busy.get() {
            return view! { <Skeleton label="Loading what would change" lines=3 /> }.into_any();
        }
        let words = words(&undoing.plan.get(), &all, undoing.counts.get());
        let target = |preview| view! { <Target preview=preview beneath=beneath.clone() /> };
        view! {
            {words.map(|(sentence, keys)| view! { <About sentence=sentence keys=keys /> })}
            {rows(all, |preview: &Preview| preview.target_id, target)}
        }
        .into_any()
    };
    view! {
        <ConfirmDialog
            id=form.id
            title=title
            open=open
            confirm=confirm
            on_confirm=move |()| undoing.confirm()
            on_cancel=move |()| undoing.cancel()
            busy=form.busy
            disabled=disabled
        >
            <div class="stack" data-gap="s">
                <p>
                    "A rollback is recorded as a new change and can itself be rolled back."
                </p>
                {content}
                <TextField
                    id="rollback-reason"
                    label="Reason"
                    hint="Recorded in history. Required for changes to an organization."
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

/// What else to know of the whole: a sentence, and how many changes of API keys are left out.
fn words(plan: &Plan, previews: &[Preview], (changes, keys): (i64, i64)) -> Option<(String, i64)> {
    let sentence = match plan {
        Plan::One(_) if plan.is_of_version() => {
            "Everything returns to this version, including what was changed since.".to_owned()
        }
        Plan::Found(_) if previews.is_empty() && changes == 0 => {
            "You cannot change anything that the filters match.".to_owned()
        }
        Plan::Found(_) => {
            format!("{} of {}.", counted(changes, "change"), counted(count(previews), "target"))
        }
        _ => return None,
    };
    Some((sentence, keys))
}

#[component]
fn About(sentence: String, keys: i64) -> impl IntoView {
    let keys = (keys > 0).then(|| {
        let words = counted(keys, "change");
        view! { <p>{words} " to API keys skipped: history does not store keys."</p> }
    });
    view! {
        <p>{sentence}</p>
        {keys}
    }
    .into_any()
}

fn count(previews: &[Preview]) -> i64 {
    i64::try_from(previews.len()).unwrap_or(i64::MAX)
}

fn counted(number: i64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// One target: from what stands now to what comes back.
#[component]
fn Target(preview: Preview, beneath: Beneath) -> impl IntoView {
    let nothing = is_nothing(&preview)
        .then(|| view! { <p>"Already at these values; nothing would change."</p> });
    let owned = Owned::of(&preview);
    let fields = StoredValue::new(preview.differences);
    // What is inherited may change while the question is open.
    let is_unknown = {
        let beneath = beneath.clone();
        move |field: &FieldChange| {
            field.new.is_none() && beneath.words(&field.path, &owned).is_none()
        }
    };
    let items = Signal::derive(move || {
        fields.with_value(|fields| {
            fields.iter().map(|field| beneath.difference(field, &owned)).collect::<Vec<_>>()
        })
    });
    let removed = move || {
        let is_unknown = fields.with_value(|fields| fields.iter().any(&is_unknown));
        is_unknown.then(|| {
            view! {
                <p class="hint">
                    "Where a value is removed, the default applies again."
                </p>
            }
        })
    };
    // The field for the reason says it too.
    let warnings = preview.warnings.into_iter().filter(|warning| warning.code != "no_reason");
    let warnings: Vec<_> = warnings.map(|warning| warning.message).collect();
    let errors = preview.errors.into_iter().map(|error| {
        if error.path.is_empty() {
            error.message
        } else {
            format!("{}: {}", label(&error.path), error.message)
        }
    });
    let errors: Vec<_> = errors.collect();
    view! {
        <h3>{preview.target_name}</h3>
        {nothing}
        <DifferenceList items=items />
        {removed}
        <Sentences tone=Tone::Warning all=warnings />
        <Sentences tone=Tone::Danger all=errors />
    }
    .into_any()
}

/// What is to be told with this tone, if anything.
#[component]
fn Sentences(tone: Tone, all: Vec<String>) -> impl IntoView {
    (!all.is_empty()).then(|| {
        let lines = text_rows(all, |sentence| view! { <p>{sentence}</p> });
        view! { <Banner tone=tone>{lines}</Banner> }
    })
}
