//! One figure with what belongs to it.

use leptos::prelude::*;

/// A titled box with a large figure. Without one it holds only what is in it.
#[component]
pub fn Tile(
    /// The heading's id is `{id}-title`.
    id: &'static str,
    title: &'static str,
    #[prop(optional_no_strip, into)] figure: Option<String>,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let figure = figure.map(|figure| {
        view! {
            <p class="home-figure" translate="no">
                {figure}
            </p>
        }
    });
    view! {
        <section class="home-tile" id=id aria-labelledby=title_id>
            <h2 id=title_id.clone()>{title}</h2>
            {figure}
            {children()}
        </section>
    }
    .into_any()
}

/// In the place of a figure that could not be read.
#[component]
pub fn FailedTile(
    id: &'static str,
    title: &'static str,
    #[prop(into)] error: String,
) -> impl IntoView {
    view! {
        <Tile id=id title=title>
            <p class="home-failed">{error}</p>
        </Tile>
    }
    .into_any()
}
