//! Conversations that the palette finds: the server is asked once the typing rests.

use crate::{
    api::conversations::find_conversations,
    domain::conversations::{FoundConversation, MAX_SEARCH},
    ui::client::settled::settled,
};
use leptos::{prelude::*, task::spawn_local};

/// Milliseconds without another letter before the server is asked.
const REST_MS: u32 = 250;
/// What is shorter fits too much.
const SHORTEST: usize = 2;
const SHOWN: i64 = 5;

/// One that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub title: String,
    pub public_id: String,
}

impl From<FoundConversation> for Hit {
    fn from(found: FoundConversation) -> Self {
        let title = if found.title.is_empty() { "Untitled".to_owned() } else { found.title };
        Self { title, public_id: found.public_id }
    }
}

/// What is known about the words that stand in the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hits {
    /// The answer is on its way.
    Asked,
    Known(Vec<Hit>),
}

impl Hits {
    pub fn known(&self) -> Option<&[Hit]> {
        match self {
            Self::Asked => None,
            Self::Known(hits) => Some(hits),
        }
    }
}

/// What fits the words in the field. An answer that comes when others stand there is dropped, and
/// a failure is no answer: pages and settings are found all the same.
pub fn use_hits(query: RwSignal<String>) -> Memo<Hits> {
    let words = Memo::new(move |_| query.with(|query| query.trim().to_owned()));
    let rested = settled(words, REST_MS);
    let answer = RwSignal::new((String::new(), Vec::new()));
    Effect::new(move |_| {
        let text = rested.get();
        if !is_asked(&text) {
            return;
        }
        spawn_local(async move {
            let found = find_conversations(text.clone(), SHOWN).await;
            let hits = found.unwrap_or_default().into_iter().map(Hit::from).collect();
            // Of two answers the one that was asked for last counts. `None` when the page is gone.
            if rested.try_with_untracked(|last| *last == text) == Some(true) {
                answer.set((text, hits));
            }
        });
    });
    Memo::new(move |_| {
        let text = words.get();
        answer.with(|(about, hits)| match is_asked(&text) {
            true if *about == text => Hits::Known(hits.clone()),
            true => Hits::Asked,
            false => Hits::Known(Vec::new()),
        })
    })
}

fn is_asked(text: &str) -> bool {
    (SHORTEST..=MAX_SEARCH).contains(&text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_endless_words_ask_nobody() {
        for (text, asked) in [("", false), ("a", false), ("ab", true), ("äö", true)] {
            assert_eq!(is_asked(text), asked, "{text}");
        }
        assert!(is_asked(&"x".repeat(MAX_SEARCH)) && !is_asked(&"x".repeat(MAX_SEARCH + 1)));
    }
}
