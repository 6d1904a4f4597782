//! The installation as its administrators see it: who has an account, which organizations there
//! are, what they decided about it, and how it is doing.

mod actions;
mod installation;
mod people;

pub use actions::{ActionPage, ActionQuery, AdministrativeAction};
pub use installation::{
    EnvironmentVariable, InstallationAnswer, RetainedTable, SealedGroup, SealedState, ServerView,
    VaultView, Verification, VerificationAnswer, WebhookView,
};
pub use people::{
    AccountState, OneTimePasswordAnswer, OrganizationLine, OrganizationOwner, OrganizationPage,
    OrganizationQuery, PersonAnswer, PersonPage, PersonPatch, PersonQuery, PersonView, SignUpRule,
    SignUpRuleAnswer, SignUpRuleRequest,
};

/// How long a password holds that an administrator made for somebody.
pub const ONE_TIME_HOURS: i32 = 24;
