//! Taking changes back: what would happen is shown first, and exactly that is stored.

mod dialog;
mod plan;

pub use dialog::RollbackDialog;
pub use plan::{Chosen, Plan};

use crate::{
    api::history::load_changes,
    domain::history::{ChangeQuery, ConfigType, Preview},
    ui::{
        client::{
            preferences::{PreferenceStore, use_preferences},
            toasts::{Toasts, use_toasts},
        },
        components::Tone,
        form::FormState,
    },
};
use leptos::{prelude::*, task::spawn_local};
use plan::Outcome;

/// The dialog's state, and what happens after it.
#[derive(Clone, Copy)]
pub struct Undoing {
    open: RwSignal<bool>,
    plan: RwSignal<Plan>,
    /// What was shown, and is stored when it is confirmed.
    previews: RwSignal<Vec<Preview>>,
    /// How many changes are meant, and how many of them are of keys, which do not come back.
    counts: RwSignal<(i64, i64)>,
    reason: RwSignal<String>,
    form: FormState,
    /// Counts the rollbacks that were stored: the list follows it.
    pub done: RwSignal<u32>,
    toasts: Toasts,
    preferences: PreferenceStore,
}

impl Undoing {
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            plan: RwSignal::new(Plan::Many(Vec::new())),
            previews: RwSignal::new(Vec::new()),
            counts: RwSignal::new((0, 0)),
            reason: RwSignal::new(String::new()),
            form: FormState::new("rollback", &["reason"]),
            done: RwSignal::new(0),
            toasts: use_toasts(),
            preferences: use_preferences(),
        }
    }

    /// Opens the dialog and loads what would happen.
    pub fn ask(self, plan: Plan) {
        self.form.clear();
        self.form.busy.set(true);
        self.previews.set(Vec::new());
        self.reason.set(String::new());
        self.plan.set(plan.clone());
        self.open.set(true);
        spawn_local(async move {
            let answer = plan.send(None, "").await;
            // Meanwhile the page may be gone, or the dialog about something else.
            if self.plan.try_with_untracked(|current| *current == plan) != Some(true) {
                return;
            }
            self.form.busy.set(false);
            match answer {
                Ok(outcome) => {
                    self.counts.set(outcome.counts);
                    self.previews.set(outcome.previews);
                }
                Err(error) => self.form.fail(error),
            }
        });
    }

    fn cancel(self) {
        self.open.set(false);
    }

    /// Stores what the dialog shows.
    fn confirm(self) {
        if self.form.busy.get_untracked() {
            return;
        }
        self.form.clear();
        self.form.busy.set(true);
        let (plan, seen, reason) =
            (self.plan.get_untracked(), self.previews.get_untracked(), self.reason.get_untracked());
        spawn_local(async move {
            let answer = plan.send(Some(&seen), &reason).await;
            if let Ok(outcome) = &answer {
                self.stored(&plan, outcome);
            }
            if self.plan.try_with_untracked(|current| *current == plan) != Some(true) {
                return;
            }
            self.form.busy.set(false);
            match answer {
                Ok(_) => self.open.set(false),
                Err(error) => {
                    if let Some(previews) = plan.renewed(&error) {
                        self.previews.set(previews);
                        // Its fields are targets, and the sentence tells of them.
                        let sentence = crate::domain::field_error::FieldError::new("", error.error);
                        return self.form.refuse(vec![sentence]);
                    }
                    self.form.fail(error);
                }
            }
        });
    }

    /// Tells of it, with the way back, and lets the page follow. The page may be gone, so nothing
    /// of it is read.
    fn stored(self, plan: &Plan, outcome: &Outcome) {
        if !outcome.applied {
            return self
                .toasts
                .show(Tone::Neutral, "Already at these values; nothing was changed.");
        }
        self.follow(&outcome.previews);
        let previews = outcome.previews.clone();
        match (outcome.made, outcome.previews.first()) {
            (Some((id, version)), Some(preview)) => {
                let back = Chosen::made(id, preview);
                let done = if plan.is_of_version() { "Restored" } else { "Rolled back" };
                let text = format!("{done}: {}.", preview.target_name);
                self.toasts.offer(text, "Undo", move || self.undo(back, version, previews.clone()));
            }
            _ => {
                let text = match outcome.counts.0 {
                    1 => "Rolled back 1 change.".to_owned(),
                    many => format!("Rolled back {many} changes."),
                };
                self.toasts.offer(text, "Undo", move || self.undo_bulk(previews.clone()));
            }
        }
    }

    fn follow(self, previews: &[Preview]) {
        if previews.iter().any(|preview| preview.config_type == ConfigType::UserPreference) {
            self.preferences.receive(None);
        }
        self.done.try_update(|count| *count = count.wrapping_add(1));
    }

    /// Rolls a rollback back, if nothing was changed since; else it is asked anew.
    fn undo(self, back: Chosen, version: i64, mut seen: Vec<Preview>) {
        for preview in &mut seen {
            preview.current_version = version;
        }
        let reason = if seen.iter().any(|preview| preview.reason_required) {
            "Undo of a rollback"
        } else {
            ""
        };
        let plan = Plan::One(back);
        spawn_local(async move {
            match plan.send(Some(&seen), reason).await {
                Ok(_) => {
                    self.follow(&seen);
                    self.toasts.show(Tone::Success, "Rollback undone.");
                }
                Err(error) if error.status == 409 && !self.open.is_disposed() => self.ask(plan),
                Err(error) => self.toasts.show(Tone::Danger, error.error),
            }
        });
    }

    /// Finds the changes that a rollback of several made, and asks about taking them back.
    fn undo_bulk(self, seen: Vec<Preview>) {
        spawn_local(async move {
            let mut made = Vec::new();
            for preview in seen {
                let newest = ChangeQuery {
                    limit: Some(1),
                    action: Some("rolled_back".into()),
                    target_id: Some(preview.target_id),
                    ..ChangeQuery::default()
                };
                match load_changes(newest).await {
                    Ok(page) => {
                        let newest = page.changes.into_iter().next();
                        made.extend(
                            newest.filter(|change| change.version == preview.current_version + 1),
                        );
                    }
                    Err(error) => return self.toasts.show(Tone::Danger, error.error),
                }
            }
            if self.open.is_disposed() || made.is_empty() {
                let sentence = "Open the history to undo this: each rollback is listed there and \
                    can be rolled back.";
                return self.toasts.show(Tone::Warning, sentence);
            }
            self.ask(Plan::Many(made.iter().map(|change| change.id).collect()));
        });
    }
}
