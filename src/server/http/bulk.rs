//! `/api/bulk-jobs…`.

use super::routes::Routes;
use crate::{
    api::bulk::{
        BulkJobAnswer, BulkJobsAnswer, ListBulkJobs, PrepareBulkJob, ReadBulkJob, StartBulkJob,
        StopBulkJob, UndoBulkJob,
    },
    domain::accounts::Scope,
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListBulkJobs>()
        .on::<PrepareBulkJob>()
        .on::<ReadBulkJob>()
        .on::<StartBulkJob>()
        .on::<StopBulkJob>()
        .on::<UndoBulkJob>()
}

impl Handle for ListBulkJobs {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<BulkJobsAnswer, ServiceError> {
        let jobs = call.state.bulk.list(&call.request).await?;
        Ok(BulkJobsAnswer { jobs })
    }
}

impl Handle for PrepareBulkJob {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<BulkJobAnswer, ServiceError> {
        let job = call.state.bulk.prepare(&call.request, call.body).await?;
        Ok(BulkJobAnswer { job })
    }
}

impl Handle for ReadBulkJob {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<BulkJobAnswer, ServiceError> {
        let job = call.state.bulk.read(&call.request, call.at).await?;
        Ok(BulkJobAnswer { job })
    }
}

impl Handle for StartBulkJob {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<BulkJobAnswer, ServiceError> {
        let job = call.state.bulk.start(&call.request, call.at).await?;
        Ok(BulkJobAnswer { job })
    }
}

impl Handle for StopBulkJob {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<BulkJobAnswer, ServiceError> {
        let job = call.state.bulk.stop(&call.request, call.at).await?;
        Ok(BulkJobAnswer { job })
    }
}

impl Handle for UndoBulkJob {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<BulkJobAnswer, ServiceError> {
        let job = call.state.bulk.undo(&call.request, call.at).await?;
        Ok(BulkJobAnswer { job })
    }
}
