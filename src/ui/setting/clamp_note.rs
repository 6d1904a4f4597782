//! What applies instead of what was set.

use crate::ui::components::{Badge, Tone};
use leptos::prelude::*;

/// A line below the control of a setting: the value that applies, and why.
#[component]
pub fn ClampNote(
    #[prop(into)] value: String,
    /// One sentence.
    #[prop(into)]
    why: String,
) -> impl IntoView {
    view! {
        <p class="field-note">
            <Badge tone=Tone::Warning>"Held at " {value}</Badge>
            " "
            {why}
        </p>
    }
}
