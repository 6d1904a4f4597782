//! The configurations of an answer by name.

use super::super::plan::stored;
use crate::domain::ai::{
    Overrides, ScopeType,
    views::{AiConfigurationAnswer, ConfigurationView},
};
use chrono::DateTime;
use uuid::Uuid;

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
