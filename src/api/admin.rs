//! The installation, for its administrators: its people and organizations, and how its servers,
//! mail and the periodic jobs are doing.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::{
    admin::{
        ActionPage, ActionQuery, InstallationAnswer, OneTimePasswordAnswer, OrganizationPage,
        OrganizationQuery, PersonAnswer, PersonPage, PersonPatch, PersonQuery, SignUpRuleAnswer,
        SignUpRuleRequest, VerificationAnswer,
    },
    jobs::JobsAnswer,
    mail::{MailStatusAnswer, RetryMailAnswer, RetryMailRequest, TestMailAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

operations! { "Administration";
    /// Everybody who has an account, by name.
    ListPeople = GET "/api/admin/people", query PersonQuery => PersonPage;

    /// Disables somebody's account or enables it again, makes them administrator or takes that
    /// away. They are told, and it is written down.
    ChangePerson = PATCH "/api/admin/people/{id}", at Uuid, body PersonPatch => PersonAnswer,
        refuses { 403: "Also for one's own account, and for another role by a token" };

    /// Makes a password for somebody that holds once: with it they choose their own. Their sessions
    /// end, and they are told. It is shown this once; not for API tokens.
    MakeOneTimePassword = POST "/api/admin/people/{id}/one-time-password", at Uuid
        => 201 OneTimePasswordAnswer,
        refuses { 403: "Also for one's own account" };

    /// All organizations, by name.
    ListAllOrganizations = GET "/api/admin/organizations", query OrganizationQuery
        => OrganizationPage;

    /// Who may make an account.
    ReadSignUpRule = GET "/api/admin/sign-up" => SignUpRuleAnswer;

    /// Decides who may make an account.
    ChangeSignUpRule = PUT "/api/admin/sign-up", body SignUpRuleRequest => SignUpRuleAnswer,
        refuses { 409: "`set_by_environment`: the variable `TRAIN_SIGN_UP` decides it" };

    /// How the installation is doing: its servers, its master keys, what the environment sets, and
    /// what is kept for how long. Nothing of it is a secret.
    ReadInstallation = GET "/api/admin/overview" => InstallationAnswer;

    /// Looks through the whole history now, whether anybody altered or removed something. A long
    /// one takes minutes.
    VerifyHistory = POST "/api/admin/history/verify" => VerificationAnswer;

    /// What administrators and operators did to accounts and to the installation, the newest first.
    ListActions = GET "/api/admin/log", query ActionQuery => ActionPage;

    /// Whether mail is set up, how much of it is where, and what did not get through.
    ReadMailStatus = GET "/api/admin/mail" => MailStatusAnswer;

    /// Sends a mail to the administrator who asks, and waits for what the mail server says.
    SendTestMail = POST "/api/admin/mail/test" => TestMailAnswer,
        about "Also when it was not taken: `sent` and `problem` say so",
        refuses { 409: "There is no mail server" };

    /// Tries mail again that failed or was parked, some by `ids`, or `all`.
    RetryMail = POST "/api/admin/mail/retry", body RetryMailRequest => RetryMailAnswer;

    /// The periodic jobs: how often each runs, how its last run went, and when the next one is due.
    ListJobs = GET "/api/admin/jobs" => JobsAnswer;
}

/// One page of the people, for the page of the administrators.
#[server(endpoint = "fn/admin-people", input = Json, output = Answer)]
pub async fn load_people(query: PersonQuery) -> Result<PersonPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListPeople>((), query, Nothing {}).await
}

/// One page of all organizations, for the page of the administrators.
#[server(endpoint = "fn/admin-organizations", input = Json, output = Answer)]
pub async fn load_organizations(query: OrganizationQuery) -> Result<OrganizationPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListAllOrganizations>((), query, Nothing {}).await
}

/// Who may make an account, for the page of the administrators.
#[server(endpoint = "fn/admin-sign-up", input = Json, output = Answer)]
pub async fn load_sign_up_rule() -> Result<SignUpRuleAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadSignUpRule>((), Nothing {}, Nothing {}).await
}

/// How the installation is doing, for the page of the administrators.
#[server(endpoint = "fn/admin-overview", input = Json, output = Answer)]
pub async fn load_installation() -> Result<InstallationAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadInstallation>((), Nothing {}, Nothing {}).await
}

/// One page of the record, for the page of the administrators.
#[server(endpoint = "fn/admin-log", input = Json, output = Answer)]
pub async fn load_actions(query: ActionQuery) -> Result<ActionPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListActions>((), query, Nothing {}).await
}

/// How mail is doing, for the page of the administrators.
#[server(endpoint = "fn/mail-status", input = Json, output = Answer)]
pub async fn load_mail_status() -> Result<MailStatusAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadMailStatus>((), Nothing {}, Nothing {}).await
}

/// How the periodic jobs are doing, for the page of the administrators.
#[server(endpoint = "fn/jobs", input = Json, output = Answer)]
pub async fn load_jobs() -> Result<JobsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListJobs>((), Nothing {}, Nothing {}).await
}
