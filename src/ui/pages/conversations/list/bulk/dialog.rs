//! The dialog in which something is asked before it is done to many.

use super::{Act, Bulk, question::Question, words};
use crate::{
    domain::reviews::Decision,
    ui::{
        components::{Button, ButtonVariant, Dialog, TextArea, TextField, text_rows},
        form::FetchForm,
    },
};
use leptos::prelude::*;

const fn title(act: Act) -> &'static str {
    match act {
        Act::Decide(Decision::Approved) => "Approve conversations",
        Act::Decide(Decision::Rejected) => "Reject conversations",
        Act::Decide(Decision::NeedsRevision) => "Mark conversations for revision",
        Act::Tag => "Change tags",
        Act::Rerate => "Rate conversations again",
        Act::Archive => "Archive conversations",
        Act::Unarchive => "Bring conversations back",
        Act::Delete => "Delete conversations",
        Act::Revise => "Revise with Claude",
    }
}

#[component]
pub fn BulkDialog(bulk: Bulk) -> impl IntoView {
    let question = Question::new(bulk);
    // Stays while the dialog closes.
    let act = Memo::new(move |before: Option<&Option<Act>>| {
        let now = bulk.asking.with(|wanted| wanted.as_ref().map(|wanted| wanted.act));
        now.or(before.copied().flatten())
    });
    let open = Signal::derive(move || bulk.asking.with(Option::is_some));
    let fields = move || act.get().map(|act| view! { <Fields act=act question=question /> });
    let button = move || act.get().map(|act| view! { <Confirm act=act question=question /> });
    view! {
        <Dialog
            id="bulk-dialog"
            title=Signal::derive(move || act.get().map(title).unwrap_or_default().to_owned())
            open=open
            on_close=move |()| question.cancel()
            footer=move || {
                view! {
                    <Button autofocus=true on_press=move |()| question.cancel()>
                        "Cancel"
                    </Button>
                    {button}
                }
            }
        >
            <FetchForm form=question.form on_send=move |()| question.press()>
                {fields}
                <Numbers question=question />
            </FetchForm>
        </Dialog>
    }
    .into_any()
}

/// What has to be said, or may be.
#[component]
fn Fields(act: Act, question: Question) -> impl IntoView {
    let form = question.form;
    match act {
        Act::Decide(_) => view! {
            <TextArea
                id="bulk-comment"
                label="Comment"
                hint="Optional. Stands in the review history of each."
                rows=2
                value=question.comment
                on_change=move |text| question.comment.set(text)
                error=form.error("action.comment")
            />
        }
        .into_any(),
        Act::Tag => {
            let field = move |name: &'static str, label: &'static str, text: RwSignal<String>| {
                let change = move |typed: String| {
                    text.set(typed);
                    question.change();
                };
                view! {
                    <TextField
                        id=format!("bulk-{name}")
                        label=label
                        hint="Separated by commas."
                        autofocus=name == "add"
                        value=text
                        on_change=change
                        error=form.error_at(format!("action.{name}"))
                    />
                }
            };
            view! {
                {field("add", "Tags to add", question.add)}
                {field("remove", "Tags to remove", question.remove)}
            }
            .into_any()
        }
        Act::Revise => view! {
            <TextArea
                id="bulk-instruction"
                label="What should Claude change?"
                rows=4
                value=question.instruction
                on_change=move |text| {
                    question.instruction.set(text);
                    question.change();
                }
                error=form.error("action.instruction")
            />
        }
        .into_any(),
        _ => ().into_any(),
    }
}

/// What would be done, once the server has counted it.
#[component]
fn Numbers(question: Question) -> impl IntoView {
    let sentences = move || {
        let told = question.prepared.with(|job| job.as_ref().map(words::prepared));
        told.map(|told| text_rows(told, |sentence| view! { <p>{sentence}</p> }).into_any())
    };
    let counting = move || {
        let counts = question.form.busy.get() && question.prepared.with(Option::is_none);
        counts.then(|| {
            view! {
                <p>
                    <span class="spinner" aria-hidden="true"></span>
                    " Counting the conversations…"
                </p>
            }
        })
    };
    view! {
        <div class="bulk-numbers" role="status">
            {counting}
            {sentences}
        </div>
    }
    .into_any()
}

/// The button names what it does and to how many, once that is known.
#[component]
fn Confirm(act: Act, question: Question) -> impl IntoView {
    let (form, prepared) = (question.form, question.prepared);
    let variant = match act {
        Act::Delete => ButtonVariant::Danger,
        _ => ButtonVariant::Primary,
    };
    let label = move || {
        let will = prepared.with(|job| {
            let job = job.as_ref().filter(|job| job.changed > 0)?;
            Some(words::will(&job.action, job.changed))
        });
        will.unwrap_or_else(|| "Continue".to_owned())
    };
    let is_idle = Signal::derive(move || {
        prepared.with(|job| job.as_ref().is_some_and(|job| job.changed == 0))
    });
    view! {
        <Button kind="submit" form=form.id variant=variant busy=form.busy disabled=is_idle>
            {label}
        </Button>
    }
    .into_any()
}
