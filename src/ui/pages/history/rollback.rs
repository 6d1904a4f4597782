//! Taking changes back: what would happen is shown first, and exactly that is stored.

mod dialog;

pub use dialog::rollback_dialog;

use crate::{
    api::error::ApiError,
    domain::history::{BulkAnswer, Change, ChangePage, ConfigType, Preview, RollbackAnswer},
    ui::{
        client::{
            preferences::{PreferenceStore, use_preferences},
            rest::Call,
            toasts::{Toasts, use_toasts},
        },
        components::Tone,
        form::FormState,
    },
};
use leptos::{prelude::*, task::spawn_local};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const ADDRESS: &str = "/api/config/rollback";

/// A change to take back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    pub id: Uuid,
    /// What it changed; needed to take it back alone.
    target: Option<(Uuid, ConfigType)>,
}

impl Chosen {
    pub fn of(change: &Change) -> Self {
        Self { id: change.id, target: Some((change.target_id, change.config_type)) }
    }

    /// For taking back with others.
    pub fn named(id: Uuid) -> Self {
        Self { id, target: None }
    }
}

/// What is being taken back.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plan {
    chosen: Vec<Chosen>,
    /// Field by field, as the server does with several; one alone brings back the whole value from before it.
    bulk: bool,
}

impl Plan {
    /// The body that asks for a preview, or with one for storing what it shows.
    fn body(&self, seen: Option<&[Preview]>, reason: &str) -> Value {
        let mut body = match (self.bulk, self.chosen.first().and_then(|chosen| Some((chosen.id, chosen.target?)))) {
            (false, Some((id, (target, kind)))) => {
                let action = if seen.is_some() { "execute" } else { "preview" };
                let version = seen.and_then(<[_]>::first).map(|preview| preview.current_version);
                json!({"action": action, "changeId": id, "targetId": target, "configType": kind, "expectedVersion": version})
            }
            _ => {
                let ids: Vec<Uuid> = self.chosen.iter().map(|chosen| chosen.id).collect();
                let versions: Map<String, Value> = seen
                    .unwrap_or_default()
                    .iter()
                    .map(|preview| (preview.target_id.to_string(), preview.current_version.into()))
                    .collect();
                json!({"action": "bulk", "changeIds": ids, "preview": seen.is_none(), "expectedVersions": versions})
            }
        };
        if let Some(body) = body.as_object_mut().filter(|_| !reason.trim().is_empty()) {
            body.insert("reason".into(), reason.trim().into());
        }
        body
    }

    async fn send(&self, seen: Option<&[Preview]>, reason: &str) -> Result<Outcome, ApiError> {
        let call = Call::with("POST", ADDRESS, &self.body(seen, reason));
        if self.bulk {
            let answer = call.send::<BulkAnswer>().await?;
            return Ok(Outcome { previews: answer.targets, applied: answer.applied, made: None });
        }
        let answer = call.send::<RollbackAnswer>().await?;
        let made = answer.change_id.map(|id| (id, answer.version));
        Ok(Outcome { previews: vec![answer.preview], applied: answer.applied, made })
    }

