//! What the page has to say about decisions: not saved yet, or somebody else was first.

use super::state::{Notice, Reviewing};
use crate::ui::components::{Banner, Button, IconButton, IconName, Tone, rows};
use leptos::prelude::*;

/// All of it, above the conversation.
#[component]
pub fn Notices(state: Reviewing) -> impl IntoView {
    let notice = move |notice: Notice| {
        let Notice { id, tone, text, comment } = notice;
        let dismiss = move |()| state.notices.update(|all| all.retain(|own| own.id != id));
        let action = move || {
            view! {
                <IconButton icon=IconName::Close label="Dismiss" small=true on_press=dismiss />
            }
        };
        let comment = comment.map(|comment| {
            view! { <p class="small">"Your comment was not saved: “" {comment} "”"</p> }
        });
        view! {
            <Banner tone=tone action=action>
                <p>{text}</p>
                {comment}
            </Banner>
        }
    };
    let list = move || rows(state.notices.get(), |notice| (notice.id, notice.text.clone()), notice);
    view! {
        <div class="review-notices">
            <NotSaved state=state /> {list}
        </div>
    }
    .into_any()
}

/// That decisions wait to be saved, and why.
#[component]
fn NotSaved(state: Reviewing) -> impl IntoView {
    let failed = Memo::new(move |_| {
        state.outbox.with(|all| {
            let mut failures = all.iter().filter_map(|unsaved| unsaved.failure.as_ref());
            let first = failures.next()?.clone();
            Some((1 + failures.count(), first))
        })
    });
    let busy = Signal::derive(move || {
        state.outbox.with(|all| all.iter().any(|it| it.failure.is_some() && it.is_on_its_way))
    });
    move || {
        let (count, why) = failed.get()?;
        let words = match count {
            1 => "1 decision not saved yet.".to_owned(),
            count => format!("{count} decisions not saved yet."),
        };
        let retry = move || {
            view! {
                <Button
                    small=true
                    icon=IconName::Reset
                    busy=busy
                    on_press=move |()| state.retry()
                >
                    "Retry"
                </Button>
            }
        };
        Some(view! {
            <Banner tone=Tone::Warning action=retry>
                <strong>{words}</strong>
                " "
                {why}
            </Banner>
        })
    }
}
