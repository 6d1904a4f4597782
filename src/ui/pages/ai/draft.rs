//! The configuration of a scope as somebody is changing it, before it is saved.

mod edits;
mod named;
mod row;

pub use edits::Edits;
pub use row::Row;

use super::{
    plan::{USUAL_NAME, applying, ceilings, effects, layer_of, layers, outcome, stored, unfelt},
    proposal::Proposal,
};
use crate::{
    api::{ai::load_ai_configuration, error::ApiError},
    domain::{
        ai::{
            AiConfig, AiPatch, Effective, Overrides, ScopeType,
            catalog::TABLE,
            changes::critical_changes,
            explain::effective,
            models::Catalog,
            save::{Rules, validate},
            views::{AiConfigurationAnswer, AiConfigurationRequest, ConfigurationView},
        },
        error_code::ErrorCode,
        field_error::FieldError,
        merge_patch::{differences, overlay},
        settings::{Field, edited},
    },
    ui::{
        components::Resets,
        form::{errors_of, focus},
    },
};
use chrono::{NaiveDate, Utc};
use leptos::{prelude::*, task::spawn_local};
use named::{find, new_configuration, own_of};
use row::row;
use serde_json::Value;

/// The bar that saves. Takes the focus when the button that had it has nothing left to do.
pub const SAVE_BAR: &str = "ai-save-bar";

/// What stands on the server, and what was changed here.
#[derive(Clone, Copy)]
pub struct AiDraft {
    pub scope: ScopeType,
    pub base: RwSignal<AiConfigurationAnswer>,
    pub models: StoredValue<Catalog>,
    /// The name of the configuration that is edited; it may not be stored yet.
    pub chosen: RwSignal<String>,
    /// A change that waits for a yes.
    pub proposal: RwSignal<Option<Proposal>>,
    pub busy: RwSignal<bool>,
    /// That it worked, in words, until the next edit.
    pub status: RwSignal<&'static str>,
    /// Somebody else saved while this was being changed.
    pub overtaken: RwSignal<bool>,
    /// It was changed elsewhere while something here is not saved.
    pub elsewhere: RwSignal<bool>,
    /// Told when the controls are about something else, or their edits are given up: what could
    /// not be read and is no edit goes with them.
    pub resets: Resets,
    /// News came while a change of one's own was on its way.
    unheard: RwSignal<bool>,
    edits: RwSignal<Edits>,
    refused: RwSignal<Vec<FieldError>>,
    plan: Memo<Plan>,
}

/// What the edits lead to.
#[derive(Clone, PartialEq)]
struct Plan {
    own: Overrides,
    /// Fields that differ from what is stored.
    changes: usize,
    errors: Vec<FieldError>,
    /// What would apply if this configuration did.
    preview: Effective,
}

impl AiDraft {
    pub fn new(base: AiConfigurationAnswer, catalog: Catalog, edits: RwSignal<Edits>) -> Self {
        let scope = base.scope;
        let list = stored(&base);
        let name = applying(list)
            .or(list.first())
            .map_or(USUAL_NAME.to_owned(), |it| it.config_name.clone());
        let (base, models) = (RwSignal::new(base), StoredValue::new(catalog));
        let (chosen, refused) = (RwSignal::new(name), RwSignal::new(Vec::new()));
        let plan = Memo::new(move |_| {
            let (name, refused) = (chosen.get(), refused.get());
            base.with(|base| {
                let edits = edits.with(|all| all.of(base, &name));
                models.with_value(|models| plan(base, models, &name, &edits, refused))
            })
        });
        Self {
            scope,
            base,
            models,
            chosen,
            proposal: RwSignal::new(None),
            busy: RwSignal::new(false),
            status: RwSignal::new(""),
            overtaken: RwSignal::new(false),
            elsewhere: RwSignal::new(false),
            resets: Resets::default(),
            unheard: RwSignal::new(false),
            edits,
            refused,
            plan,
        }
    }

    /// The stored configuration that is edited.
    pub fn current(self) -> Option<ConfigurationView> {
        let name = self.chosen.get();
        self.base.with(|base| stored(base).iter().find(|it| it.config_name == name).cloned())
    }

    /// How many fields are changed and not saved.
    pub fn count(self) -> usize {
        self.plan.with(|plan| plan.changes)
    }

