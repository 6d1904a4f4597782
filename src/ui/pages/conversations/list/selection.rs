//! The rows that are selected, and what is done with all of them.

use crate::{
    api::{
        conversations::{ArchiveConversation, UnarchiveConversation},
        error::ApiError,
        operation::Nothing,
    },
    domain::conversations::{ConversationRow, Status},
    ui::{
        client::{
            rest::Call,
            shortcuts::use_shortcuts,
            toasts::{Toasts, use_toasts},
        },
        components::{Button, ButtonVariant, Tone},
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows with where they stand.
type Chosen = BTreeMap<Uuid, Status>;

/// What is selected; it stays while the table shows other pages of the same list.
#[derive(Clone, Copy)]
pub struct Selection {
    chosen: RwSignal<Chosen>,
    /// The rows that the table shows.
    page: RwSignal<Chosen>,
    /// How many of how many are done, while something is.
    progress: RwSignal<Option<(usize, usize)>>,
    /// Counts what was done: the list follows it.
    pub done: RwSignal<u32>,
    toasts: Toasts,
}

impl Selection {
    pub fn new() -> Self {
        let selection = Self {
            chosen: RwSignal::new(Chosen::new()),
            page: RwSignal::new(Chosen::new()),
            progress: RwSignal::new(None),
            done: RwSignal::new(0),
            toasts: use_toasts(),
        };
        let shortcuts = use_shortcuts();
        shortcuts.on("selectAll", move || selection.select_page(true));
        shortcuts.on("clearSelection", move || selection.clear());
        selection
    }

    /// What the table shows from now on.
    pub fn show(self, rows: &[ConversationRow]) {
        let page = rows.iter().map(|row| (row.id, row.status)).collect();
        self.page.set(page);
    }

    pub fn has(self, id: Uuid) -> bool {
        self.chosen.with(|chosen| chosen.contains_key(&id))
    }

    pub fn toggle(self, id: Uuid, status: Status) {
        self.chosen.update(|chosen| {
            if chosen.remove(&id).is_none() {
                chosen.insert(id, status);
            }
        });
    }

    /// How many of the rows that are shown are selected: none, some or all.
    pub fn of_page(self) -> (bool, bool) {
        self.page.with(|page| {
            let chosen =
                self.chosen.with(|chosen| page.keys().filter(|id| chosen.contains_key(id)).count());
            let is_all = chosen > 0 && chosen == page.len();
            (chosen > 0 && !is_all, is_all)
        })
    }

    pub fn select_page(self, on: bool) {
        let page = self.page.get_untracked();
        self.chosen.update(|chosen| match on {
            true => chosen.extend(page),
            false => chosen.retain(|id, _| !page.contains_key(id)),
        });
    }

    pub fn clear(self) {
        if self.chosen.with_untracked(|chosen| !chosen.is_empty()) {
            self.chosen.set(Chosen::new());
        }
    }

    /// Archives what is selected and not archived, or brings back what is.
    fn archive(self, step: Step) {
        let ids = self.chosen.with_untracked(|chosen| step.concerned(chosen));
        if self.progress.with_untracked(Option::is_some) || ids.is_empty() {
            return;
        }
        spawn_local(async move {
            let done = self.run(step, ids).await;
            self.progress.try_set(None);
            if done.is_empty() {
                return;
            }
            let back = done.clone();
            self.toasts.offer(step.told(done.len()), "Undo", move || {
                let (step, ids) = (step.reverse(), back.clone());
                spawn_local(async move {
                    let done = self.run(step, ids).await;
                    self.progress.try_set(None);
                    if !done.is_empty() {
                        self.toasts.show(Tone::Success, step.told(done.len()));
                    }
                });
            });
        });
    }

    /// One after the other; answers those that it was done to. The first refusal ends it: the rest
    /// would most likely be refused as well. The page may be gone meanwhile.
    async fn run(self, step: Step, ids: Vec<Uuid>) -> Vec<Uuid> {
        let all = ids.len();
        let mut done = Vec::new();
        for id in ids {
            self.progress.try_set(Some((done.len() + 1, all)));
            if let Err(error) = step.send(id).await {
                let left = all - done.len();
                let sentence = match all {
                    1 => error.error,
                    _ => format!("{} {left} of {all} are left.", error.error),
                };
                self.toasts.show(Tone::Danger, sentence);
                break;
            }
            done.push(id);
            self.chosen.try_update(|chosen| chosen.remove(&id));
        }
        self.done.try_update(|count| *count = count.wrapping_add(1));
        done
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Archive,
    BringBack,
}

impl Step {
    fn concerned(self, chosen: &Chosen) -> Vec<Uuid> {
        let is_concerned =
            |status: Status| (status == Status::Archived) == (self == Self::BringBack);
        chosen.iter().filter(|(_, status)| is_concerned(**status)).map(|(id, _)| *id).collect()
    }

    const fn reverse(self) -> Self {
        match self {
            Self::Archive => Self::BringBack,
            Self::BringBack => Self::Archive,
        }
    }

    async fn send(self, id: Uuid) -> Result<(), ApiError> {
        match self {
            Self::Archive => Call::<ArchiveConversation>::new(id, &Nothing {}).send().await,
            Self::BringBack => Call::<UnarchiveConversation>::new(id, &Nothing {}).send().await,
        }
        .map(|_| ())
    }

    fn told(self, count: usize) -> String {
        let what = if count == 1 { "conversation" } else { "conversations" };
        match self {
            Self::Archive => format!("Archived {count} {what}."),
            Self::BringBack => format!("Brought back {count} {what}."),
        }
    }
}

/// The bar at the foot while rows are selected.
#[component]
pub fn SelectionBar(selection: Selection) -> impl IntoView {
    let count = Memo::new(move |_| selection.chosen.with(BTreeMap::len));
    let busy = Signal::derive(move || selection.progress.with(Option::is_some));
    let words = move || match selection.progress.get() {
        Some((number, all)) => format!("{number} of {all}…"),
        None => format!("{} selected", count.get()),
    };
    let concerns = move |step: Step| {
        Memo::new(move |_| selection.chosen.with(|chosen| !step.concerned(chosen).is_empty()))
    };
    let (archives, brings) = (concerns(Step::Archive), concerns(Step::BringBack));
    let button = move |step: Step, label: &'static str| {
        view! {
            <Button
                variant=ButtonVariant::Primary
                busy=busy
                on_press=move |()| selection.archive(step)
            >
                {label}
            </Button>
        }
    };
    let shown = Memo::new(move |_| count.get() > 0 || busy.get());
    move || {
        shown.get().then(|| {
            view! {
                <div class="save-bar" role="region" aria-label="Selected conversations">
                    <p role="status">{words}</p>
                    <div class="button-row">
                        <Button on_press=move |()| selection.clear() disabled=busy>
                            "Clear selection"
                        </Button>
                        {move || brings.get().then(|| button(Step::BringBack, "Bring back"))}
                        {move || archives.get().then(|| button(Step::Archive, "Archive"))}
                    </div>
                </div>
            }
        })
    }
}
