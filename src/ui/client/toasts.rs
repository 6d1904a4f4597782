//! Short messages at the edge of the page.

use super::preferences::PreferenceStore;
use crate::ui::tone::Tone;
use leptos::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

type Act = Arc<dyn Fn() + Send + Sync>;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Tells toasts apart; never used twice.
    pub id: u64,
    pub tone: Tone,
    pub text: String,
    /// Label of the one thing that can be done about it: "Undo".
    pub action: Option<String>,
}

/// The page's messages, in its context.
#[derive(Clone, Copy)]
pub struct Toasts {
    pub list: RwSignal<Vec<Toast>>,
    actions: StoredValue<BTreeMap<u64, Act>>,
    next: StoredValue<u64>,
    preferences: PreferenceStore,
}

impl Toasts {
    pub fn new(preferences: PreferenceStore) -> Self {
        Self {
            list: RwSignal::new(Vec::new()),
            actions: StoredValue::new(BTreeMap::new()),
            next: StoredValue::new(0),
            preferences,
        }
    }

    /// Shows a message, unless the person switched toasts off; what went wrong is always shown.
    pub fn show(&self, tone: Tone, text: impl Into<String>) {
        self.add(tone, text.into(), None);
    }

    /// The same with a button.
    pub fn offer(
        &self,
        text: impl Into<String>,
        action: &str,
        act: impl Fn() + Send + Sync + 'static,
    ) {
        self.add(Tone::Success, text.into(), Some((action.to_owned(), Arc::new(act))));
    }

    /// Whether the person wants to be told by toasts what they need not know at once.
    pub fn are_wanted(&self) -> bool {
        self.preferences.applied.with_untracked(|applied| applied.notifications.toast)
    }

    fn add(&self, tone: Tone, text: String, action: Option<(String, Act)>) {
        if !self.are_wanted() && !matches!(tone, Tone::Danger | Tone::Warning) {
            return;
        }
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let (label, act) = action.unzip();
        if let Some(act) = act {
            self.actions.update_value(|actions| {
                actions.insert(id, act);
            });
        }
        self.list.update(|list| {
            // Saying the same thing twice tells nobody more, and an older offer would act upon what
            // came after it.
            list.retain(|other| other.text != text && (label.is_none() || other.action.is_none()));
            list.push(Toast { id, tone, text, action: label });
        });
    }

    pub fn act(&self, id: u64) {
        let act = self.actions.with_value(|actions| actions.get(&id).cloned());
        self.dismiss(id);
        if let Some(act) = act {
            act();
        }
    }

    pub fn dismiss(&self, id: u64) {
        self.actions.update_value(|actions| {
            actions.remove(&id);
        });
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }
}

/// The messages of this page.
pub fn use_toasts() -> Toasts {
    expect_context::<Toasts>()
}
