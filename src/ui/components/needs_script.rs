//! What a page says that does little without a script.

use super::{Banner, Tone};
use leptos::prelude::*;

/// Says, where there is no script, what does not work.
#[component]
pub fn NeedsScript(
    /// In a sentence: "Generating needs JavaScript."
    text: &'static str,
) -> impl IntoView {
    view! {
        <noscript>
            <Banner tone=Tone::Warning>{text}</Banner>
        </noscript>
    }
    .into_any()
}
