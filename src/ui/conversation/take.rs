//! The ways to take a conversation along.

use crate::{
    domain::conversations::ConversationView,
    ui::{
        client::{clipboard, files},
        components::{Button, IconName},
    },
};
use leptos::{prelude::*, task::spawn_local};

/// The ways to take it along, as JSON.
#[component]
pub fn Take(
    conversation: ConversationView,
    /// Other buttons, before these.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let status = RwSignal::new("");
    let name = format!("conversation-{}.json", conversation.public_id);
    // Strings and numbers only; that cannot fail.
    let text = StoredValue::new(serde_json::to_string_pretty(&conversation).unwrap_or_default());
    let copy = move |()| {
        spawn_local(async move {
            let said = match clipboard::copy(&text.get_value()).await {
                Ok(()) => "Copied.",
                // Browsers allow it on secure pages only.
                Err(_) => "The browser does not allow copying here. Download it instead.",
            };
            // Answers what was not set when the page was left meanwhile.
            let _ = status.try_set(said);
        });
    };
    let download = move |()| {
        let offered = files::offer(&name, "application/json", &text.get_value());
        status.set(if offered.is_ok() { "" } else { "The browser does not allow downloads here." });
    };
    view! {
        <div class="button-row">
            {children.map(|children| children())}
            <Button small=true icon=IconName::Copy on_press=copy>
                "Copy JSON"
            </Button>
            <Button small=true icon=IconName::Download on_press=download>
                "Download JSON"
            </Button>
            <span class="small muted" role="status">
                {status}
            </span>
        </div>
    }
    .into_any()
}
