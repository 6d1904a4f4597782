//! Short messages at the edge of the page.

use super::preferences::PreferenceStore;
use crate::{
    domain::{
        notifications::Category,
        preferences::{Preferences, values::Channel},
    },
    ui::tone::Tone,
};
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
    /// The page that it is about, which "Open" leads to.
    pub link: Option<String>,
}

impl Toast {
    fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { id: 0, tone, text: text.into(), action: None, link: None }
    }
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
        self.add(Toast::new(tone, text), None);
    }

    /// The same with the way to the page that it is about, if there is one; `follow` runs when it
    /// is taken.
    pub fn lead(
        &self,
        tone: Tone,
        text: impl Into<String>,
        link: Option<String>,
        follow: impl Fn() + Send + Sync + 'static,
    ) {
        let act = link.is_some().then(|| Arc::new(follow) as Act);
        self.add(Toast { link, ..Toast::new(tone, text) }, act);
    }

    /// The same with a button.
    pub fn offer(
        &self,
        text: impl Into<String>,
        action: &str,
        act: impl Fn() + Send + Sync + 'static,
    ) {
        let action = Some(action.to_owned());
        self.add(Toast { action, ..Toast::new(Tone::Success, text) }, Some(Arc::new(act)));
    }

    /// Whether the person wants to be told by toasts what they need not know at once.
    fn are_wanted(&self) -> bool {
        self.preferences.applied.with_untracked(|applied| applied.notifications.toast)
    }

    /// Whether they want notifications of this kind by toasts.
    pub fn are_wanted_for(&self, category: Category) -> bool {
        let wanted =
            |applied: &Preferences| category.is_wanted_by(Channel::Toast, &applied.notifications);
        self.preferences.applied.with_untracked(wanted)
    }

    fn add(&self, toast: Toast, act: Option<Act>) {
        if !self.are_wanted() && !matches!(toast.tone, Tone::Danger | Tone::Warning) {
            return;
        }
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        if let Some(act) = act {
            self.actions.update_value(|actions| {
                actions.insert(id, act);
            });
        }
        self.list.update(|list| {
            // Saying the same thing twice tells nobody more, and an older offer would act upon what
            // came after it.
            let is_offer = toast.action.is_some();
            let is_over =
                |other: &Toast| other.text == toast.text || (is_offer && other.action.is_some());
            self.actions.update_value(|actions| {
                for over in list.iter().filter(|other| is_over(other)) {
                    actions.remove(&over.id);
                }
            });
            list.retain(|other| !is_over(other));
            list.push(Toast { id, ..toast });
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
