//! What a score is made of.

use crate::{
    domain::{generation::quality::QualityMetrics, letter_case::lowercase},
    ui::components::{Meter, format_number, parts},
};
use leptos::prelude::*;

/// The parts of the score.
#[component]
pub fn Metrics(metrics: QualityMetrics) -> impl IntoView {
    let metrics = [
        ("Turns", metrics.turns, "Whether there are as many turns as are best for the tier."),
        ("Length", metrics.length, "Whether turns say something without being essays."),
        (
            "Structure",
            metrics.structure,
            "Whether roles alternate from the user on and the assistant has the last word.",
        ),
        (
            "Confidence",
            metrics.confidence,
            "Whether the text looks finished: nothing repeated, no placeholders, not cut off.",
        ),
    ];
    let meters = metrics.map(|(label, points, reason)| {
        view! {
            <div>
                <Meter
                    id=format!("metric-{}", lowercase(label))
                    label=label
                    value=points
                    max=10.0
                    text=format_number(points, 0.1)
                />
                <p class="small muted">{reason}</p>
            </div>
        }
    });
    view! { <div class="ai-metrics">{parts(meters)}</div> }.into_any()
}
