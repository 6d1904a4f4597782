//! Conversations that came since the table was read. It does not move under who reads it: a line
//! says how many there are.

use super::asked::Asked;
use crate::{
    api::conversations::load_conversations,
    domain::conversations::{ConversationPage, ConversationQuery, Direction, SortKey},
    ui::components::{Button, IconName},
};
use chrono::{DateTime, TimeDelta, Utc};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// How often it is asked while somebody looks.
const EVERY: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
pub struct Fresh {
    asked: Memo<Asked>,
    /// Counts up to have the table read again.
    again: RwSignal<u32>,
    /// How many are new, in words.
    new: RwSignal<Option<String>>,
    /// When the newest row was made, on a first page with the newest first.
    newest: StoredValue<Option<DateTime<Utc>>>,
}

impl Fresh {
    pub fn new(asked: Memo<Asked>, again: RwSignal<u32>) -> Self {
        let (new, newest) = (RwSignal::new(None), StoredValue::new(None));
        let fresh = Self { asked, again, new, newest };
        Effect::new(move |_| {
            if let Ok(handle) = set_interval_with_handle(move || fresh.look(), EVERY) {
                on_cleanup(move || handle.clear());
            }
        });
        fresh
    }

    /// What the table shows from now on.
    pub fn shown(self, page: &ConversationPage) {
        let is_first = self.asked.with_untracked(|asked| {
            !asked.is_behind() && asked.order() == (SortKey::Created, Direction::Descending)
        });
        let newest = page.conversations.first().filter(|_| is_first).map(|row| row.created_at);
        self.newest.set_value(newest);
        if self.new.with_untracked(Option::is_some) {
            self.new.set(None);
        }
    }

    fn look(self) {
        // The page may be gone.
        let Some(Some(newest)) = self.newest.try_get_value() else { return };
        if document().hidden() {
            return;
        }
        let filters = self.asked.with_untracked(|asked| asked.query().filters());
        let from = Some(newest + TimeDelta::microseconds(1));
        let query = ConversationQuery { from, limit: Some(1), ..filters };
        spawn_local(async move {
            let Ok(page) = load_conversations(query).await else { return };
            // The table was read again meanwhile, or the page is gone.
            if self.newest.try_get_value() != Some(Some(newest)) {
                return;
            }
            self.new.set((page.count.count > 0).then(|| page.count.text()));
        });
    }
}

#[component]
pub fn NewRows(fresh: Fresh) -> impl IntoView {
    let show = move |()| fresh.again.update(|count| *count = count.wrapping_add(1));
    let line = move || {
        fresh.new.get().map(|count| {
            view! {
                <Button small=true icon=IconName::Reset on_press=show>
                    {count}
                    " new – show"
                </Button>
            }
        })
    };
    view! {
        <div class="conversation-new" role="status">
            {line}
        </div>
    }
    .into_any()
}
