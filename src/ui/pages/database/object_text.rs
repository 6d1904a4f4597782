//! Names of tables and indexes in lists.

use crate::{domain::database::ObjectName, ui::components::parts};
use leptos::prelude::*;

/// A name, its schema muted. A line may break behind a dot or an underscore, never inside a word.
#[component]
pub fn ObjectText(
    name: ObjectName,
    /// Where it names something else, as the header of a row.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let ObjectName { schema, name } = name;
    view! {
        <span class="database-name" id=id translate="no">
            <span class="muted">
                <Breakable text=format!("{schema}.") />
            </span>
            <Breakable text=name />
        </span>
    }
    .into_any()
}

#[component]
fn Breakable(text: String) -> impl IntoView {
    let pieces = text.split_inclusive(['.', '_']).map(|piece| {
        view! {
            {piece.to_owned()}
            <wbr />
        }
    });
    view! { {parts(pieces)} }.into_any()
}
