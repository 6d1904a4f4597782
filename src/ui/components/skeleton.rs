//! The shape of what is still loading.

use super::parts;
use leptos::prelude::*;

/// Grey lines in the place of content that is on its way.
#[component]
pub fn Skeleton(
    /// What is loading, for those who cannot see it: "Loading conversations…".
    #[prop(into)]
    label: String,
    /// Without any, only the line at the top of the window shows that something is on its way.
    #[prop(default = 3)]
    lines: usize,
) -> impl IntoView {
    let class = if lines > 0 { "skeleton" } else { "waiting" };
    view! {
        <div class=class role="status">
            {parts((0..lines).map(|_| view! { <div class="skeleton-line"></div> }))}
            <span class="visually-hidden">{label}</span>
        </div>
    }
    .into_any()
}
