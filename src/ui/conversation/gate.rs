//! Whether trainers take a conversation, and why not.

use crate::{
    domain::conversations::GateFailure,
    ui::components::{Banner, Tone, text_rows},
};
use leptos::prelude::*;

/// A rule that is broken, with the turn: "Turns do not alternate (turn 3)".
pub fn broken(failure: &GateFailure) -> String {
    match failure.turn {
        Some(turn) => format!("{} (turn {turn})", failure.rule.label()),
        None => failure.rule.label().to_owned(),
    }
}

/// Why trainers do not take it; nothing when they do.
#[component]
pub fn GateNotice(failures: Vec<GateFailure>) -> impl IntoView {
    if failures.is_empty() {
        return ().into_any();
    }
    let rules = text_rows(failures.iter().map(broken), |rule: String| {
        view! { <li>{rule}</li> }
    });
    view! {
        <Banner tone=Tone::Warning>
            <strong>"Not trainable."</strong>
            " Trainers would drop or refuse this conversation, so it is never approved \
                automatically and exports leave it out."
            <ul class="gate-rules">{rules}</ul>
        </Banner>
    }
    .into_any()
}
