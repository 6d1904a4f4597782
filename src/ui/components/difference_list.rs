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
    /// What is inherited, when it is known: it applied before a value that was added, and applies
    /// in the place of one that was removed.
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
    let (tone, word) = match (&old, &new, &beneath) {
        (None, _, None) => (Tone::Success, "Added"),
        (Some(_), None, None) => (Tone::Danger, "Removed"),
        (Some(_), None, Some(_)) => (Tone::Neutral, "Reset"),
        _ => (Tone::Accent, "Changed"),
    };
    let inherited = |words: String| {
        view! {
            <span class="difference-inherited" translate="no">
                {words}
            </span>
        }
        .into_any()
    };
    let old = match (old, &new) {
        (Some(old), _) => Some(view! { <del translate="no">{old}</del> }.into_any()),
        (None, Some(_)) => beneath.clone().map(inherited),
        (None, None) => None,
    };
    let new = match new {
        Some(new) => Some(view! { <ins translate="no">{new}</ins> }.into_any()),
        None => beneath.map(inherited),
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
            <span class="difference-values">{old} {arrow} {new}</span>
        </li>
    }
    .into_any()
}
