//! What became of the conversation, and taking the last decision back.

use super::state::Page;
use crate::{
    api::{operation::Nothing, reviews::UndoDecision},
    domain::conversations::ReviewEntry,
    ui::{
        client::rest::Call,
        components::{Button, Card, IconName, rows},
        conversation::StatusBadge,
        moment::Moment,
    },
};
use leptos::prelude::*;

#[component]
pub fn HistoryCard(page: Page) -> impl IntoView {
    let entries = Memo::new(move |_| page.now.with(|now| now.review_history.clone()));
    let list = move || {
        let mut entries = entries.get();
        if entries.is_empty() {
            return view! { <p class="muted">"Nobody has reviewed it yet."</p> }.into_any();
        }
        entries.reverse();
        let line = move |entry| view! { <Entry page=page entry=entry /> };
        let lines = rows(entries, |entry: &ReviewEntry| (entry.id, entry.can_undo), line);
        view! { <ul class="conversation-entries">{lines}</ul> }.into_any()
    };
    view! {
        <Card id="conversation-history" title="Review history">
            {list}
        </Card>
    }
    .into_any()
}

#[component]
fn Entry(page: Page, entry: ReviewEntry) -> impl IntoView {
    let id = entry.id;
    let undo = move |()| {
        let call = Call::<UndoDecision>::new((page.id, id), &Nothing {});
        let done = move |_: &_| page.told.set("The decision is taken back.".into());
        page.change(call, done, move |error| page.told.set(error.error));
    };
    let undo = entry.can_undo.then(|| {
        view! {
            <Button small=true icon=IconName::Undo busy=page.busy on_press=undo>
                "Undo"
            </Button>
        }
    });
    // A machine has no name, nor has an account that is gone.
    let who = entry.by_name.map(|name| view! { <span>{name}</span> });
    let comment = entry.comment.map(|comment| {
        view! {
            <p class="conversation-note" lang="" dir="auto">
                {comment}
            </p>
        }
    });
    view! {
        <li class="conversation-entry">
            <div class="cluster">
                <strong>{entry.action.label()}</strong>
                <StatusBadge status=entry.status />
                {who}
                <span class="small muted">
                    <Moment time=entry.at />
                    " · Version "
                    {entry.version}
                </span>
                {undo}
            </div>
            {comment}
        </li>
    }
    .into_any()
}
