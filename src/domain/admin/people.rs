//! Everybody who has an account, and all organizations.

use crate::domain::{
    accounts::{Role, SignUp},
    organizations::Membership,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

words! {
    /// Whether somebody may sign in.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum AccountState: "The state" {
        Active => "active", "Active";
        Disabled => "disabled", "Disabled";
    }
}

/// Which people to list; what is set must all fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonQuery {
    /// Part of a name or an e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub state: Option<AccountState>,
    /// What they may do in the whole installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub role: Option<Role>,
    /// Only members of this organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Uuid>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1–100, 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Somebody who has an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    pub id: Uuid,
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(example = "Anna Long")]
    pub display_name: String,
    pub role: Role,
    pub organization: Option<Membership>,
    /// Since when they may not sign in; `null`: they may.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Until when the password holds that an administrator made; `null`: it is their own.
    pub one_time_until: Option<DateTime<Utc>>,
    /// To a few minutes, by sessions and tokens that there are; `null`: by none of them.
    pub last_seen: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl PersonView {
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }
}

/// One page of people, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonPage {
    pub people: Vec<PersonView>,
    pub total: i64,
    pub page: i64,
    pub limit: i64,
}

/// What changes of an account; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PersonPatch {
    /// A disabled account cannot sign in; its sessions end and its tokens do not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// In person only, not with an API token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// `{person}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonAnswer {
    pub person: PersonView,
}

/// `{password, until}`: the password is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct OneTimePasswordAnswer {
    #[schema(example = "k7fq2-…")]
    pub password: String,
    pub until: DateTime<Utc>,
}

/// Which organizations to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganizationQuery {
    /// Part of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1–100, 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Somebody who owns an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationOwner {
    pub id: Uuid,
    #[schema(example = "Anna Long")]
    pub display_name: String,
}

/// An organization of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationLine {
    pub id: Uuid,
    #[schema(example = "Annotation team")]
    pub name: String,
    /// How many belong to it, owners included.
    pub members: i64,
    /// By name.
    pub owners: Vec<OrganizationOwner>,
    pub created_at: DateTime<Utc>,
}

/// One page of organizations, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationPage {
    pub organizations: Vec<OrganizationLine>,
    pub total: i64,
    pub page: i64,
    pub limit: i64,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignUpRule {
    pub sign_up: SignUp,
    /// The variable `TRAIN_SIGN_UP` says it: it cannot be changed here.
    pub by_environment: bool,
}

/// `{rule}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignUpRuleAnswer {
    pub rule: SignUpRule,
}

/// Who may make an account from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignUpRuleRequest {
    pub sign_up: SignUp,
}
