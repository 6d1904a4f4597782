//! Reading again: by hand, every 30 seconds, and when the server says that something happened.

use crate::{
    api::events::LiveEvent,
    ui::{
        client::{
            live::{self, News},
            resource::Resource,
        },
        components::{Button, IconName, Switch},
        loaded::Loaded,
        moment::Moment,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(30);
/// Two reasons to read again that come together are one.
const LEAST_SECONDS: i64 = 5;
/// Where this browser remembers that it does not read again by itself.
const KEPT: &str = "train.database.refresh";

/// When the numbers of the page are read again.
#[derive(Clone, Copy)]
pub struct Refresh {
    /// Counts the readings; every resource of the page depends on it.
    pub reading: RwSignal<u32>,
    /// The last reading was asked for by hand: nothing remembered will do.
    pub fresh: RwSignal<bool>,
    by_itself: RwSignal<bool>,
    read_at: RwSignal<Option<DateTime<Utc>>>,
}

impl Refresh {
    /// For the life of the page.
    pub fn start() -> Self {
        let refresh = Self {
            reading: RwSignal::new(0),
            fresh: RwSignal::new(false),
            by_itself: RwSignal::new(true),
            read_at: RwSignal::new(None),
        };
        provide_context(refresh);
        Effect::new(move |_| {
            let kept = storage().and_then(|storage| storage.get_item(KEPT).ok().flatten());
            refresh.by_itself.set(kept.as_deref() != Some("off"));
            live::on(move |news| match news {
                News::Missed | News::Pushed(LiveEvent::Health {}) => refresh.follow(),
                News::Pushed(_) => {}
            });
            if let Ok(handle) = set_interval_with_handle(move || refresh.follow(), EVERY) {
                on_cleanup(move || handle.clear());
            }
        });
        refresh
    }

    /// Reads everything that is shown again.
    pub fn now(self) {
        self.fresh.set(false);
        self.reading.update(|count| *count = count.wrapping_add(1));
    }

    fn by_hand(self) {
        self.fresh.set(true);
        self.reading.update(|count| *count = count.wrapping_add(1));
    }

    /// Reads again unless that is switched off, nobody looks, or somebody works with what is shown.
    fn follow(self) {
        let just_read = self
            .read_at
            .get_untracked()
            .is_some_and(|time| (Utc::now() - time).num_seconds() < LEAST_SECONDS);
        if self.by_itself.get_untracked() && !just_read && !is_in_use() {
            self.now();
        }
    }

    fn arrived(self) {
        self.read_at.set(Some(Utc::now()));
    }

    fn switch(self, on: bool) {
        self.by_itself.set(on);
        if let Some(storage) = storage() {
            // A browser that keeps nothing forgets it with the page.
            let _ = if on { storage.remove_item(KEPT) } else { storage.set_item(KEPT, "off") };
        }
    }
}

/// The readings of this page.
pub fn use_refresh() -> Refresh {
    expect_context::<Refresh>()
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Drawing a list anew would take the focus out of it and close what was opened in it.
fn is_in_use() -> bool {
    const BUSY: &str = "dialog[open], [popover]:popover-open, .database-live :focus-visible, \
        .database-live details[open]";
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return true };
    page.hidden() || page.query_selector(BUSY).ok().flatten().is_some()
}

/// When it was read, the switch, and the button.
#[component]
pub fn RefreshBar(refresh: Refresh) -> impl IntoView {
    let updated = move || {
        refresh.read_at.get().map(|time| {
            view! {
                "Updated "
                <Moment time=time />
            }
        })
    };
    view! {
        <div class="database-refresh">
            <span class="muted small">{updated}</span>
            <Switch
                id="database-auto"
                label="Refresh every 30 s"
                value=refresh.by_itself
                on_change=move |on| refresh.switch(on)
            />
            <Button small=true icon=IconName::Reset on_press=move |()| refresh.by_hand()>
                "Refresh"
            </Button>
        </div>
    }
    .into_any()
}

/// As [`Loaded`], for what is read again while the page is open.
#[component]
pub fn Refreshed<T, V>(
    label: &'static str,
    lines: usize,
    read: Resource<T>,
    children: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let refresh = use_context::<Refresh>();
    Effect::new(move |_| {
        if let (Some(refresh), true) = (refresh, read.with(|answer| matches!(answer, Some(Ok(_)))))
        {
            refresh.arrived();
        }
    });
    view! {
        <div class="database-live" data-live=EVERY.as_millis().to_string()>
            <Loaded read=read label=label lines=lines children=children />
        </div>
    }
    .into_any()
}
