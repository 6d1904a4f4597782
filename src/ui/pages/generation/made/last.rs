//! The conversation that was made last in this browser, read again.

use super::{super::kept::Kept, stored::StoredConversation};
use crate::{
    api::{conversations::ReadConversation, error::ApiError, operation::Nothing},
    domain::{
        conversations::{ConversationView, GenerateAnswer},
        error_code::ErrorCode,
    },
    ui::{
        client::rest::Call,
        components::{ErrorState, Skeleton},
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// What is known of the one that is shown.
#[derive(Clone)]
enum Last {
    Reading,
    Failed(ApiError),
    Found(Box<ConversationView>),
}

/// Reads what was made last again, as it is stored now.
fn read(kept: Kept, last: RwSignal<Last>) {
    let Some(id) = untrack(|| kept.id()) else { return };
    last.set(Last::Reading);
    spawn_local(async move {
        let read = match Call::<ReadConversation>::new(id.to_string(), &Nothing {}).send().await {
            Ok(answer) => Last::Found(Box::new(answer.conversation)),
            // The server says so, and not a proxy in front of one that is being exchanged.
            Err(error) if error.code == ErrorCode::NotFound => return kept.forget(),
            Err(error) => Last::Failed(error),
        };
        // Answers what was not set when the page was left meanwhile.
        let _ = last.try_set(read);
    });
}

/// What was made last, or why it cannot be shown.
#[component]
pub fn LastResult(kept: Kept) -> impl IntoView {
    let last = RwSignal::new(Last::Reading);
    let again = Callback::new(move |()| read(kept, last));
    Effect::new(move |_| read(kept, last));
    move || match last.get() {
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
