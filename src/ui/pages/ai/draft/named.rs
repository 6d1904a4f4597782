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
    ui::setting::Stored,
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
