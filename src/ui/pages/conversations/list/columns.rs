//! The columns of the table that a person chose. This browser keeps them, for each account its own.

use crate::{
    domain::{conversations::SortKey, list::List, words::words},
    ui::{
        client::boot::use_boot,
        components::{CheckboxGroup, Choice},
    },
};
use leptos::prelude::*;
use uuid::Uuid;

words! {
    /// A column. The title is none of these: it is always there.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Column: "The column" {
        Tier => "tier", "Tier";
        Status => "status", "Status";
        Score => "score", "Score";
        Trainable => "trainable", "Trainable";
        /// That there is something alike, and what content checks found.
        Marks => "marks", "Marks";
        Turns => "turns", "Turns";
        Tokens => "tokens", "Tokens";
        Cost => "cost", "Cost";
        Author => "author", "Author";
        Created => "created", "Created";
        Updated => "updated", "Updated";
    }
}

impl Column {
    /// What the list is sorted by at this column's head, if anything.
    pub const fn sort_key(self) -> Option<SortKey> {
        match self {
            Self::Score => Some(SortKey::Score),
            Self::Turns => Some(SortKey::Turns),
            Self::Tokens => Some(SortKey::Tokens),
            Self::Created => Some(SortKey::Created),
            Self::Updated => Some(SortKey::Updated),
            _ => None,
        }
    }

    /// Numbers stand to the right.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Score | Self::Turns | Self::Tokens | Self::Cost)
    }
}

/// Pixels of a window from which on there is room for one column more.
const WIDE: f64 = 1440.0;

/// Until somebody chooses: what fits beside each other on a desk.
fn usual(is_wide: bool) -> Vec<Column> {
    let fits = |column: &Column| match column {
        Column::Updated => false,
        Column::Marks => is_wide,
        _ => true,
    };
    Column::ALL.into_iter().filter(fits).collect()
}

/// Those that are shown, in their order.
#[derive(Clone, Copy)]
pub struct Columns {
    pub shown: RwSignal<Vec<Column>>,
    user: Option<Uuid>,
}

impl Columns {
    /// What this browser keeps, and how wide it is, is known once the page is hydrated.
    pub fn new() -> Self {
        let columns =
            Self { shown: RwSignal::new(usual(false)), user: use_boot().user.map(|user| user.id) };
        Effect::new(move |_| {
            let kept = storage().and_then(|all| all.get_item(&columns.key()?).ok().flatten());
            let Some(Ok(List(kept))) = kept.map(|text| text.parse::<List<Column>>()) else {
                columns.show(&usual(is_wide()));
                return;
            };
            columns.show(&kept);
        });
        columns
    }

    fn key(self) -> Option<String> {
        self.user.map(|user| format!("train.columns.{user}"))
    }

    fn show(self, chosen: &[Column]) {
        let shown: Vec<_> =
            Column::ALL.into_iter().filter(|column| chosen.contains(column)).collect();
        if self.shown.with_untracked(|now| *now != shown) {
            self.shown.set(shown);
        }
    }

    fn choose(self, words: &[String]) {
        let chosen: Vec<Column> = words.iter().filter_map(|word| word.parse().ok()).collect();
        self.show(&chosen);
        if let (Some(storage), Some(key)) = (storage(), self.key()) {
            // A browser that keeps nothing forgets it with the page.
            let _ = storage.set_item(&key, &List(chosen).to_string());
        }
    }
}

fn is_wide() -> bool {
    let width = web_sys::window().and_then(|window| window.inner_width().ok()?.as_f64());
    width.is_some_and(|width| width >= WIDE)
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The button, and what it opens.
#[component]
pub fn ColumnsMenu(columns: Columns) -> impl IntoView {
    let choices =
        Column::ALL.iter().map(|column| Choice::new(column.as_str(), column.label())).collect();
    let value = Signal::derive(move || {
        columns.shown.with(|shown| shown.iter().map(|it| it.as_str().to_owned()).collect())
    });
    let choose = move |words: Vec<String>| columns.choose(&words);
    view! {
        <span data-needs-script="">
            <button
                class="button"
                type="button"
                data-variant="secondary"
                data-size="s"
                popovertarget="conversation-columns"
            >
                "Columns"
            </button>
            <div class="choices-menu" id="conversation-columns" popover="auto">
                <CheckboxGroup
                    id="conversation-column"
                    label="Columns"
                    choices=choices
                    value=value
                    on_change=choose
                />
            </div>
        </span>
    }
    .into_any()
}
