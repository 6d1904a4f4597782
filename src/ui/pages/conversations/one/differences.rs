//! Two contents of the conversation against each other.

use crate::{
    domain::conversations::{ContentChange, Piece},
    ui::components::{parts, rows},
};
use leptos::prelude::*;

/// Every field and turn that differs, by words. What was taken away and what came are told apart by
/// more than their colour.
#[component]
pub fn ContentChanges(changes: Vec<ContentChange>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="muted">"No differences."</p> }.into_any();
    }
    let piece = |piece: Piece| match piece {
        Piece::Same(text) => text.into_any(),
        Piece::Removed(text) => view! { <del>{text}</del> }.into_any(),
        Piece::Added(text) => view! { <ins>{text}</ins> }.into_any(),
    };
    let change = move |change: ContentChange| {
        let pieces = parts(change.pieces.into_iter().map(piece));
        view! {
            <li class="text-change">
                <p class="small muted">{change.label}</p>
                <p class="text-change-words" lang="" dir="auto" translate="no">
                    {pieces}
                </p>
            </li>
        }
    };
    let lines = rows(changes, |change| change.label.clone(), change);
    view! { <ul class="text-changes">{lines}</ul> }.into_any()
}