    /// The previews that come with a refusal because something was changed in the meantime.
    fn renewed(&self, error: &ApiError) -> Option<Vec<Preview>> {
        let current = error.current.as_ref().filter(|_| error.code == "version_conflict")?;
        if self.bulk {
            read::<BulkAnswer>(current).map(|answer| answer.targets)
        } else {
            read::<Preview>(current).map(|preview| vec![preview])
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// Either answer of the server.
struct Outcome {
    previews: Vec<Preview>,
    applied: bool,
    /// The change that a single rollback made, and the version in it.
    made: Option<(Uuid, i64)>,
}

/// The dialog's state, and what happens after it.
#[derive(Clone, Copy)]
pub struct Undoing {
    open: RwSignal<bool>,
    plan: RwSignal<Plan>,
    /// What was shown, and is stored when it is confirmed.
    previews: RwSignal<Vec<Preview>>,
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
            plan: RwSignal::new(Plan::default()),
            previews: RwSignal::new(Vec::new()),
            reason: RwSignal::new(String::new()),
            form: FormState::new("rollback", &["reason"]),
            done: RwSignal::new(0),
            toasts: use_toasts(),
            preferences: use_preferences(),
        }
    }

    /// Opens the dialog and loads what would happen.
    pub fn ask(self, chosen: Vec<Chosen>, bulk: bool) {
        let plan = Plan { chosen, bulk };
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
                Ok(outcome) => self.previews.set(outcome.previews),
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

    /// Tells of it, with the way back, and lets the page follow. The page may be gone, so nothing of it is read.
    fn stored(self, plan: &Plan, outcome: &Outcome) {
        if !outcome.applied {
            return self.toasts.show(Tone::Neutral, "It already stood like that; nothing was changed.");
        }
        self.follow(&outcome.previews);
        let previews = outcome.previews.clone();
        match (outcome.made, outcome.previews.first()) {
            (Some((id, version)), Some(preview)) => {
                let back = Chosen { id, target: Some((preview.target_id, preview.config_type)) };
                let text = format!("Rolled back: {}.", preview.target_name);
                self.toasts.offer(text, "Undo", move || self.undo(back, version, previews.clone()));
            }
            _ => {
                let text = match plan.chosen.len() {
                    1 => "Rolled back 1 change.".to_owned(),
                    many => format!("Rolled back {many} changes."),
                };
                self.toasts.offer(text, "Undo", move || self.undo_bulk(previews.clone()));
            }
        }
    }

    fn follow(self, previews: &[Preview]) {
        if previews.iter().any(|preview| preview.config_type == ConfigType::UserPreference) {
            self.preferences.hear(None);
        }
        self.done.try_update(|count| *count = count.wrapping_add(1));
    }

    /// Rolls a rollback back, if nothing was changed since; else it is asked anew.
    fn undo(self, back: Chosen, version: i64, mut seen: Vec<Preview>) {
        for preview in &mut seen {
            preview.current_version = version;
        }
        let reason = if seen.iter().any(|preview| preview.reason_required) { "Undo of a rollback" } else { "" };
        let plan = Plan { chosen: vec![back], bulk: false };
        spawn_local(async move {
            match plan.send(Some(&seen), reason).await {
                Ok(_) => {
                    self.follow(&seen);
                    self.toasts.show(Tone::Success, "Undone. It stands as before the rollback.");
                }
                Err(error) if error.status == 409 && !self.open.is_disposed() => self.ask(plan.chosen, false),
                Err(error) => self.toasts.show(Tone::Danger, error.error),
            }
        });
    }

    /// Finds the changes that a rollback of several made, and asks about taking them back.
    fn undo_bulk(self, seen: Vec<Preview>) {
        spawn_local(async move {
            let mut made = Vec::new();
            for preview in seen {
                let address =
                    format!("/api/config/change-history?limit=1&action=rolled_back&targetId={}", preview.target_id);
                match Call::get(address).send::<ChangePage>().await {
                    Ok(page) => {
                        let newest = page.changes.into_iter().next();
                        made.extend(newest.filter(|change| change.version == preview.current_version + 1));
                    }
                    Err(error) => return self.toasts.show(Tone::Danger, error.error),
                }
            }
            if self.open.is_disposed() || made.is_empty() {
                let sentence = "Open the history to undo it: each rollback stands there and can be rolled back.";
                return self.toasts.show(Tone::Warning, sentence);
            }
            self.ask(made.iter().map(Chosen::of).collect(), true);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(target_id: Uuid) -> Preview {
        Preview {
            target_id,
            config_type: ConfigType::AiConfig,
            target_name: "Default".into(),
            current_version: 7,
            differences: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
            reason_required: false,
        }
    }

    #[test]
    fn stores_the_version_that_was_shown() {
        let target = Uuid::from_u128(2);
        let chosen = Chosen { id: Uuid::from_u128(1), target: Some((target, ConfigType::AiConfig)) };
        let one = Plan { chosen: vec![chosen], bulk: false };
        let body = one.body(None, " ");
        assert_eq!(
            (&body["action"], &body["expectedVersion"], body.get("reason")),
            (&json!("preview"), &Value::Null, None)
        );
        let body = one.body(Some(&[preview(target)]), " because ");
        assert_eq!(
            (&body["action"], &body["expectedVersion"], &body["reason"]),
            (&json!("execute"), &json!(7), &json!("because"))
        );
        let many = Plan { chosen: vec![Chosen::named(chosen.id)], bulk: true };
        assert_eq!(many.body(None, "")["preview"], true);
        let body = many.body(Some(&[preview(target)]), "");
        assert_eq!((&body["preview"], &body["expectedVersions"]), (&json!(false), &json!({target.to_string(): 7})));
    }
}
