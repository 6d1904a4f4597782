//! What was said, in order.

use super::broken;
use crate::{
    domain::conversations::{GateFailure, TurnView},
    ui::components::{Badge, Tone, rows, text_rows},
};
use leptos::prelude::*;

/// The turns, each with the rules of the gate that it breaks.
#[component]
pub fn Turns(
    turns: Vec<TurnView>,
    #[prop(default = Vec::new())] failures: Vec<GateFailure>,
    /// What stands beneath a turn, by its number.
    #[prop(optional)]
    beneath: Option<Callback<i32, AnyView>>,
) -> impl IntoView {
    let turn = move |turn: TurnView| {
        let number = turn.number;
        let own = failures
            .iter()
            .filter(|failure| failure.turn.is_some_and(|turn| i32::try_from(turn) == Ok(number)));
        let marks = text_rows(own.map(broken), |rule: String| {
            view! { <Badge tone=Tone::Warning>{rule}</Badge> }
        });
        view! {
            <li class="turn" data-role=turn.role.as_str() id=format!("turn-{number}")>
                <p class="turn-who">{turn.role.label()} " " {marks}</p>
                <p class="turn-text" lang="" dir="auto">
                    {turn.content}
                </p>
                {beneath.map(|beneath| beneath.run(number))}
            </li>
        }
    };
    let turns = rows(turns, |turn| turn.number, turn);
    view! { <ol class="turns">{turns}</ol> }.into_any()
}
