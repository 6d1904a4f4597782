//! The configurations of an answer by name.

use super::super::plan::{USUAL_NAME, applying, stored};
use crate::{
    domain::{
        ai::{
            Overrides, ScopeType,
            catalog::TABLE,
            views::{AiConfigurationAnswer, ConfigurationView},
        },
        settings::Table,
    },
    ui::setting::{Edits, Stored},
};
use chrono::DateTime;
use uuid::Uuid;

/// Whose configuration, an organization's or that of whoever is signed in, and its name.
pub type Name = (Option<Uuid>, String);

impl Stored for AiConfigurationAnswer {
    type Name = Name;

    fn table() -> &'static Table {
        &TABLE
    }

    fn values(&self, (_, name): &Name) -> Overrides {
        own_of(self, name)
    }
}

/// Whose configurations were read.
pub fn owner(base: &AiConfigurationAnswer) -> Option<Uuid> {
    match base.scope {
        ScopeType::Person => None,
        ScopeType::Organization => base.organization_id,
    }
}

/// The configuration that is edited when the page is opened: the one that applies, unless another
/// has edits that are not saved.
pub fn first_edited(base: &AiConfigurationAnswer, edits: &Edits<Name>) -> String {
    let (owner, usual) = (owner(base), first_choice(base));
    let mut edited = edits.names().filter(|(of, _)| *of == owner).map(|(_, name)| name);
    if edits.any(|(of, name)| *of == owner && *name == usual) {
        return usual;
    }
    edited.next().cloned().unwrap_or(usual)
}

/// The configuration that is edited where none was chosen: the one that applies, or any.
pub fn first_choice(base: &AiConfigurationAnswer) -> String {
    let list = stored(base);
    applying(list).or(list.first()).map_or(USUAL_NAME.to_owned(), |it| it.config_name.clone())
}

pub fn find<'a>(base: &'a AiConfigurationAnswer, name: &str) -> Option<&'a ConfigurationView> {
    stored(base).iter().find(|it| it.config_name == name)
}

pub fn own_of(base: &AiConfigurationAnswer, name: &str) -> Overrides {
    find(base, name).map(|it| it.configuration.clone()).unwrap_or_default()
}

/// Stores values under a name in a list of configurations.
pub fn put(list: &mut Vec<ConfigurationView>, scope: ScopeType, name: &str, own: Overrides) {
    let at = list.iter().position(|it| it.config_name == name);
    let mut changed = at.map_or_else(|| new_configuration(scope, name), |at| list.remove(at));
    changed.configuration = own;
    // Of equals the one that was changed last applies.
    list.insert(0, changed);
}

/// As the server makes one that is saved for the first time.
pub fn new_configuration(scope: ScopeType, name: &str) -> ConfigurationView {
    ConfigurationView {
        id: Uuid::nil(),
        scope,
        config_name: name.to_owned(),
        configuration: Overrides::new(),
        is_active: true,
        priority: 0,
        version: 0,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::{Ceilings, Effective, Layers, explain::effective, models::Catalog};
    use serde_json::json;

    fn base(names: &[&str]) -> AiConfigurationAnswer {
        let today = DateTime::UNIX_EPOCH.date_naive();
        let Effective { config, explain, retirement } =
            effective(&Layers::default(), &Ceilings::default(), Catalog::built_in(), today);
        AiConfigurationAnswer {
            effective: config,
            explain,
            retirement,
            user_configurations: names
                .iter()
                .map(|name| new_configuration(ScopeType::Person, name))
                .collect(),
            organization_configurations: Vec::new(),
            ceilings: Ceilings::default(),
            keys: Vec::new(),
            environment_key: None,
            scope: ScopeType::Person,
            organization_id: None,
            manages_organization: false,
        }
    }

    #[test]
    fn whoever_comes_back_finds_what_is_not_saved() {
        let mut edits = Edits::default();
        let base = base(&["Default", "Night"]);
        assert_eq!(first_edited(&base, &edits), "Default");
        let one = json!({"model": {"maxTokens": 7}}).as_object().cloned().unwrap();
        edits.set((Some(Uuid::nil()), "Ours".to_owned()), one.clone());
        assert_eq!(first_edited(&base, &edits), "Default", "an organization's is on its own page");
        edits.set((None, "Night".to_owned()), one.clone());
        assert_eq!(first_edited(&base, &edits), "Night");
        edits.set((None, "Default".to_owned()), one);
        assert_eq!(first_edited(&base, &edits), "Default");
    }
}
