//! Choosing several changes, to roll them back together.

use super::rollback::{Plan, Undoing};
use crate::ui::{
    components::{Button, ButtonVariant},
    form::focus,
};
use leptos::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Id of the button that begins it.
pub const OPENER: &str = "select-changes";

/// What is chosen; it stays while the list shows other pages.
#[derive(Clone, Copy)]
pub struct Selection {
    /// Whether changes can be chosen now.
    pub on: RwSignal<bool>,
    pub ids: RwSignal<BTreeSet<Uuid>>,
    pub undoing: Undoing,
}

impl Selection {
    pub fn new(undoing: Undoing) -> Self {
        Self { on: RwSignal::new(false), ids: RwSignal::new(BTreeSet::new()), undoing }
    }

    /// The button that was pressed goes out of use, so focus moves on.
    pub fn begin(self) {
        self.on.set(true);
        focus(".timeline-tools input");
    }

    pub fn toggle(self, id: Uuid) {
        self.ids.update(|ids| {
            if !ids.remove(&id) {
                ids.insert(id);
            }
        });
    }

    fn cancel(self) {
        self.end();
        focus(format!("#{OPENER}"));
    }

    pub fn end(self) {
        self.on.set(false);
        self.ids.set(BTreeSet::new());
    }
}

/// The bar at the foot while changes are chosen.
#[component]
pub fn SelectionBar(selection: Selection) -> impl IntoView {
    let count = Memo::new(move |_| selection.ids.with(BTreeSet::len));
    let words = move || match count.get() {
        0 => "Select the changes to roll back.".to_owned(),
        1 => "1 change selected".to_owned(),
        many => format!("{many} changes selected"),
    };
    let press = move |()| {
        let chosen = selection.ids.with_untracked(|ids| ids.iter().copied().collect());
        selection.undoing.ask(Plan::Many(chosen));
    };
    move || {
        selection.on.get().then(|| {
            view! {
                <div class="save-bar" role="region" aria-label="Selected changes">
                    <p role="status">{words}</p>
                    <div class="button-row">
                        <Button on_press=move |()| selection.cancel()>"Cancel"</Button>
                        <Button
                            variant=ButtonVariant::Primary
                            disabled=Signal::derive(move || count.get() == 0)
                            on_press=press
                        >
                            "Roll back selected…"
                        </Button>
                    </div>
                </div>
            }
        })
    }
}
