//! `/api/admin/…`: the installation, for its administrators.

use super::routes::Routes;
use crate::{
    api::admin::{ListJobs, ReadMailStatus, RetryMail, SendTestMail},
    domain::{
        accounts::Scope,
        jobs::JobsAnswer,
        mail::{MailStatusAnswer, RetryMailAnswer, TestMailAnswer},
    },
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new().on::<ReadMailStatus>().on::<SendTestMail>().on::<RetryMail>().on::<ListJobs>()
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
