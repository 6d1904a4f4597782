//! The conversation that was made last in this browser: its id is kept, so that a reload does not
//! lose sight of what was paid for.

use super::stored::StoredConversation;
use crate::{
    api::{conversations::ReadConversation, error::ApiError, operation::Nothing},
    domain::{
        conversations::{ConversationView, GenerateAnswer},
        error_code::ErrorCode,
    },
    ui::{
        client::rest::Call,
        components::{EmptyState, ErrorState, IconName, Skeleton},
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

/// What is known of the one that is shown.
#[derive(Clone)]
enum Last {
    /// There is none, or none any more.
    Missing,
    Reading,
    Failed(ApiError),
    Found(Box<ConversationView>),
}

/// Reads what was made last again, as it is stored now.
fn read(user: Uuid, last: RwSignal<Last>) {
    let Some(id) = remembered(user) else { return last.set(Last::Missing) };
    last.set(Last::Reading);
    spawn_local(async move {
        let read = match Call::<ReadConversation>::new(id.to_string(), &Nothing {}).send().await {
            Ok(answer) => Last::Found(Box::new(answer.conversation)),
            // The server says so, and not a proxy in front of one that is being exchanged.
            Err(error) if error.code == ErrorCode::NotFound => {
                forget(user);
                Last::Missing
            }
            Err(error) => Last::Failed(error),
        };
        // Answers what was not set when the page was left meanwhile.
        let _ = last.try_set(read);
    });
}

/// What was made last; or that there is nothing yet, or why it cannot be shown.
#[component]
pub fn LastResult(user: Uuid) -> impl IntoView {
    // The server does not know what this browser keeps.
    let last = RwSignal::new(Last::Missing);
    let again = Callback::new(move |()| read(user, last));
    Effect::new(move |_| read(user, last));
    move || match last.get() {
        Last::Missing => view! {
            <EmptyState
                icon=IconName::Chat
                title="Nothing generated yet"
                text="The conversation appears here while Claude writes it."
            />
        }
        .into_any(),
        Last::Reading => view! { <Skeleton label="Loading the last result" lines=4 /> }.into_any(),
        Last::Failed(error) => view! {
            <ErrorState message=error.error request_id=error.request_id on_retry=again />
        }
        .into_any(),
        Last::Found(conversation) => {
            let made = conversation.created_at;
            let answer = GenerateAnswer { conversation: *conversation, warnings: Vec::new() };
            view! {
                <p class="generate-status">"Last result, " <Moment time=made /></p>
                <StoredConversation answer=answer />
            }
            .into_any()
        }
    }
}
