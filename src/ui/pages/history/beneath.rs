//! Where a value of one's own was removed, and before one that a rollback adds, another one
//! applies: what is inherited, and from whom.

use crate::{
    api::ai::load_ai_configuration,
    domain::{
        ai::ScopeType,
        conversation_policy,
        history::{Change, ChangePage, ConfigType, Preview},
        letter_case::lowercase,
        merge_patch::{FieldChange, get},
        preferences::{catalog::field_at, defaults},
        settings::{Explain, Layer},
    },
    ui::{
        client::{
            boot::use_boot,
            preferences::{View, use_preferences},
        },
        components::Difference,
        words::{difference, value_in_words},
    },
};
use leptos::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

const CONFIGURATION: &str = "configuration.";

/// Why fields of AI configurations have their values, for those that a list tells of as removed, by
/// scope.
pub type Explained = Vec<(ScopeType, BTreeMap<String, Explain>)>;

/// What a change or a preview is about.
#[derive(Clone, Copy)]
pub struct Owned {
    config_type: ConfigType,
    /// `None`: what the person may change, so that their own is meant, or their organization's.
    owner: Option<(Option<Uuid>, Option<Uuid>)>,
    is_organizations: bool,
}

impl Owned {
    pub fn by(change: &Change) -> Self {
        Self {
            config_type: change.config_type,
            owner: Some((change.owner_user_id, change.owner_organization_id)),
            is_organizations: change.owner_organization_id.is_some(),
        }
    }

    pub fn of(preview: &Preview) -> Self {
        Self {
            config_type: preview.config_type,
            owner: None,
            is_organizations: preview.reason_required,
        }
    }

    /// A change that was made says whose it is.
    fn is_preview(&self) -> bool {
        self.owner.is_none()
    }
}

/// What there is to look it up in.
#[derive(Clone)]
pub struct Beneath {
    me: Option<Uuid>,
    organization: Option<Uuid>,
    view: Memo<View>,
    explained: Explained,
}

impl Beneath {
    pub fn new(explained: Explained) -> Self {
        let user = use_boot().user;
        Self {
            me: user.as_ref().map(|user| user.id),
            organization: user
                .and_then(|user| user.organization)
                .map(|organization| organization.id),
            view: use_preferences().view(),
            explained,
        }
    }

    /// A field's difference, with what applies where it has no value of its own.
    pub fn difference(&self, field: &FieldChange, of: &Owned) -> Difference {
        let told = if of.is_preview() { is_inherited_once(field) } else { is_removal(field) };
        let beneath = told.then(|| self.words(&field.path, of)).flatten();
        Difference { beneath, ..difference(field) }
    }

    /// The inherited value and its layer; `None` when it is not this person's to know.
    pub fn words(&self, path: &str, of: &Owned) -> Option<String> {
        let is_ours = of.owner.is_none_or(|(person, organization)| {
            (person.is_some() && person == self.me)
                || (organization.is_some() && organization == self.organization)
        });
        if !is_ours {
            return None;
        }
        let in_words = |(layer, value): (Layer, &Value)| {
            format!("{} ({})", value_in_words(path, value), lowercase(layer.label()))
        };
        match of.config_type {
            ConfigType::UserPreference => {
                let field = field_at(path)?;
                let explain = self.view.with(|view| view.layers.explain(field));
                explain.below(Layer::Person).map(in_words)
            }
            ConfigType::OrganizationPreferenceDefault => {
                Some(in_words((Layer::Default, get(defaults(), path)?)))
            }
            ConfigType::OrganizationPolicy => Some("No ceiling".to_owned()),
            ConfigType::ConversationPolicy => match get(conversation_policy::defaults(), path)? {
                Value::Null => Some("None".to_owned()),
                value => Some(in_words((Layer::Default, value))),
            },
            ConfigType::AiConfig => {
                let (scope, own) = match of.is_organizations {
                    true => (ScopeType::Organization, Layer::Organization),
                    false => (ScopeType::Person, Layer::Person),
                };
                let fields =
                    self.explained.iter().find(|(of, _)| *of == scope).map(|(_, fields)| fields)?;
                fields.get(path.strip_prefix(CONFIGURATION)?)?.below(own).map(in_words)
            }
            ConfigType::ApiKey => None,
        }
    }
}

/// Whether what is inherited applies on one side of what is about to be done.
fn is_inherited_once(field: &FieldChange) -> bool {
    field.old.is_none() != field.new.is_none()
}

/// Whether what is inherited applies since. What applied before a first value is not known: what is
/// inherited today may have been another then.
fn is_removal(field: &FieldChange) -> bool {
    field.old.is_some() && field.new.is_none()
}

/// What a page of changes needs to tell it of AI configurations. What cannot be read is not told.
pub async fn explain(page: &ChangePage) -> Explained {
    let mut explained = Explained::new();
    for (scope, is_organizations) in [(ScopeType::Person, false), (ScopeType::Organization, true)] {
        let removed: Vec<&str> = page
            .changes
            .iter()
            .filter(|change| change.config_type == ConfigType::AiConfig)
            .filter(|change| change.owner_organization_id.is_some() == is_organizations)
            .flat_map(|change| &change.changes)
            .filter(|field| is_removal(field))
            .filter_map(|field| field.path.strip_prefix(CONFIGURATION))
            .collect();
        if removed.is_empty() {
            continue;
        }
        if let Ok(answer) = load_ai_configuration(scope).await {
            let mut fields = answer.explain;
            fields.retain(|path, _| removed.contains(&path.as_str()));
            explained.push((scope, fields));
        }
    }
    explained
}
