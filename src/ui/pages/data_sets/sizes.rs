//! How much each part of a version has.

use crate::{
    domain::data_sets::SplitSizes,
    ui::{components::parts, export::words::number},
};
use leptos::prelude::*;

/// A bar, and what it says in numbers, each with the colour of its part.
#[component]
pub fn Sizes(sizes: SplitSizes) -> impl IntoView {
    // Widths by attributes, in tenths of a percent: the page allows no style attributes.
    let share = move |part: i64| (part * 1000).checked_div(sizes.total()).unwrap_or(0);
    let (train, validation) = (share(sizes.train), share(sizes.validation));
    let test = if sizes.test > 0 { 1000 - train - validation } else { 0 };
    let key = |(name, count): (&'static str, i64)| {
        let between = (name != "train").then_some(" · ");
        view! {
            {between}
            <span class="split-key" data-part=name>
                {number(count)}
                " "
                {name}
            </span>
        }
    };
    let all = [("train", sizes.train), ("validation", sizes.validation), ("test", sizes.test)];
    view! {
        <svg
            class="split-bar"
            viewBox="0 0 1000 10"
            preserveAspectRatio="none"
            aria-hidden="true"
            focusable="false"
        >
            <rect data-part="train" x="0" y="0" height="10" width=train></rect>
            <rect data-part="validation" x=train y="0" height="10" width=validation></rect>
            <rect data-part="test" x=train + validation y="0" height="10" width=test></rect>
        </svg>
        <span class="item-hint">{parts(all.map(key))}</span>
    }
    .into_any()
}
