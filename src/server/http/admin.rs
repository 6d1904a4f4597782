//! `/api/admin/…`: the installation, for its administrators.

mod overview;

use super::routes::Routes;
use crate::{
    api::admin::{
        ChangePerson, ChangeSignUpRule, ListActions, ListAllOrganizations, ListJobs, ListPeople,
        MakeOneTimePassword, ReadInstallation, ReadMailStatus, ReadSignUpRule, RetryMail,
        SendTestMail, VerifyHistory,
    },
    domain::{
        accounts::Scope,
        admin::{
            ActionPage, OneTimePasswordAnswer, OrganizationPage, PersonAnswer, PersonPage,
            SignUpRuleAnswer,
        },
        jobs::JobsAnswer,
        mail::{MailStatusAnswer, RetryMailAnswer, TestMailAnswer},
    },
    server::{
        foundation::error::ServiceError,
        history,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListPeople>()
        .on::<ChangePerson>()
        .on::<MakeOneTimePassword>()
        .on::<ListAllOrganizations>()
        .on::<ReadSignUpRule>()
        .on::<ChangeSignUpRule>()
        .on::<ReadInstallation>()
        .on::<VerifyHistory>()
        .on::<ListActions>()
        .on::<ReadMailStatus>()
        .on::<SendTestMail>()
        .on::<RetryMail>()
        .on::<ListJobs>()
}

impl Handle for ListPeople {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<PersonPage, ServiceError> {
        call.state.accounts.people(&call.request, &call.query).await
    }
}

impl Handle for ChangePerson {
    const ACCESS: Access = Access::Administrator(Scope::AdminWrite);

    async fn handle(call: Call<Self>) -> Result<PersonAnswer, ServiceError> {
        let accounts = &call.state.accounts;
        accounts.change_person(&call.request, call.at, call.body).await?;
        Ok(PersonAnswer { person: accounts.person(&call.request, call.at).await? })
    }
}

impl Handle for MakeOneTimePassword {
    const ACCESS: Access = Access::AdministratorInPerson;

    async fn handle(call: Call<Self>) -> Result<OneTimePasswordAnswer, ServiceError> {
        let accounts = &call.state.accounts;
        let (password, until) = accounts.make_one_time_password(&call.request, call.at).await?;
        Ok(OneTimePasswordAnswer { password: password.expose().to_owned(), until })
    }
}

impl Handle for ListAllOrganizations {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<OrganizationPage, ServiceError> {
        call.state.organizations.all(&call.request, &call.query).await
    }
}

impl Handle for ReadSignUpRule {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<SignUpRuleAnswer, ServiceError> {
        Ok(SignUpRuleAnswer { rule: call.state.accounts.sign_up_rule().await? })
    }
}

impl Handle for ChangeSignUpRule {
    const ACCESS: Access = Access::Administrator(Scope::AdminWrite);

    async fn handle(call: Call<Self>) -> Result<SignUpRuleAnswer, ServiceError> {
        let accounts = &call.state.accounts;
        let rule = accounts.set_sign_up_rule(&call.request, call.body.sign_up).await?;
        Ok(SignUpRuleAnswer { rule })
    }
}

impl Handle for ListActions {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<ActionPage, ServiceError> {
        history::actions(&call.state.database, &call.request, &call.query).await
    }
}

impl Handle for ReadMailStatus {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<MailStatusAnswer, ServiceError> {
        call.state.mail.status(&call.request).await
    }
}

impl Handle for SendTestMail {
    const ACCESS: Access = Access::Administrator(Scope::AdminWrite);

    async fn handle(call: Call<Self>) -> Result<TestMailAnswer, ServiceError> {
        call.state.mail.test(&call.request).await
    }
}

impl Handle for RetryMail {
    const ACCESS: Access = Access::Administrator(Scope::AdminWrite);

    async fn handle(call: Call<Self>) -> Result<RetryMailAnswer, ServiceError> {
        call.state.mail.retry(&call.request, &call.body).await
    }
}

impl Handle for ListJobs {
    const ACCESS: Access = Access::Administrator(Scope::AdminRead);

    async fn handle(call: Call<Self>) -> Result<JobsAnswer, ServiceError> {
        call.state.jobs.list(&call.request).await
    }
}
