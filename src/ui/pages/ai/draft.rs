//! The configuration of a scope as somebody is changing it, before it is saved.

mod named;
mod row;

pub use row::Row;

use super::{
    plan::{ceilings, effects, layer_of, layers, outcome, stored, unfelt},
    proposal::Proposal,
};
use crate::{
    api::{ai::load_ai_configuration, error::ApiError},
    domain::{
        ai::{
            AiConfig, AiPatch, Effective, Overrides, ScopeType,
            changes::critical_changes,
            explain::effective,
            models::{Catalog, Retirement},
            save::{Rules, validate},
            views::{AiConfigurationAnswer, AiConfigurationRequest, ConfigurationView},
        },
        error_code::ErrorCode,
        field_error::FieldError,
        settings::Field,
    },
    ui::{
        form::{errors_of, focus},
        setting::{Draft, Edits},
    },
};
use chrono::{NaiveDate, Utc};
use leptos::{prelude::*, task::spawn_local};
use named::{Name, find, first_choice, first_edited, own_of, owner, put};
use row::{Outcome, row};
use std::ops::Deref;

/// The bar that saves. Takes the focus when the button that had it has nothing left to do.
pub const SAVE_BAR: &str = "ai-save-bar";

const UNREAD: &str = "It is stored, but what applies now could not be read. Reload the page.";

/// What stands on the server, and what was changed here: a [`Draft`], with several configurations
/// and questions.
#[derive(Clone, Copy)]
pub struct AiDraft {
    pub scope: ScopeType,
    pub models: StoredValue<Catalog>,
    /// The name of the configuration that is edited; it may not be stored yet.
    pub chosen: RwSignal<String>,
    /// A change that waits for a yes.
    pub proposal: RwSignal<Option<Proposal>>,
    pub busy: RwSignal<bool>,
    /// It was changed elsewhere while something here is not saved.
    pub elsewhere: RwSignal<bool>,
    /// News came while a change of one's own was on its way.
    missed_news: RwSignal<bool>,
    draft: Draft<AiConfigurationAnswer>,
    /// What would apply if the configuration that is edited did.
    preview: Memo<Effective>,
}

impl Deref for AiDraft {
    type Target = Draft<AiConfigurationAnswer>;

    fn deref(&self) -> &Self::Target {
        &self.draft
    }
}

impl AiDraft {
    pub fn new(
        base: AiConfigurationAnswer,
        catalog: Catalog,
        edits: RwSignal<Edits<Name>>,
    ) -> Self {
        let scope = base.scope;
        let chosen = edits.with_untracked(|edits| first_edited(&base, edits));
        let (chosen, models) = (RwSignal::new(chosen), StoredValue::new(catalog));
        let draft = Draft::new(
            base,
            edits,
            move |base| (owner(base), chosen.get()),
            move |base, (_, name), edits| {
                models.with_value(|models| mistakes(base, models, name, edits))
            },
        );
        let preview = Memo::new(move |_| {
            let own = draft.own.get();
            draft.base.with(|base| {
                models.with_value(|models| {
                    effective(&layers(base, own), &ceilings(base), models, today())
                })
            })
        });
        Self {
            scope,
            models,
            chosen,
            proposal: RwSignal::new(None),
            busy: RwSignal::new(false),
            elsewhere: RwSignal::new(false),
            missed_news: RwSignal::new(false),
            draft,
            preview,
        }
    }

    /// The stored configuration that is edited.
    pub fn current(self) -> Option<ConfigurationView> {
        let name = self.chosen.get();
        self.base.with(|base| stored(base).iter().find(|it| it.config_name == name).cloned())
    }

    /// What would apply if the configuration that is edited did.
    pub fn preview(self) -> AiConfig {
        self.preview.with(|preview| preview.config.clone())
    }

    /// The end of the model that is chosen, where it is not the one that applies.
    pub fn retirement(self) -> Option<Retirement> {
        let applies = self.base.with(|base| base.effective.model.model.clone());
        self.preview.with(|preview| {
            preview.retirement.clone().filter(|_| preview.config.model.model != applies)
        })
    }

    /// What applies once the edits are saved, with its explanation; `None` without edits.
    pub fn after_saving(self) -> Option<Effective> {
        if self.changes().is_empty() {
            return None;
        }
        let (name, own) = (self.chosen.get(), self.own.get());
        Some(self.outcome(|list| put(list, self.scope, &name, own)))
    }

    pub fn row(self, field: &'static Field) -> Row {
        let applied = self
            .base
            .with(|base| base.explain.get(field.path).map(|it| it.value.clone()))
            .unwrap_or_default();
        let (own, error) = (self.own.get(), self.error(field.path));
        self.preview.with(|preview| {
            self.models.with_value(|models| {
                row(Outcome { own: &own, preview, models }, field, &applied, error)
            })
        })
    }

