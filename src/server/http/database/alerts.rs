//! `/api/database/…`: alerts and their rules.

use crate::{
    api::database::alerts::{
        AlertAnswer, ChangeAlert, ListAlerts, ReadAlertRules, ReplaceAlertRules,
    },
    domain::{
        accounts::Scope,
        database::{AlertPage, AlertRules},
    },
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
    Routes::new()
        .on::<ListAlerts>()
        .on::<ChangeAlert>()
        .on::<ReadAlertRules>()
        .on::<ReplaceAlertRules>()
}

const READ: Access = Access::Administrator(Scope::DatabaseRead);
const WRITE: Access = Access::Administrator(Scope::DatabaseWrite);

impl Handle for ListAlerts {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<AlertPage, ServiceError> {
        call.state.alerts.list(&call.request, &call.query).await
    }
}

impl Handle for ChangeAlert {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<AlertAnswer, ServiceError> {
        let alert = call.state.alerts.act(&call.request, &call.body).await?;
        Ok(AlertAnswer { alert })
    }
}

impl Handle for ReadAlertRules {
    const ACCESS: Access = READ;

    async fn handle(call: Call<Self>) -> Result<AlertRules, ServiceError> {
        call.state.alerts.rules(&call.request).await
    }
}

impl Handle for ReplaceAlertRules {
    const ACCESS: Access = WRITE;

    async fn handle(call: Call<Self>) -> Result<AlertRules, ServiceError> {
        call.state.alerts.set_rules(&call.request, &call.body).await
    }
}
