//! A statement in colours.

use crate::{domain::sql, ui::components::parts};
use leptos::prelude::*;

/// Its words, to stand in code. A program's text: whatever holds it is marked as no language.
#[component]
pub fn Sql(#[prop(into)] text: String) -> impl IntoView {
    let pieces = sql::parts(&text).into_iter().map(|(part, text)| {
        let text = text.to_owned();
        match part.name() {
            Some(name) => view! { <span data-sql=name>{text}</span> }.into_any(),
            None => text.into_any(),
        }
    });
    let pieces = pieces.collect::<Vec<_>>();
    view! { {parts(pieces)} }.into_any()
}
