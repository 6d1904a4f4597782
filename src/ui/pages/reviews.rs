//! `/review`: one conversation of a queue at a time. What is decided is sent behind the reviewer's
//! back; the next one is there already.

mod buttons;
mod claims;
mod comments;
mod decide;
mod figures;
mod filter;
mod item;
mod kept;
mod notices;
mod panel;
mod questions;
mod queue;
mod state;
mod undo;

use crate::{
    api::reviews::Queue,
    ui::{
        client::boot::use_boot,
        components::{Choice, NeedsScript, PageHeader, PageTitle, SegmentedControl},
        form::warn_before_leaving,
        page_query::use_page_query,
    },
};
use buttons::bind_keys;
use figures::Figures;
use filter::{Asked, address};
use item::Item;
use leptos::prelude::*;
use leptos_router::{LazyRoute, NavigateOptions, hooks::use_navigate, lazy_route};
use notices::Notices;
use questions::Questions;
use state::Reviewing;

/// The page, loaded when it is visited.
pub struct ReviewPage;

#[lazy_route]
impl LazyRoute for ReviewPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! { <Review /> }.into_any()
    }
}

#[component]
fn Review() -> impl IntoView {
    let user = use_boot().user.map(|user| user.id).unwrap_or_default();
    let query = use_page_query();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let state = Reviewing::new(user, asked);
    bind_keys(state);
    state.hold_claims();
    state.remember_steps();
    state.keep_comments();
    Effect::new(move |_| state.send_kept());
    Effect::new(move |_| {
        let _ = asked.get();
        state.begin();
    });
    let is_unsaved = move || {
        let failed = state
            .outbox
            .try_with_untracked(|all| all.iter().any(|unsaved| unsaved.failure.is_some()));
        failed == Some(true)
    };
    warn_before_leaving(is_unsaved);
    // Nothing is claimed while the server draws the page, so its code is wanted at once.
    view! {
        <PageTitle text="Review" />
        <PageHeader title="Review" hint="One conversation at a time." />
        <NeedsScript text="Reviewing needs JavaScript." />
        <div class="stack" data-live="0">
            <QueueChoice asked=asked />
            <Figures tally=state.tally />
            <p class="visually-hidden" role="status">
                {state.said}
            </p>
            <Notices state=state />
            <Item state=state />
        </div>
        <Questions state=state />
    }
    .into_any()
}

/// Which queue, and what narrows it.
#[component]
fn QueueChoice(asked: Memo<Asked>) -> impl IntoView {
    let label = |queue: &Queue| match queue {
        Queue::Waiting => "Waiting for review (lowest score first)",
        other => other.label(),
    };
    let choices = Queue::ALL.iter().map(|it| Choice::new(it.as_str(), label(it))).collect();
    let navigate = use_navigate();
    let go = move |word: String| {
        if let Ok(queue) = word.parse() {
            navigate(&address(queue), NavigateOptions::default());
        }
    };
    let filters = move || {
        let words = asked.with(Asked::words);
        (!words.is_empty()).then(|| {
            view! {
                <p class="cluster">
                    <span>"Filtered: " {words}</span>
                    <a href=address(Queue::Waiting)>"Review everything"</a>
                </p>
            }
        })
    };
    view! {
        <SegmentedControl
            id="review-queue"
            name="queue"
            label="Queue"
            choices=choices
            value=Signal::derive(move || asked.with(|asked| asked.queue.as_str().to_owned()))
            on_change=go
        />
        {filters}
    }
    .into_any()
}
