//! What an organization decides about its conversations: which are archived when nobody changes
//! them any more, what becomes of what content checks find, and how long one should be.
//!
//! A row holds only what somebody set ([`Overrides`], sparse). The defaults live here and nowhere
//! else.

pub mod catalog;

use super::{
    conversations::{FindingKind, Status},
    field_error::FieldError,
    merge_patch::overlay,
    settings::{Overrides, Patch},
    words::words,
};
use catalog::TABLE;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Everything that applies in an organization: each field has a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPolicy {
    pub retention: Retention,
    pub checks: Checks,
    /// How many tokens of training text a conversation should have at most; absent: nobody said.
    #[schema(example = 4096)]
    pub token_target: Option<u32>,
}

/// What is archived when nobody changes it any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    pub enabled: bool,
    /// Since the last change, 1–3650.
    #[schema(example = 180)]
    pub archive_after_days: i32,
    /// `"all"`, or a list of statuses.
    #[schema(example = json!(["rejected", "failed"]))]
    pub statuses: Retained,
}

/// Every status, or some: `"all"` or a list that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Retained {
    All(EveryStatus),
    Only(Vec<Status>),
}

/// The word for every status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EveryStatus {
    All,
}

words! {
    /// What becomes of something that content checks found.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum CheckAction {
        /// People see it where they read the conversation.
        #[default]
        Mark => "mark", "Mark";
        /// An export tells of it as well.
        Warn => "warn", "Warn at export";
        /// An export leaves it out.
        Mask => "mask", "Mask at export";
    }
}

/// What becomes of each kind of finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    pub refusal: CheckAction,
    pub boilerplate: CheckAction,
    pub email: CheckAction,
    pub phone: CheckAction,
    pub iban: CheckAction,
    pub card: CheckAction,
    pub secret: CheckAction,
}

/// Any part of [`ConversationPolicy`]: what the organization set. A mark that the description of
/// the interface is made from; it fills in the fields.
#[derive(Debug, ToSchema)]
pub struct ConversationPolicyOverrides;

/// A change by merge patch: any part of [`ConversationPolicy`], and `null` for what goes back to
/// the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct ConversationPolicyPatch(pub Overrides);

/// What an organization decides about its conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPolicyAnswer {
    /// Sparse: what the organization set.
    #[schema(value_type = ConversationPolicyOverrides)]
    pub policy: Overrides,
    /// What applies, with the defaults.
    pub effective: ConversationPolicy,
    #[schema(example = 3)]
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    /// How many conversations retention would archive if it ran now; of a preview, by the values
    /// that it asks about.
    #[schema(example = 12)]
    pub would_archive: i64,
}

impl ConversationPolicy {
    /// What applies where these are set. What another release stored and nobody can read any more
    /// counts as not set.
    pub fn of(policy: &Overrides) -> Self {
        let (known, _) = Patch::read_all(&TABLE, policy);
        let whole = Value::Object(overlay(defaults(), known.as_object()));
        serde_json::from_value(whole).unwrap_or_default()
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            enabled: false,
            archive_after_days: 180,
            statuses: Retained::Only(vec![Status::Rejected, Status::NeedsRevision, Status::Failed]),
        }
    }
}

impl Retention {
    /// The statuses whose conversations are archived.
    pub fn archived_statuses(&self) -> Vec<Status> {
        match &self.statuses {
            Retained::All(EveryStatus::All) => {
                Status::ALL.into_iter().filter(|status| *status != Status::Archived).collect()
            }
            Retained::Only(statuses) => statuses.clone(),
        }
    }
}

impl Checks {
    /// What becomes of a finding of this kind.
    pub fn of(&self, kind: FindingKind) -> CheckAction {
        match kind {
            FindingKind::Refusal => self.refusal,
            FindingKind::Boilerplate => self.boilerplate,
            FindingKind::Email => self.email,
            FindingKind::Phone => self.phone,
            FindingKind::Iban => self.iban,
            FindingKind::Card => self.card,
            FindingKind::Secret => self.secret,
        }
    }
}

/// The built-in defaults as JSON, every field present.
pub fn defaults() -> &'static Overrides {
    static DEFAULTS: std::sync::OnceLock<Overrides> = std::sync::OnceLock::new();
    DEFAULTS.get_or_init(|| match serde_json::to_value(ConversationPolicy::default()) {
        Ok(Value::Object(object)) => object,
        _ => unreachable!("a struct of plain fields is a JSON object"),
    })
}

/// What would be set after a merge patch, or all that is wrong with it.
///
/// # Errors
/// Every field that is unknown or has a value that is not allowed.
pub fn plan(before: &Overrides, patch: &Overrides) -> Result<Overrides, Vec<FieldError>> {
    let patch = Patch::parse(&TABLE, patch)?;
    Ok(patch.laid_over(before).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Overrides {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn every_field_is_declared_and_has_a_default_of_its_kind() {
        for field in catalog::FIELDS {
            let value = crate::domain::merge_patch::get(defaults(), field.path);
            let value = value.unwrap_or_else(|| panic!("{}", field.path));
            if field.path != catalog::TOKEN_TARGET {
                assert_eq!(field.canonical(value).as_ref(), Ok(value), "{}", field.path);
            }
        }
        for kind in FindingKind::ALL {
            let field = catalog::field_at(&format!("checks.{}", kind.as_str())).unwrap();
            assert_eq!(field.label, kind.label());
        }
    }

    #[test]
    fn nothing_is_archived_unless_somebody_says_so() {
        let policy = ConversationPolicy::default();
        assert!(!policy.retention.enabled);
        let policy = ConversationPolicy::of(&object(json!({
            "retention": {"enabled": true, "statuses": "all"}, "checks": {"email": "mask"},
            "tokenTarget": 4096, "gone": 1,
        })));
        assert!(policy.retention.enabled && policy.retention.archive_after_days == 180);
        let statuses = policy.retention.archived_statuses();
        assert_eq!(statuses.len(), Status::ALL.len() - 1);
        assert!(!statuses.contains(&Status::Archived));
        assert_eq!(policy.checks.of(FindingKind::Email), CheckAction::Mask);
        assert_eq!(policy.checks.of(FindingKind::Phone), CheckAction::Mark);
        assert_eq!(policy.token_target, Some(4096));
    }

    #[test]
    fn a_patch_is_held_against_the_fields() {
        let wrong = |patch: Value| -> Vec<String> {
            let errors = plan(&Overrides::new(), &object(patch)).unwrap_err();
            errors.into_iter().map(|error| error.path).collect()
        };
        assert_eq!(wrong(json!({"retention": {"archiveAfterDays": 0}})), [catalog::DAYS]);
        assert_eq!(wrong(json!({"retention": {"archiveAfterDays": 3651}})), [catalog::DAYS]);
        assert_eq!(wrong(json!({"retention": {"statuses": []}})), [catalog::STATUSES]);
        assert_eq!(wrong(json!({"retention": {"statuses": ["archived"]}})), [catalog::STATUSES]);
        assert_eq!(wrong(json!({"tokenTarget": 255})), [catalog::TOKEN_TARGET]);
        assert_eq!(wrong(json!({"checks": {"email": "eat"}})), ["checks.email"]);
        let before = object(json!({"tokenTarget": 4096, "checks": {"email": "mask"}}));
        let after = plan(&before, &object(json!({"tokenTarget": null}))).unwrap();
        assert_eq!(Value::Object(after), json!({"checks": {"email": "mask"}}));
    }
}