    /// What would apply if the configuration that is edited did.
    pub fn preview(self) -> AiConfig {
        self.plan.with(|plan| plan.preview.config.clone())
    }

    pub fn has_errors(self) -> bool {
        self.plan.with(|plan| plan.errors.iter().any(|error| !error.path.is_empty()))
    }

    /// Why nothing was changed, when that is about no field.
    pub fn unplaced_error(self) -> Option<String> {
        self.plan.with(|plan| {
            plan.errors.iter().find(|error| error.path.is_empty()).map(|it| it.message.clone())
        })
    }

    pub fn row(self, field: &'static Field) -> Row {
        let applied = self
            .base
            .with(|base| base.explain.get(field.path).map(|it| it.value.clone()))
            .unwrap_or_default();
        self.plan.with(|plan| self.models.with_value(|models| row(plan, models, field, &applied)))
    }

    /// Edits another configuration.
    pub fn choose(self, name: String) {
        self.chosen.set(name);
        self.resets.tell();
    }

    /// Changes one field; `null` takes the value back.
    pub fn edit(self, path: &str, value: Value) {
        self.settle();
        let name = self.chosen.get_untracked();
        self.base.with_untracked(|base| {
            self.edits.update(|all| {
                let edits = all.of(base, &name);
                all.set(base, &name, edited(&TABLE, &own_of(base, &name), &edits, path, value));
            });
        });
    }

    /// Gives up what was changed here.
    pub fn discard(self) {
        self.settle();
        self.forget(&self.chosen.get_untracked());
        self.resets.tell();
    }

    fn forget(self, name: &str) {
        self.base.with_untracked(|base| self.edits.update(|all| all.forget(base, name)));
        self.elsewhere.set(false);
    }

    fn settle(self) {
        self.refused.set(Vec::new());
        self.status.set("");
        self.overtaken.set(false);
    }

    /// Saves, after a question when the change costs money or switches a protection off.
    pub fn save(self) {
        let (name, own) =
            (self.chosen.get_untracked(), self.plan.with_untracked(|plan| plan.own.clone()));
        let edits =
            self.base.with_untracked(|base| self.edits.with_untracked(|all| all.of(base, &name)));
        let version = self.base.with_untracked(|base| find(base, &name).map_or(0, |it| it.version));
        let wanted = own.clone();
        let after = self.after(|list| {
            let at = list.iter().position(|it| it.config_name == name);
            let mut changed =
                at.map_or_else(|| new_configuration(self.scope, &name), |at| list.remove(at));
            changed.configuration = own;
            // Of equals the one that was changed last applies.
            list.insert(0, changed);
        });
        let unfelt = self.base.with_untracked(|base| {
            unfelt((&own_of(base, &name), &wanted), (&base.effective, &after))
        });
        let body = AiConfigurationRequest {
            config_name: name,
            updates: AiPatch(edits),
            scope: self.scope,
            priority: None,
            reason: None,
            version: Some(version),
        };
        let proposal = Proposal::save(body);
        let critical = self.base.with_untracked(|base| critical_changes(&base.effective, &after));
        if critical.is_empty() {
            self.send(proposal, "");
        } else {
            let warnings = critical.into_iter().map(|it| it.message).collect();
            self.ask(Proposal { warnings, unfelt, ..proposal }, &after);
        }
    }

    /// Asks before a change, showing what it leads to.
    pub fn ask(self, proposal: Proposal, after: &AiConfig) {
        self.settle();
        let effects = self.base.with_untracked(|base| effects(&base.effective, after));
        self.proposal.set(Some(Proposal { effects, ..proposal }));
    }

    /// What would apply after a change of the list of configurations.
    pub fn after(self, change: impl FnOnce(&mut Vec<ConfigurationView>)) -> AiConfig {
        self.base.with_untracked(|base| {
            let mut list = stored(base).to_vec();
            change(&mut list);
            self.models.with_value(|models| outcome(base, &list, models, today()).config)
        })
    }

