//! The same setting changed here and elsewhere: the person decides, nothing is lost silently.

use crate::ui::{
    client::{autosave::draft::Collision, preferences::use_preferences},
    components::{Banner, Button, Tone, rows},
    words::{label, value_in_words},
};
use leptos::prelude::*;
use serde_json::Value;

/// One question per collision.
#[component]
pub fn Collisions() -> impl IntoView {
    let preferences = use_preferences();
    let open = Memo::new(move |_| {
        preferences.saver.draft.with(|draft| {
            draft.as_ref().map(|draft| draft.collisions().to_vec()).unwrap_or_default()
        })
    });
    move || {
        rows(
            open.get(),
            |collision| collision.path.clone(),
            |collision| view! { <Question collision=collision /> },
        )
    }
}

#[component]
fn Question(collision: Collision) -> impl IntoView {
    let preferences = use_preferences();
    let words = |value: &Option<Value>| match value {
        Some(value) => value_in_words(&collision.path, value),
        None => "inherited".to_owned(),
    };
    let (mine, theirs) = (words(&collision.mine), words(&collision.theirs));
    let path = StoredValue::new(collision.path.clone());
    let decide = move |keep_mine: bool| {
        preferences.saver.change(|draft| draft.decide(&path.get_value(), keep_mine));
        preferences.saver.flush();
    };
    let buttons = {
        let (mine, theirs) = (mine.clone(), theirs.clone());
        move || {
            view! {
                <Button small=true on_press=move |()| decide(true)>
                    {format!("Keep mine: {mine}")}
                </Button>
                <Button small=true on_press=move |()| decide(false)>
                    {format!("Keep theirs: {theirs}")}
                </Button>
            }
        }
    };
    view! {
        <Banner tone=Tone::Warning action=buttons>
            <strong>{label(&collision.path)}</strong>
            {format!(" was changed elsewhere to {theirs} while you chose {mine}.")}
        </Banner>
    }
}
