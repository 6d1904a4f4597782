//! What is done with many conversations at once: by jobs that run on the server, whoever leaves.
//! The dialogs and the progress have code of their own, which comes when something is to be done.

mod act;
mod bar;
mod dialog;
mod followed;
mod following;
mod question;
mod quick;
mod recent;
mod region;
mod words;

use super::selection::{Selection, Target};
use crate::{
    api::{bulk::load_bulk_jobs, events::LiveEvent},
    domain::bulk::BulkJobView,
    ui::{
        client::{
            boot::use_boot,
            live::{self, News},
            preferences::{PreferenceStore, use_preferences},
            toasts::{Toasts, use_toasts},
        },
        components::{Button, ButtonVariant},
        tab_code::{TabCode, lazy_tab},
    },
};
pub use act::Act;
pub use bar::SelectionBar;
use dialog::BulkDialog;
use leptos::{prelude::*, task::spawn_local};
use recent::RecentDialog;
use region::Jobs;
use uuid::Uuid;

lazy_tab!(ConversationsListBulkTab, view! { <BulkParts /> });

/// Something to be done with what is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    act: Act,
    target: Target,
}

/// What is asked, and what runs.
#[derive(Clone, Copy)]
pub struct Bulk {
    selection: Selection,
    /// Counts what was done: the list follows it.
    pub done: RwSignal<u32>,
    /// What is being asked about.
    asking: RwSignal<Option<Wanted>>,
    /// What is to be done at once, without a question.
    quick: RwSignal<Option<Wanted>>,
    /// The person's jobs that run, and those that ended until they are dismissed.
    jobs: RwSignal<Vec<BulkJobView>>,
    /// Those of them whose end is told by a toast.
    quiet: RwSignal<Vec<Uuid>>,
    /// Whether the list of the last ones is open.
    recent: RwSignal<bool>,
    user: Uuid,
    toasts: Toasts,
    preferences: PreferenceStore,
}

impl Bulk {
    pub fn new(selection: Selection) -> Self {
        let bulk = Self {
            selection,
            done: RwSignal::new(0),
            asking: RwSignal::new(None),
            quick: RwSignal::new(None),
            jobs: RwSignal::new(Vec::new()),
            quiet: RwSignal::new(Vec::new()),
            recent: RwSignal::new(false),
            user: use_boot().user.map(|user| user.id).unwrap_or_default(),
            toasts: use_toasts(),
            preferences: use_preferences(),
        };
        Effect::new(move |_| {
            bulk.look();
            live::on(move |news| match news {
                News::Missed => bulk.look(),
                News::Pushed(LiveEvent::ConversationsChanged {}) => bulk.look_again(),
                News::Pushed(_) => {}
            });
            // Another tab of this browser began one or dismissed it, or the person is back.
            for event in ["storage", "visibilitychange"] {
                let listener = window_event_listener_untyped(event, move |_| {
                    if !document().hidden() {
                        bulk.look();
                    }
                });
                on_cleanup(move || listener.remove());
            }
        });
        provide_context(bulk);
        bulk
    }

    /// Begins to ask about it. What is named by its rows, and undone by a press as quickly as it
    /// is done, needs no question; without toasts nothing would offer to undo it.
    fn want(self, act: Act) {
        let selection = self.selection;
        let wanted = Some(Wanted { act, target: selection.target(act.fits()) });
        let tells = self.preferences.applied.with_untracked(|applied| applied.notifications.toast);
        if act.is_quick() && tells && untrack(|| selection.all()).is_none() {
            self.quick.set(wanted);
        } else {
            self.asking.set(wanted);
        }
    }

    /// Reads which jobs run. Without an answer what is shown stays.
    fn look(self) {
        spawn_local(async move {
            let Ok(answer) = load_bulk_jobs().await else { return };
            let followed = followed::read(self.user);
            let mut jobs = answer.jobs;
            jobs.retain(|job| {
                let runs = job.created_by == Some(self.user) && job.state.is_open();
                runs || followed.contains(&job.id)
            });
            for job in jobs.iter().filter(|job| job.state.is_open()) {
                followed::add(self.user, job.id);
            }
            // The page may be gone.
            let Some(now) = self.jobs.try_get_untracked() else { return };
            // What was begun while this was asked is not in the answer.
            let is_new = |own: &&BulkJobView| {
                followed.contains(&own.id) && jobs.iter().all(|job| job.id != own.id)
            };
            let new: Vec<_> = now.iter().filter(is_new).cloned().collect();
            jobs.splice(0..0, new);
            if now != jobs {
                self.jobs.set(jobs);
            }
        });
    }

    /// Follows a job from now on, first of all. Its end is told by a toast if it is `quiet`.
    fn begin(self, job: BulkJobView, quiet: bool) {
        followed::add(self.user, job.id);
        // The page may be gone.
        self.quiet.try_update(|all| {
            all.retain(|id| *id != job.id);
            if quiet {
                all.push(job.id);
            }
        });
        self.jobs.try_update(|jobs| {
            jobs.retain(|other| other.id != job.id);
            jobs.insert(0, job);
        });
    }

    /// Shows it no longer.
    fn dismiss(self, id: Uuid) {
        followed::remove(self.user, id);
        self.jobs.try_update(|jobs| jobs.retain(|job| job.id != id));
        self.quiet.try_update(|all| all.retain(|other| *other != id));
    }

    fn look_again(self) {
        self.done.try_update(|count| *count = count.wrapping_add(1));
    }
}

/// Where progress and dialogs stand, from the first time on that there is one.
#[component]
pub fn BulkPlace(bulk: Bulk) -> impl IntoView {
    let is_needed = Memo::new(move |was: Option<&bool>| {
        let asks = bulk.asking.with(Option::is_some) || bulk.quick.with(Option::is_some);
        let shows = bulk.jobs.with(|jobs| !jobs.is_empty()) || bulk.recent.get();
        asks || shows || was == Some(&true)
    });
    view! {
        <Show when=move || is_needed.get()>
            {TabCode::of::<ConversationsListBulkTab>().show_over()}
        </Show>
    }
    .into_any()
}

/// Opens the list of the last jobs.
#[component]
pub fn RecentButton(bulk: Bulk) -> impl IntoView {
    view! {
        <p class="conversation-count" data-needs-script="">
            <Button
                variant=ButtonVariant::Ghost
                small=true
                on_press=move |()| bulk.recent.set(true)
            >
                "Recent bulk changes"
            </Button>
        </p>
    }
    .into_any()
}

#[component]
fn BulkParts() -> impl IntoView {
    let bulk = expect_context::<Bulk>();
    following::start(bulk);
    quick::start(bulk);
    view! {
        <Jobs bulk=bulk />
        <BulkDialog bulk=bulk />
        <RecentDialog bulk=bulk />
    }
    .into_any()
}
