//! What became of the last edit.

use super::{Icon, IconName};
use crate::ui::client::autosave::saver::Status;
use leptos::prelude::*;

/// Where a save stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SaveState {
    /// Nothing to say.
    #[default]
    Idle,
    Saving,
    /// The server said so.
    Saved,
    /// Kept in the browser until the server answers again.
    Queued,
    /// The same was changed elsewhere; the person is asked which to keep.
    Asked,
    /// Not saved, and why, in a sentence.
    Failed(String),
}

impl From<&Status> for SaveState {
    fn from(status: &Status) -> Self {
        match status {
            Status::Idle => Self::Idle,
            Status::Saving => Self::Saving,
            Status::Saved => Self::Saved,
            Status::Queued => Self::Queued,
            Status::Asked => Self::Asked,
            Status::Failed(error) => Self::Failed(error.error.clone()),
        }
    }
}

/// Saving… / Saved / Queued (offline) / Your answer is needed / Failed, with Retry.
///
/// Of all that show one save at the same time, exactly one is the `live` one, which assistive
/// technology reads out.
#[component]
pub fn SaveStatus(
    #[prop(into)] state: Signal<SaveState>,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
    /// Whether something is left to be tried again; otherwise the person has to change something
    /// first.
    #[prop(default = true.into(), into)]
    retryable: Signal<bool>,
    #[prop(optional)] live: bool,
) -> impl IntoView {
    let name = move || match state.get() {
        SaveState::Idle => "idle",
        SaveState::Saving => "saving",
        SaveState::Saved => "saved",
        SaveState::Queued => "queued",
        SaveState::Asked => "asked",
        SaveState::Failed(_) => "failed",
    };
    let sign = move || {
        let icon = match state.get() {
            SaveState::Idle => return None,
            SaveState::Saving => {
                return Some(view! { <span class="spinner" aria-hidden="true"></span> }.into_any());
            }
            SaveState::Saved => IconName::Check,
            SaveState::Queued => IconName::Queue,
            SaveState::Asked => IconName::Warning,
            SaveState::Failed(_) => IconName::Error,
        };
        Some(view! { <Icon name=icon size="s" /> }.into_any())
    };
    let words = move || match state.get() {
        SaveState::Idle => String::new(),
        SaveState::Saving => "Saving…".to_owned(),
        SaveState::Saved => "Saved".to_owned(),
        SaveState::Queued => "Queued (offline)".to_owned(),
        SaveState::Asked => "Your answer is needed".to_owned(),
        SaveState::Failed(why) if why.is_empty() => "Not saved".to_owned(),
        SaveState::Failed(why) => format!("Not saved: {why}"),
    };
    let retry = move || {
        let on_retry =
            on_retry.filter(|_| matches!(state.get(), SaveState::Failed(_)) && retryable.get())?;
        Some(view! {
            <button class="link-button" type="button" on:click=move |_| on_retry.run(())>
                "Retry"
            </button>
        })
    };
    view! {
        <span class="save-status" data-state=name>
            {sign}
            <span role=live.then_some("status")>{words}</span>
            {retry}
        </span>
    }
    .into_any()
}
