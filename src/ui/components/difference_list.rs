//! What a change changes.

use super::{Badge, Icon, IconName, Tone, rows};
use leptos::prelude::*;

/// One field that differs. A missing old value is an addition, a missing new one a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What people call the field.
    pub label: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// What applies in the place of a value that was removed, when it is known.
    pub beneath: Option<String>,
}

/// Fields that differ, each with its old and new value and a word for what happened.
#[component]
pub fn DifferenceList(#[prop(into)] items: Signal<Vec<Difference>>) -> impl IntoView {
    let line = |difference| view! { <DifferenceLine difference=difference /> };
    let lines = move || rows(items.get(), |item| item.label.clone(), line);
    view! { <ul class="difference-list">{lines}</ul> }.into_any()
}

#[component]
fn DifferenceLine(difference: Difference) -> impl IntoView {
    let Difference { label, old, new, beneath } = difference;
    let (tone, word) = match (&old, &new) {
        (None, _) => (Tone::Success, "Added"),
        (Some(_), None) => (Tone::Danger, "Removed"),
        (Some(_), Some(_)) => (Tone::Accent, "Changed"),
    };
    let arrow = (old.is_some() && new.is_some()).then(|| {
        view! {
            <Icon name=IconName::ArrowRight />
            <span class="visually-hidden">" to "</span>
        }
    });
    view! {
        <li class="difference">
            <Badge tone=tone>{word}</Badge>
            <span class="difference-path">{label}</span>
            <span class="difference-values">
                {old.map(|old| view! { <del translate="no">{old}</del> })} {arrow}
                {new.map(|new| view! { <ins translate="no">{new}</ins> })}
            </span>
            {beneath
                .map(|beneath| {
                    view! {
                        <span class="difference-beneath">"Beneath it applies " {beneath} "."</span>
                    }
                })}
        </li>
    }
    .into_any()
}
