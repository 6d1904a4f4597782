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

/// A number at a link, where it is not zero: how much there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub number: Signal<i64>,
    /// What is counted, for who hears the number: "open alerts".
    pub what: &'static str,
}

/// Shows it in a pill.
#[component]
pub fn CountBadge(count: Count) -> impl IntoView {
    let Count { number, what } = count;
    move || {
        let number = number.get();
        (number > 0).then(|| {
            view! {
                <span class="badge" data-tone="warning">
                    <span class="visually-hidden">", " {what} ": "</span>
                    {number}
                </span>
            }
        })
    }
}