    /// Edits another configuration.
    pub fn choose(self, name: String) {
        self.settle();
        self.chosen.set(name);
        self.resets.reset();
    }

    /// Gives up what was changed here.
    pub fn discard(self) {
        self.draft.discard();
        self.elsewhere.set(false);
    }

    /// Saves, after a question when the change costs money or switches a protection off.
    pub fn save(self) {
        let (name, own) = (self.chosen.get_untracked(), self.own.get_untracked());
        let version = self.base.with_untracked(|base| find(base, &name).map_or(0, |it| it.version));
        let wanted = own.clone();
        let after = self.after(|list| put(list, self.scope, &name, own));
        let unfelt = self.base.with_untracked(|base| {
            let (own, applies) = ((&own_of(base, &name), &wanted), (&base.effective, &after));
            self.models.with_value(|models| unfelt(own, applies, models))
        });
        let body = AiConfigurationRequest {
            config_name: name,
            updates: AiPatch(self.unsaved()),
            scope: self.scope,
            priority: None,
            reason: None,
            version: Some(version),
        };
        let proposal = Proposal::save(body);
        let critical = self.base.with_untracked(|base| {
            let of = |models: &Catalog| critical_changes(&base.effective, &after, models, today());
            self.models.with_value(of)
        });
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
        let effects = self.base.with_untracked(|base| {
            self.models.with_value(|models| effects(&base.effective, after, models))
        });
        self.proposal.set(Some(Proposal { effects, ..proposal }));
    }

    /// What would apply after a change of the list of configurations.
    pub fn after(self, change: impl FnOnce(&mut Vec<ConfigurationView>)) -> AiConfig {
        untrack(|| self.outcome(change)).config
    }

    fn outcome(self, change: impl FnOnce(&mut Vec<ConfigurationView>)) -> Effective {
        self.base.with(|base| {
            let mut list = stored(base).to_vec();
            change(&mut list);
            self.models.with_value(|models| outcome(base, &list, models, today()))
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
        let is_removal = proposal.change.is_removal();
        // Edits of what was saved or is gone are none any more.
        let over = (proposal.is_save || is_removal)
            .then(|| (self.base.with_untracked(owner), proposal.name.clone()));
        let is_save = proposal.is_save;
        spawn_local(async move {
            let Proposal { change, done, .. } = proposal;
            match change.send(&reason).await {
                Ok(_) => {
                    let read = self.reload().await;
                    if let Some(over) = over {
                        self.forget(&over);
                    }
                    if is_save {
                        self.elsewhere.set(false);
                        focus(format!("#{SAVE_BAR}"));
                    }
                    if is_removal {
                        self.choose_first();
                    }
                    self.proposal.set(None);
                    match read {
                        Ok(()) => self.status.set(done.to_owned()),
                        Err(_) => self.refuse(vec![FieldError::new("", UNREAD)]),
                    }
                }
                Err(error) => self.fail(error).await,
            }
            self.busy.set(false);
            // `None` when the page was left meanwhile.
            if self.missed_news.try_get_untracked() == Some(true) {
                self.missed_news.set(false);
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
        self.refuse(errors);
    }

    /// Something changed, here or elsewhere: shows what stands now. What is not saved stays as it
    /// was typed, and is laid over it.
    pub fn receive(self) {
        if self.busy.get_untracked() {
            self.missed_news.set(true);
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
            let owner = owner(&answer);
            self.take_in(answer);
            if self.has_unsaved(|(of, _)| *of == owner) {
                self.elsewhere.set(true);
            } else if self.current_is_gone() {
                self.choose_first();
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
        self.rebase(answer);
    }

    /// What the person can no longer save, as that of an organization that they left.
    fn give_up_what_is_not_theirs(self, answer: &AiConfigurationAnswer) {
        let managed = answer.organization_id.filter(|_| answer.manages_organization);
        self.keep(|(of, _)| of.is_none() || *of == managed);
    }

    /// Edits the one that applies. Nothing where the page was left meanwhile.
    fn choose_first(self) {
        if let Some(name) = self.base.try_with_untracked(first_choice) {
            self.choose(name);
        }
    }
}

/// The day, for retirement. The server asks again in the scope's own time zone.
pub fn today() -> NaiveDate {
    Utc::now().date_naive()
}

fn mistakes(
    base: &AiConfigurationAnswer,
    models: &Catalog,
    name: &str,
    edits: &Overrides,
) -> Vec<FieldError> {
    let rules = Rules { models, today: today() };
    let patch = AiPatch(edits.clone());
    validate(&layers(base, own_of(base, name)), layer_of(base.scope), &patch, rules)
        .err()
        .unwrap_or_default()
}
