//! Small badges: that there is something alike, and what content checks found.

use super::findings::tone;
use crate::{
    domain::conversations::{FindingKind, Likeness},
    ui::components::{Badge, Tone, rows},
};
use leptos::prelude::*;

/// How alike the most similar other conversation is.
#[component]
pub fn LikenessBadge(likeness: Likeness) -> impl IntoView {
    let tone = match likeness {
        Likeness::NearlyTheSame => Tone::Warning,
        Likeness::Related => Tone::Info,
    };
    view! { <Badge tone=tone>{likeness.label()}</Badge> }.into_any()
}

/// Everything that is marked about a conversation.
#[component]
pub fn MarkBadges(likeness: Option<Likeness>, kinds: Vec<FindingKind>) -> impl IntoView {
    let alike = likeness.map(|likeness| view! { <LikenessBadge likeness=likeness /> });
    let kinds = rows(
        kinds,
        |kind| *kind,
        |kind| {
            view! { <Badge tone=tone(kind)>{kind.label()}</Badge> }
        },
    );
    view! { <span class="marks">{alike} {kinds}</span> }.into_any()
}
