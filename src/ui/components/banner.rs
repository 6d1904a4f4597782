//! A message about the page as a whole.

use super::{Icon, Tone};
use leptos::prelude::*;

/// A message across the page: a stale value, a lost connection, a warning. Dangers are announced at
/// once, others politely.
#[component]
pub fn Banner(
    tone: Tone,
    /// What one can do about it.
    #[prop(optional, into)]
    action: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Danger { "alert" } else { "status" };
    view! {
        <div class="banner" data-tone=tone.name() role=role>
            <Icon name=tone.icon() />
            <div class="banner-text">{children()}</div>
            {action.run()}
        </div>
    }
    .into_any()
}
