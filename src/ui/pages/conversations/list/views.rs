//! Saved views: filters, order and columns of the table under a name. Their menu and dialogs have
//! code of their own, which comes when the menu is first opened.

mod edit;
mod menu;

use super::{
    asked::Asked,
    columns::{Column, Columns},
};
use crate::{
    domain::saved_views::SavedView,
    ui::{
        call_dialog::Question,
        components::{Icon, IconName},
        tab_code::{TabCode, lazy_tab},
    },
};
use edit::{EditDialog, RemoveDialog};
use leptos::prelude::*;
use menu::ViewsMenu;

lazy_tab!(ConversationsListViewsTab, view! { <ViewsParts /> });

/// The button, which opens the menu and takes the focus back from its dialogs.
const BUTTON: &str = "conversation-views-button";
const MENU: &str = "conversation-views";

/// What the table shows, and what is done with views.
#[derive(Clone, Copy)]
pub struct Views {
    asked: Memo<Asked>,
    columns: Columns,
    /// The columns as they were before a view brought its own.
    own: StoredValue<Option<Vec<Column>>>,
    /// From the first time on that the menu is opened.
    opened: RwSignal<bool>,
    /// What is being saved: a new view, or a change of one.
    editing: RwSignal<Option<Option<SavedView>>>,
    removing: Question<SavedView>,
    /// Counts changes: they are read again.
    changed: RwSignal<u32>,
}

impl Views {
    pub fn new(asked: Memo<Asked>, columns: Columns) -> Self {
        let views = Self {
            asked,
            columns,
            own: StoredValue::new(None),
            opened: RwSignal::new(false),
            editing: RwSignal::new(None),
            removing: Question::default(),
            changed: RwSignal::new(0),
        };
        provide_context(views);
        views
    }

    /// Shows the columns of a view, or again those that the person chose.
    fn follow(self, view: &SavedView) {
        let Some(words) = &view.columns else {
            if let Some(own) = self.own.try_update_value(Option::take).flatten() {
                self.columns.shown.set(own);
            }
            return;
        };
        let known = |column: &Column| words.iter().any(|word| word == column.as_str());
        if self.own.with_value(Option::is_none) {
            self.own.set_value(Some(self.columns.shown.get_untracked()));
        }
        self.columns.shown.set(Column::ALL.into_iter().filter(known).collect());
    }

    fn look_again(self) {
        self.changed.update(|count| *count = count.wrapping_add(1));
    }
}

#[component]
pub fn ViewsButton(views: Views) -> impl IntoView {
    view! {
        <button
            class="button views-button"
            type="button"
            id=BUTTON
            data-variant="secondary"
            data-size="s"
            data-needs-script=""
            popovertarget=MENU
            on:click=move |_| views.opened.set(true)
        >
            "Views"
            <Icon name=IconName::ChevronDown size="s" />
        </button>
    }
    .into_any()
}

/// Where the menu and the dialogs stand.
#[component]
pub fn ViewsPlace(views: Views) -> impl IntoView {
    view! {
        <Show when=move || {
            views.opened.get()
        }>{TabCode::of::<ConversationsListViewsTab>().show_over()}</Show>
    }
    .into_any()
}

#[component]
fn ViewsParts() -> impl IntoView {
    let views = expect_context::<Views>();
    view! {
        <ViewsMenu views=views />
        <EditDialog views=views />
        <RemoveDialog views=views />
    }
    .into_any()
}
