//! The installation, for its administrators: how mail and the periodic jobs are doing.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::{
    jobs::JobsAnswer,
    mail::{MailStatusAnswer, RetryMailAnswer, RetryMailRequest, TestMailAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};

operations! { "Administration";
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