    /// Makes a change, and reads what stands then.
    pub fn send(self, proposal: Proposal, reason: &str) {
        if self.busy.get_untracked() {
            return;
        }
        self.settle();
        self.busy.set(true);
        let reason = reason.to_owned();
        spawn_local(async move {
            let Proposal { change, name, is_save, done, .. } = proposal;
            let is_removal = change.is_removal();
            match change.send(&reason).await {
                Ok(_) => {
                    let read = self.reload().await;
                    if is_save {
                        self.forget(&name);
                        focus(format!("#{SAVE_BAR}"));
                    }
                    if is_removal {
                        self.choose(self.first_choice());
                    }
                    self.proposal.set(None);
                    match read {
                        Ok(()) => self.status.set(done),
                        Err(_) => self.refuse(
                            "It is stored, but what applies now could not be \
                            read. Reload the page.",
                        ),
                    }
                }
                Err(error) => self.fail(error).await,
            }
            self.busy.set(false);
            if self.unheard.get_untracked() {
                self.unheard.set(false);
                self.receive();
            }
        });
    }

    async fn fail(self, error: ApiError) {
        if error.code == ErrorCode::VersionConflict && self.reload().await.is_ok() {
            self.proposal.set(None);
            self.overtaken.set(true);
            return;
        }
        let errors = errors_of(error);
        if errors.iter().any(|error| !error.path.is_empty()) {
            self.proposal.set(None);
        }
        self.refused.set(errors);
    }

    fn refuse(self, sentence: &str) {
        self.refused.set(vec![FieldError::new("", sentence)]);
    }

    /// Something changed, here or elsewhere: shows what stands now. What is not saved stays as it
    /// was typed, and is laid over it.
    pub fn receive(self) {
        if self.busy.get_untracked() {
            self.unheard.set(true);
            return;
        }
        spawn_local(async move {
            // Failing, what is shown is as old as before; the next news or save brings it up to
            // date.
            let Ok(answer) = load_ai_configuration(self.scope).await else { return };
            self.give_up_what_is_not_theirs(&answer);
            // One's own save is news as well, and is known; a page that was left meanwhile needs
            // none.
            if self.base.try_with_untracked(|base| *base == answer).unwrap_or(true) {
                return;
            }
            self.take_in(answer);
            let is_unsaved = |base: &_| self.edits.with_untracked(|all| all.any_of(base));
            if self.base.with_untracked(is_unsaved) {
                self.elsewhere.set(true);
            } else if self.current_is_gone() {
                self.choose(self.first_choice());
            }
        });
    }

    fn current_is_gone(self) -> bool {
        let name = self.chosen.get_untracked();
        self.base.with_untracked(|base| find(base, &name).is_none())
    }

    /// Reads again what stands on the server.
    pub async fn reload(self) -> Result<(), ApiError> {
        let answer = load_ai_configuration(self.scope).await?;
        self.take_in(answer);
        Ok(())
    }

    /// Shows what stands on the server, and gives up what can no longer be saved there.
    fn take_in(self, answer: AiConfigurationAnswer) {
        self.give_up_what_is_not_theirs(&answer);
        self.base.set(answer);
    }

    fn give_up_what_is_not_theirs(self, answer: &AiConfigurationAnswer) {
        if self.edits.try_with_untracked(|all| !all.is_empty()) == Some(true) {
            self.edits.update(|all| all.keep_what_can_be_saved(answer));
        }
    }

    fn first_choice(self) -> String {
        self.base.with_untracked(|base| {
            let list = stored(base);
            applying(list)
                .or(list.first())
                .map_or(USUAL_NAME.to_owned(), |it| it.config_name.clone())
        })
    }
}

/// The day, for retirement. The server asks again in the scope's own time zone.
pub fn today() -> NaiveDate {
    Utc::now().date_naive()
}

fn plan(
    base: &AiConfigurationAnswer,
    models: &Catalog,
    name: &str,
    edits: &Overrides,
    refused: Vec<FieldError>,
) -> Plan {
    let before = own_of(base, name);
    let own = overlay(&before, edits);
    let rules = Rules { models, today: today() };
    let patch = AiPatch(edits.clone());
    let checked = validate(&layers(base, before.clone()), layer_of(base.scope), &patch, rules);
    let errors = checked.err().unwrap_or_default().into_iter().chain(refused).collect();
    let preview = effective(&layers(base, own.clone()), &ceilings(base), models, rules.today);
    Plan { changes: differences(&before, &own).len(), own, errors, preview }
}
