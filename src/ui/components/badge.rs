//! A short word about a thing: a status, a count, a layer.

use super::{Icon, IconName, Tone};
use leptos::prelude::*;

/// A short word in a coloured pill.
#[component]
pub fn Badge(
    #[prop(optional, into)] tone: Signal<Tone>,
    #[prop(optional)] icon: Option<IconName>,
    children: Children,
) -> impl IntoView {
    view! {
        <span class="badge" data-tone=move || tone.get().name()>
            {icon.map(|name| view! { <Icon name=name /> })}
            {children()}
        </span>
    }
    .into_any()
}
