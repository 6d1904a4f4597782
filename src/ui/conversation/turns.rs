//! What was said, in order.

use super::{FindingsNotice, broken, findings::FoundText};
use crate::{
    domain::conversations::{Finding, GateFailure, TurnView},
    ui::components::{Badge, Tone, rows, text_rows},
};
use leptos::prelude::*;

/// The turns, each with the rules of the gate that it breaks and marks where content checks found
/// something; above them, what that is.
#[component]
pub fn Turns(
    turns: Vec<TurnView>,
    #[prop(default = Vec::new())] failures: Vec<GateFailure>,
    #[prop(default = Vec::new())] findings: Vec<Finding>,
    /// What stands beneath a turn, by its number.
    #[prop(optional)]
    beneath: Option<Callback<i32, AnyView>>,
) -> impl IntoView {
    let all = findings.clone();
    let turn = move |turn: TurnView| {
        let number = turn.number;
        let is_own = |turn: u32| i32::try_from(turn) == Ok(number);
        let own = failures.iter().filter(|failure| failure.turn.is_some_and(is_own));
        let marks = text_rows(own.map(broken), |rule: String| {
            view! { <Badge tone=Tone::Warning>{rule}</Badge> }
        });
        let found = findings.iter().filter(|found| is_own(found.turn)).copied().collect();
        view! {
            <li
                class="turn"
                data-role=turn.role.as_str()
                id=format!("turn-{number}")
                tabindex="-1"
            >
                <p class="turn-who">{turn.role.label()} " " {marks}</p>
                <p class="turn-text" lang="" dir="auto">
                    <FoundText text=turn.content findings=found />
                </p>
                {beneath.map(|beneath| beneath.run(number))}
            </li>
        }
    };
    let turns = rows(turns, |turn| turn.number, turn);
    view! {
        <FindingsNotice findings=all />
        <ol class="turns">{turns}</ol>
    }
    .into_any()
}
