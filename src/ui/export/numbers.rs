//! What is exported, what a file would have of it, and what could be included.

use super::{Subject, wishes::Wishes, words};
use crate::{
    domain::exports::{LeftOut, LeftOutCount},
    ui::{
        components::{CheckboxGroup, Choice, text_rows},
        conversation::query_words,
    },
};
use leptos::prelude::*;

#[component]
pub fn Numbers(wishes: Wishes) -> impl IntoView {
    let asked = wishes.exporting.asked;
    let subject = Memo::new(move |_| {
        let preview = wishes.preview().and_then(Result::ok);
        let chosen = preview.map(|preview| preview.chosen);
        asked.with(|asked| asked.as_ref().map(|asked| words::subject(&asked.subject, chosen)))
    });
    let filters = asked.with_untracked(|asked| match asked.as_ref().map(|asked| &asked.subject) {
        Some(Subject::Query(query)) => query_words(query),
        _ => String::new(),
    });
    let filters = (!filters.is_empty()).then(|| view! { <p class="muted">{filters}</p> });
    let told = move || {
        let sentences = match wishes.preview()? {
            Ok(preview) => {
                let mut sentences = words::preview(&preview);
                sentences.extend(words::masked(&preview.options.masked));
                sentences
            }
            Err(error) => vec![error.error],
        };
        Some(text_rows(sentences, |sentence| view! { <p>{sentence}</p> }))
    };
    let counting = move || {
        (!wishes.is_counted()).then(|| {
            view! {
                <p class="muted">
                    <span class="spinner" aria-hidden="true"></span>
                    " Counting the conversations…"
                </p>
            }
        })
    };
    view! {
        <div class="export-numbers">
            <p>
                <strong>{subject}</strong>
            </p>
            {filters}
            <div role="status">{told} {counting}</div>
            <Included wishes=wishes />
        </div>
    }
    .into_any()
}

/// What is left out unless it is asked for.
#[component]
fn Included(wishes: Wishes) -> impl IntoView {
    let chosen = Signal::derive(move || {
        wishes.shown.with(|shown| {
            shown.include.iter().map(|reason| reason.as_str().to_owned()).collect::<Vec<_>>()
        })
    });
    let change = move |words: Vec<String>| {
        let reasons: Vec<LeftOut> = words.iter().filter_map(|word| word.parse().ok()).collect();
        wishes.change(|own| own.include = reasons);
    };
    move || {
        let offered = wishes.offered.get();
        (wishes.has_rules() && !offered.is_empty()).then(|| {
            let choice = |own: LeftOutCount| Choice::new(own.reason.as_str(), words::reason(own));
            view! {
                <CheckboxGroup
                    id="export-include"
                    label="Also include"
                    choices=offered.into_iter().map(choice).collect()
                    value=chosen
                    on_change=change
                    inline=true
                />
            }
        })
    }
}
