//! `/api/organizations/{id}/preference-defaults`.

use crate::{
    api::organizations::{ChangeOrganizationDefaults, ReadOrganizationDefaults},
    domain::{
        accounts::Scope,
        preferences::{organization::OrganizationDefaultsAnswer, save::parse},
    },
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
        organizations::defaults,
    },
};
use serde_json::Value;

pub fn routes() -> Routes {
    Routes::new().on::<ReadOrganizationDefaults>().on::<ChangeOrganizationDefaults>()
}

impl Handle for ReadOrganizationDefaults {
    const ACCESS: Access = Access::Person(Scope::PreferencesRead);

    async fn handle(call: Call<Self>) -> Result<OrganizationDefaultsAnswer, ServiceError> {
        defaults::read(&call.state.database, &call.request, call.at).await
    }
}

impl Handle for ChangeOrganizationDefaults {
    const ACCESS: Access = Access::ManagerOfPath(Scope::OrganizationWrite);

    async fn handle(call: Call<Self>) -> Result<OrganizationDefaultsAnswer, ServiceError> {
        let patch = parse(&Value::Object(call.body.0)).map_err(ServiceError::Validation)?;
        let preview = call.query.preview.unwrap_or_default();
        let (db, base) = (&call.state.database, call.base_version);
        defaults::save(db, &call.request, call.at, &patch, base, preview).await
    }
}
