//! Where a conversation stands, and its score against one's own thresholds.

use crate::{
    domain::{conversations::Status, generation::quality},
    ui::{
        client::preferences::use_preferences,
        components::{Badge, Tone, format_number},
    },
};
use leptos::prelude::*;

fn tone(status: Status) -> Tone {
    match status {
        Status::Approved => Tone::Success,
        Status::PendingReview | Status::NeedsRevision => Tone::Warning,
        Status::Rejected | Status::Failed => Tone::Danger,
        _ => Tone::Neutral,
    }
}

#[component]
pub fn StatusBadge(status: Status) -> impl IntoView {
    view! { <Badge tone=tone(status)>{status.label()}</Badge> }.into_any()
}

/// A score, marked by what the reader's own thresholds say of it, as they are now.
#[component]
pub fn ScoreBadge(
    /// 0.0–10.0; without one there is nothing to score.
    score: Option<f64>,
) -> impl IntoView {
    let Some(score) = score else { return view! { <span>"–"</span> }.into_any() };
    let preferences = use_preferences();
    let outcome = Memo::new(move |_| {
        let thresholds = preferences.applied.get().quality_thresholds;
        quality::status(score, &thresholds)
    });
    let name = move || match outcome.get() {
        Status::Approved => "approved",
        Status::PendingReview => "pending",
        Status::NeedsRevision => "revision",
        _ => "rejected",
    };
    let words = move || match outcome.get() {
        Status::Approved => "At or above your approval threshold",
        Status::PendingReview => "At or above your review threshold",
        Status::NeedsRevision => "At or above your minimum",
        _ => "Below your minimum",
    };
    view! {
        <span class="score" data-outcome=name title=words translate="no">
            {format_number(score, 0.1)}
        </span>
    }
    .into_any()
}
