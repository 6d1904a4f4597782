//! Reading again: by hand, every 30 seconds, and when the server says that something happened.

use crate::{
    api::{error::ApiError, events::LiveEvent},
    ui::{
        client::{
            live::{self, News},
            resource::{Answered, Pending, Resource},
        },
        components::{Banner, Button, ErrorState, IconName, Switch, Tone},
        loaded::Awaited,
        moment::Moment,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

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
    /// Of the parts of the page that could not be read again, when what they show was read.
    stale: RwSignal<Vec<DateTime<Utc>>>,
}

impl Refresh {
    /// For the life of the page.
    pub fn start() -> Self {
        let refresh = Self {
            reading: RwSignal::new(0),
            fresh: RwSignal::new(false),
            by_itself: RwSignal::new(true),
            read_at: RwSignal::new(None),
            stale: RwSignal::new(Vec::new()),
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

    fn failed(self, shown: DateTime<Utc>) {
        self.stale.try_update(|all| all.push(shown));
    }

    fn recovered(self, shown: DateTime<Utc>) {
        // The page may be gone.
        self.stale.try_update(|all| {
            if let Some(place) = all.iter().position(|time| *time == shown) {
                all.swap_remove(place);
            }
        });
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
        .database-live details[open], .chart-plot:hover";
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

/// That some figures could not be read again, and how old those are that are shown.
#[component]
pub fn StaleBanner(refresh: Refresh) -> impl IntoView {
    let oldest = Memo::new(move |_| refresh.stale.with(|all| all.iter().min().copied()));
    move || {
        let read_at = oldest.get()?;
        let again = move || {
            view! {
                <Button small=true icon=IconName::Reset on_press=move |()| refresh.by_hand()>
                    "Retry"
                </Button>
            }
        };
        Some(view! {
            <Banner tone=Tone::Warning action=again>
                "The figures could not be read again. Those shown are from "
                <Moment time=read_at />
                "."
            </Banner>
        })
    }
}

/// As [`Loaded`](crate::ui::loaded::Loaded), for what is read again while the page is open: when
/// that fails, what was read before stays.
#[component]
pub fn Refreshed<T, V>(
    label: &'static str,
    lines: usize,
    read: Resource<T>,
    /// What was asked for. What was read before is not shown in the place of something else.
    #[prop(optional, into)]
    about: Signal<String>,
    /// The same is read for another part of the page, which says when it failed.
    #[prop(optional)]
    again: bool,
    children: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let known = StoredValue::new(None::<(String, T)>);
    if let Some(refresh) = use_context::<Refresh>() {
        let state = move || {
            let here = about.get_untracked();
            let shows = known.with_value(|known| {
                known.as_ref().is_some_and(|(asked, _): &(String, T)| *asked == here)
            });
            read.with(|answer| outcome(answer, shows))
        };
        watch(refresh, Arc::new(state));
    }
    let retry = Callback::new(move |()| read.refetch());
    let content = move || -> Pending<AnyView> {
        let (show, here) = (children.clone(), about.get_untracked());
        Box::pin(async move {
            match read.await {
                Ok(value) => {
                    // Gone with the page; then nobody will ask for it.
                    known.try_set_value(Some((here, value.clone())));
                    show(value).into_any()
                }
                Err(error) => {
                    // Who may not see it any more sees what it was refused with.
                    if is_refused(&error) {
                        known.try_set_value(None);
                    }
                    match known.try_get_value().flatten() {
                        Some((asked, value)) if asked == here => show(value).into_any(),
                        _ if again => ().into_any(),
                        _ => view! {
                            <ErrorState
                                message=error.error
                                request_id=error.request_id
                                on_retry=retry
                            />
                        }
                        .into_any(),
                    }
                }
            }
        })
    };
    view! {
        <div class="database-live" data-live=EVERY.as_millis().to_string()>
            <Awaited label=label lines=lines content=Arc::new(content) />
        </div>
    }
    .into_any()
}

/// Whether the person may not see what was asked for, or not any more.
pub fn is_refused(error: &ApiError) -> bool {
    matches!(error.status, 401 | 403)
}

/// What became of a reading: read, or failed while something older is shown (`shows`). `None` while
/// nothing is: not yet, or because the failure stands in its place.
fn outcome<T>(answer: Option<&Answered<T>>, shows: bool) -> Option<bool> {
    match answer? {
        Ok(_) => Some(true),
        Err(error) if is_refused(error) => None,
        Err(_) => shows.then_some(false),
    }
}

/// Tells the page the [`outcome`] of one of its readings. The same for whatever is read, so that it
/// is compiled once.
fn watch(refresh: Refresh, state: Arc<dyn Fn() -> Option<bool> + Send + Sync>) {
    let read_at = StoredValue::new(None::<DateTime<Utc>>);
    let failing = StoredValue::new(None::<DateTime<Utc>>);
    Effect::new(move |_| {
        let now = state();
        if now == Some(true) {
            refresh.arrived();
            read_at.set_value(Some(Utc::now()));
        }
        match (failing.get_value(), now) {
            (None, Some(false)) => {
                let shown = read_at.get_value().unwrap_or_else(Utc::now);
                refresh.failed(shown);
                failing.set_value(Some(shown));
            }
            (Some(shown), Some(true) | None) => {
                refresh.recovered(shown);
                failing.set_value(None);
            }
            _ => {}
        }
    });
    on_cleanup(move || {
        if let Some(shown) = failing.try_get_value().flatten() {
            refresh.recovered(shown);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error_code::ErrorCode;

    #[test]
    fn only_a_failure_that_leaves_something_on_the_page_is_about_what_is_shown() {
        let of = |answer: Answered<()>, shows| outcome(Some(&answer), shows);
        let failed = |code| Err(ApiError::new(code, "No."));
        assert_eq!(outcome::<()>(None, true), None, "not read yet");
        assert_eq!(of(Ok(()), false), Some(true));
        assert_eq!(of(Err(ApiError::unreachable()), true), Some(false));
        assert_eq!(of(Err(ApiError::unreachable()), false), None, "the failure itself is shown");
        for code in [ErrorCode::Forbidden, ErrorCode::NotSignedIn] {
            assert_eq!(of(failed(code), true), None, "{code:?}");
        }
    }
}
