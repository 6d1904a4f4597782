//! What the conversation is about.

use super::Edit;
use crate::{
    domain::conversations::{ConversationContent, MAX_TEXT, MAX_TITLE, Tier},
    ui::{
        components::{Choice, SegmentedControl, TextField, parts},
        form::FormState,
    },
};
use leptos::prelude::*;

/// The one-line fields: path and label.
const LINES: [(&str, &str); 5] = [
    ("persona", "Persona"),
    ("emotion", "Emotion"),
    ("topic", "Topic"),
    ("intent", "Intent"),
    ("tone", "Tone"),
];

fn line<'a>(content: &'a mut ConversationContent, path: &str) -> &'a mut String {
    match path {
        "persona" => &mut content.persona,
        "emotion" => &mut content.emotion,
        "topic" => &mut content.topic,
        "intent" => &mut content.intent,
        "tone" => &mut content.tone,
        _ => &mut content.title,
    }
}

fn value(edit: Edit, path: &'static str) -> Signal<String> {
    Signal::derive(move || edit.lines.with(|lines| line(&mut lines.clone(), path).clone()))
}

fn typed(edit: Edit, path: &'static str) -> impl Fn(String) + Copy + Send + Sync + 'static {
    move |text| edit.lines.update(|lines| *line(lines, path) = text)
}

#[component]
pub fn Fields(edit: Edit, form: FormState) -> impl IntoView {
    let tiers = Tier::ALL.iter().map(|tier| Choice::new(tier.as_str(), tier.label())).collect();
    let tier = Signal::derive(move || edit.lines.with(|lines| lines.tier.as_str().to_owned()));
    let lines = LINES.map(|(path, label)| {
        view! {
            <TextField
                id=format!("edit-{path}")
                name=path
                label=label
                max_length=MAX_TEXT as u32
                value=value(edit, path)
                on_change=typed(edit, path)
                error=form.error(path)
            />
        }
    });
    view! {
        <TextField
            id="edit-title"
            name="title"
            label="Title"
            max_length=MAX_TITLE as u32
            value=value(edit, "title")
            on_change=typed(edit, "title")
            error=form.error("title")
        />
        <SegmentedControl
            id="edit-tier"
            name="tier"
            label="Tier"
            choices=tiers
            value=tier
            on_change=move |word: String| {
                if let Ok(tier) = word.parse() {
                    edit.lines.update(|lines| lines.tier = tier);
                }
            }
            error=form.error("tier")
        />
        <div class="columns">{parts(lines)}</div>
        <Tags edit=edit form=form />
    }
    .into_any()
}

/// The tags as one text. It is read at each edit, but not written back, which would take away the
/// comma that was just typed.
#[component]
fn Tags(edit: Edit, form: FormState) -> impl IntoView {
    let joined = edit.lines.with_untracked(|lines| lines.categories.join(", "));
    let text = RwSignal::new(joined);
    let typed = move |typed: String| {
        let tags = typed.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let tags = tags.map(str::to_owned).collect();
        edit.lines.update(|lines| lines.categories = tags);
        text.set(typed);
    };
    view! {
        <TextField
            id="edit-categories"
            name="categories"
            label="Tags"
            hint="Separated by commas."
            value=text
            on_change=typed
            error=form.error("categories")
        />
    }
    .into_any()
}
