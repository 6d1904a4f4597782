//! `/api/database/report`: how the database did in a month.

use crate::{
    api::database::report::{ReadReport, ReportAnswer},
    domain::accounts::Scope,
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
    },
};

pub fn routes() -> Routes {
    Routes::new().on::<ReadReport>()
}

impl Handle for ReadReport {
    const ACCESS: Access = Access::Administrator(Scope::DatabaseRead);

    async fn handle(call: Call<Self>) -> Result<ReportAnswer, ServiceError> {
        let report = call.state.report.report(&call.request, call.query.month.as_deref()).await?;
        Ok(ReportAnswer { report })
    }
}
