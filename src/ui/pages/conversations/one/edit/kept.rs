//! The draft in this browser's storage, by account and conversation.

use super::{super::state::Page, Edit};
use crate::{
    domain::{conversations::ConversationContent, json},
    ui::{
        components::{Banner, Button, Tone},
        form::focus,
        moment::Moment,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use web_sys::Storage;

/// What is kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    pub content: ConversationContent,
    pub reason: String,
    /// The version that it is based on.
    pub version: i32,
    at: DateTime<Utc>,
}

impl Kept {
    pub fn now(content: ConversationContent, reason: String, version: i32) -> Self {
        Self { content, reason, version, at: Utc::now() }
    }
}

/// A browser may refuse to store anything; then nothing is offered again.
fn storage() -> Option<Storage> {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten())
}

fn name(page: Page) -> String {
    format!("train.edit.{}.{}", page.user, page.id)
}

/// What an earlier visit left, unless it is what stands anyway.
pub fn read(page: Page) -> Option<Kept> {
    let text = storage()?.get_item(&name(page)).ok().flatten()?;
    let kept: Kept = json::read_text(text.as_bytes()).ok()?;
    if page.now.with_untracked(|now| now.content() == kept.content) {
        remove(page);
        return None;
    }
    Some(kept)
}

pub fn write(page: Page, kept: &Kept) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(kept)) {
        let _ = storage.set_item(&name(page), &text);
    }
}

pub fn remove(page: Page) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&name(page));
    }
}

/// Offers what an earlier visit left.
#[component]
pub fn KeptOffer(edit: Edit) -> impl IntoView {
    let discard = move |()| {
        remove(edit.page);
        edit.kept.set(None);
        focus("#edit-conversation");
    };
    move || {
        let kept = edit.kept.get()?;
        let actions = move || {
            view! {
                <div class="button-row">
                    <Button small=true on_press=move |()| edit.begin()>
                        "Continue editing"
                    </Button>
                    <Button small=true on_press=discard>
                        "Discard"
                    </Button>
                </div>
            }
        };
        Some(view! {
            <Banner tone=Tone::Info action=actions>
                "Your unsaved changes from " <Moment time=kept.at />
            </Banner>
        })
    }
}
