//! Two conversations side by side.

use super::super::state::Page;
use crate::{
    api::conversations::{ConversationAnswer, load_conversation},
    domain::conversations::{ContentChange, ConversationContent, Piece, content_changes},
    ui::{
        client::resource::resource,
        components::{parts, rows},
        loaded::Loaded,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// What the two differ in; on a phone one below the other.
#[component]
pub fn Compared(page: Page, other: Uuid) -> impl IntoView {
    let read = resource(|| (), move |()| load_conversation(other.to_string()));
    let differences = move |answer: ConversationAnswer| {
        view! { <Differences page=page other=answer.conversation.content() /> }
    };
    view! { <Loaded read=read label="Loading the other conversation" children=differences /> }
}

#[component]
fn Differences(page: Page, other: ConversationContent) -> impl IntoView {
    let changes = move || {
        let changes = page.now.with(|now| content_changes(&now.content(), &other));
        if changes.is_empty() {
            return view! { <p class="muted">"They say the same, word for word."</p> }.into_any();
        }
        let lines = rows(
            changes,
            |change| change.label.clone(),
            |change| view! { <Difference change=change /> },
        );
        view! {
            <ul class="text-changes">{lines}</ul>
            <p class="small muted">"Everything else is the same."</p>
        }
        .into_any()
    };
    view! { <div class="alike-compared">{changes}</div> }.into_any()
}

#[component]
fn Difference(change: ContentChange) -> impl IntoView {
    let ContentChange { label, pieces } = change;
    // Of two that stand beside each other nothing was removed or added: one of them has it.
    let label = label.trim_end_matches(", removed").trim_end_matches(", added").to_owned();
    let (own, other) = sides(&pieces);
    view! {
        <li class="text-change">
            <p class="small muted">{label}</p>
            <div class="columns">
                <Side label="This one" pieces=own />
                <Side label="The other one" pieces=other />
            </div>
        </li>
    }
    .into_any()
}

/// A text in pieces, each with whether the other side lacks it.
type Text = Vec<(String, bool)>;

fn sides(pieces: &[Piece]) -> (Text, Text) {
    let (mut own, mut other) = (Text::new(), Text::new());
    for piece in pieces {
        match piece {
            Piece::Same(text) => {
                own.push((text.clone(), false));
                other.push((text.clone(), false));
            }
            Piece::Removed(text) => own.push((text.clone(), true)),
            Piece::Added(text) => other.push((text.clone(), true)),
        }
    }
    (own, other)
}

#[component]
fn Side(label: &'static str, pieces: Text) -> impl IntoView {
    let empty = pieces.is_empty().then_some("–");
    let piece = |(text, differs): (String, bool)| match differs {
        true => view! { <mark>{text}</mark> }.into_any(),
        false => view! { <span>{text}</span> }.into_any(),
    };
    view! {
        <div>
            <p class="small muted">{label}</p>
            <p class="text-change-words" lang="" dir="auto" translate="no">
                {empty}
                {parts(pieces.into_iter().map(piece))}
            </p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_has_its_own_words() {
        let pieces = [
            Piece::Same("a ".into()),
            Piece::Removed("b".into()),
            Piece::Added("c".into()),
            Piece::Same(" d".into()),
        ];
        let text = |side: &Text| side.iter().map(|(text, _)| text.as_str()).collect::<String>();
        let (own, other) = sides(&pieces);
        assert_eq!((text(&own).as_str(), text(&other).as_str()), ("a b d", "a c d"));
        assert_eq!(own.iter().filter(|(_, differs)| *differs).count(), 1);
    }
}
