//! Changes that are not saved yet, of every configuration that was looked at.

use crate::domain::ai::{Overrides, ScopeType, views::AiConfigurationAnswer};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whose configurations: an organization's, or those of whoever is signed in.
type Owner = Option<Uuid>;

/// Changes not saved yet, by owner and name of the configuration: looking at another one must not
/// lose them, and those of one organization never come to lie over another's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits(BTreeMap<(Owner, String), Overrides>);

impl Edits {
    pub fn is_empty(&self) -> bool {
        self.0.values().all(Overrides::is_empty)
    }

    /// Of the configuration with this name in the scope that was read.
    pub fn of(&self, base: &AiConfigurationAnswer, name: &str) -> Overrides {
        self.0.get(&(owner(base), name.to_owned())).cloned().unwrap_or_default()
    }

    /// Whether anything of the scope that was read is not saved.
    pub fn any_of(&self, base: &AiConfigurationAnswer) -> bool {
        self.0.iter().any(|((of, _), edits)| *of == owner(base) && !edits.is_empty())
    }

    pub fn set(&mut self, base: &AiConfigurationAnswer, name: &str, edits: Overrides) {
        self.0.insert((owner(base), name.to_owned()), edits);
    }

    pub fn forget(&mut self, base: &AiConfigurationAnswer, name: &str) {
        self.0.remove(&(owner(base), name.to_owned()));
    }

    /// Gives up what the person can no longer save, as that of an organization that they left.
    pub fn keep_what_can_be_saved(&mut self, base: &AiConfigurationAnswer) {
        let managed = base.organization_id.filter(|_| base.manages_organization);
        self.0.retain(|(of, _), _| of.is_none() || *of == managed);
    }
}

fn owner(base: &AiConfigurationAnswer) -> Owner {
    match base.scope {
        ScopeType::Person => None,
        ScopeType::Organization => base.organization_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::{AiConfig, models::Catalog};
    use serde_json::json;

    fn base(scope: ScopeType, organization: u128) -> AiConfigurationAnswer {
        AiConfigurationAnswer {
            effective: AiConfig::defaults(Catalog::built_in()),
            explain: BTreeMap::new(),
            retirement: None,
            user_configurations: Vec::new(),
            organization_configurations: Vec::new(),
            ceilings: crate::domain::ai::Ceilings::default(),
            keys: Vec::new(),
            environment_key: None,
            scope,
            organization_id: Some(Uuid::from_u128(organization)),
            manages_organization: true,
        }
    }

    #[test]
    fn edits_of_one_organization_never_lie_over_another() {
        let one = json!({"costBudget": {"dailyBudget": 7}}).as_object().cloned().unwrap();
        let (old, new) = (base(ScopeType::Organization, 1), base(ScopeType::Organization, 2));
        let own = base(ScopeType::Person, 2);
        let mut edits = Edits::default();
        edits.set(&old, "Default", one.clone());
        edits.set(&own, "Default", one.clone());
        assert_eq!(
            (edits.of(&old, "Default"), edits.of(&new, "Default")),
            (one.clone(), Overrides::new())
        );
        assert!(edits.any_of(&old) && !edits.any_of(&new));
        edits.keep_what_can_be_saved(&new);
        assert!(!edits.any_of(&old), "the organization was left");
        assert_eq!(edits.of(&own, "Default"), one, "one's own go along");
        edits.forget(&own, "Default");
        assert!(edits.is_empty());
    }
}
