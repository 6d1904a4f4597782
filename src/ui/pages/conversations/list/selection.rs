//! What is selected in the table: rows, or all that match its filters.

mod chosen;
mod kept;

use super::{asked::Asked, stored};
use crate::{
    domain::conversations::{ConversationRow, Count, Status},
    ui::client::{boot::use_boot, shortcuts::use_shortcuts},
};
use chosen::Chosen;
pub use chosen::{Kinds, Rows};
use leptos::prelude::*;
use uuid::Uuid;

/// Which conversations something is to be done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Rows(Vec<Uuid>),
    /// All that match these filters, as the server reads them.
    Query(String),
}

/// What is selected; it stays while the table shows other pages of the same list, and while one of
/// its conversations is visited.
#[derive(Clone, Copy)]
pub struct Selection {
    chosen: RwSignal<Chosen>,
    /// The rows that the table shows.
    page: RwSignal<Rows>,
    /// How many match, as far as the table counted.
    pub matching: RwSignal<Count>,
    pub filters: Memo<Asked>,
}

impl Selection {
    pub fn new(asked: Memo<Asked>) -> Self {
        let filters = Memo::new(move |_| asked.with(Asked::filters));
        let user = use_boot().user.map(|user| user.id).unwrap_or_default();
        let kept = filters.with_untracked(|filters| kept::recall(user, filters));
        let selection = Self {
            chosen: RwSignal::new(kept),
            page: RwSignal::new(Rows::new()),
            matching: RwSignal::new(Count::default()),
            filters,
        };
        // What is selected belongs to the list that it was selected in.
        Effect::new(move |before: Option<()>| {
            let _ = filters.get();
            if before.is_some() {
                selection.clear();
            }
        });
        Effect::new(move |_| kept::remember(user, filters.get(), selection.chosen.get()));
        let shortcuts = use_shortcuts();
        shortcuts.on("selectAll", move || selection.select_page(true));
        shortcuts.on("clearSelection", move || selection.clear());
        selection
    }

    /// What the table shows from now on, and how many there are on all its pages.
    pub fn show(self, rows: &[ConversationRow], matching: Count) {
        let page: Rows = rows.iter().map(|row| (row.id, row.status)).collect();
        self.chosen.update(|chosen| chosen.learn(&page));
        self.page.set(page);
        self.matching.set(matching);
    }

    pub fn has(self, id: Uuid) -> bool {
        self.chosen.with(|chosen| chosen.has(id))
    }

    pub fn toggle(self, id: Uuid, status: Status) {
        let page = self.page.get_untracked();
        self.chosen.update(|chosen| chosen.toggle(id, status, &page));
    }

    /// How many of the rows that are shown are selected: some, or all.
    pub fn of_page(self) -> (bool, bool) {
        self.page.with(|page| self.chosen.with(|chosen| chosen.of_page(page)))
    }

    pub fn select_page(self, on: bool) {
        let page = self.page.get_untracked();
        self.chosen.update(|chosen| chosen.select(page, on));
    }

    /// Selects all that match: so many.
    pub fn select_all(self, count: i64) {
        self.chosen.update(|chosen| chosen.all = Some(count));
    }

    /// How many match when all of them are selected.
    pub fn all(self) -> Option<i64> {
        self.chosen.with(|chosen| chosen.all)
    }

    /// How many rows are selected.
    pub fn rows(self) -> usize {
        self.chosen.with(|chosen| chosen.rows.len())
    }

    pub fn is_empty(self) -> bool {
        self.chosen.with(Chosen::is_empty)
    }

    pub fn clear(self) {
        if self.chosen.with_untracked(|chosen| !chosen.is_empty()) {
            self.chosen.set(Chosen::default());
        }
    }

    /// Whether some of them are archived, and whether some are not.
    pub fn kinds(self) -> Kinds {
        self.chosen.with(|chosen| match chosen.all {
            Some(_) => self.filters.with(|filters| Kinds::of_filter(&filters.words("status"))),
            None => chosen.kinds(),
        })
    }

    /// What is to be worked on; of rows those whose status fits.
    pub fn target(self, fits: fn(Status) -> bool) -> Target {
        self.chosen.with_untracked(|chosen| match chosen.all {
            Some(_) => {
                Target::Query(self.filters.with_untracked(|filters| stored::query(filters, false)))
            }
            None => Target::Rows(chosen.that(fits)),
        })
    }
}
