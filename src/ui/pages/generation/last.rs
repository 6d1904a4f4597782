//! The conversation that was made last in this browser: its id is kept, so that a reload does not
//! lose sight of what was paid for.

use super::stored::StoredConversation;
use crate::{
    api::{conversations::ReadConversation, operation::Nothing},
    domain::conversations::{ConversationView, GenerateAnswer},
    ui::{
        client::rest::Call,
        components::{EmptyState, IconName},
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;
use web_sys::Storage;

/// A browser may refuse to store anything; then nothing is offered again.
fn storage() -> Option<Storage> {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten())
}

/// Each account has its own.
fn name(user: Uuid) -> String {
    format!("train.generated.{user}")
}

/// Keeps which one was made last.
pub fn remember(user: Uuid, conversation: Uuid) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&name(user), &conversation.to_string());
    }
}

fn remembered(user: Uuid) -> Option<Uuid> {
    let kept = storage()?.get_item(&name(user)).ok().flatten()?;
    Uuid::try_parse(&kept).ok()
}

fn forget(user: Uuid) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&name(user));
    }
}

/// What was made last, read again as it is stored now; or that there is nothing yet.
#[component]
pub fn LastResult(user: Uuid) -> impl IntoView {
    let found = RwSignal::new(None::<ConversationView>);
    Effect::new(move |_| {
        let Some(id) = remembered(user) else { return };
        spawn_local(async move {
            match Call::<ReadConversation>::new(id, &Nothing {}).send().await {
                // Answers what was not set when the page was left meanwhile.
                Ok(answer) => _ = found.try_set(Some(answer.conversation)),
                Err(error) if error.status == 404 => forget(user),
                // It is offered again with the next visit.
                Err(_) => {}
            }
        });
    });
    move || match found.get() {
        None => view! {
            <EmptyState
                icon=IconName::Chat
                title="Nothing generated yet"
                text="The conversation appears here while Claude writes it."
            />
        }
        .into_any(),
        Some(conversation) => {
            let made = conversation.created_at;
            let answer = GenerateAnswer { conversation, warnings: Vec::new() };
            view! {
                <p class="generate-status">"Last result, " <Moment time=made /></p>
                <StoredConversation answer=answer />
            }
            .into_any()
        }
    }
}
