//! What was made, as it is stored: just now, or when this page was last visited. It is shown by
//! what the pages of conversations are made of, so its code is theirs, and comes when there is
//! something to show.

mod last;
mod stored;

use super::{
    kept::Kept,
    run::{Phase, Run, UNREADABLE},
};
use crate::{
    domain::json,
    ui::{
        components::{Banner, Tone},
        tab_code::{TabCode, lazy_tab},
    },
};
use last::LastResult;
use leptos::prelude::*;
use stored::StoredConversation;

lazy_tab!(ConversationsMadeTab, view! { <Made run=expect_context() kept=expect_context() /> });

/// The code that shows it.
pub const MADE_CODE: TabCode = TabCode::of::<ConversationsMadeTab>();

#[component]
fn Made(run: Run, kept: Kept) -> impl IntoView {
    let Phase::Done(answer) = run.phase.get_untracked() else {
        return view! { <LastResult kept=kept /> }.into_any();
    };
    match json::read(&answer) {
        Ok(answer) => view! { <StoredConversation answer=answer /> }.into_any(),
        Err(_) => view! { <Banner tone=Tone::Danger>{UNREADABLE}</Banner> }.into_any(),
    }
}
