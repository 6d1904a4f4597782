//! `/api/organizations/{id}/preference-defaults`.

use super::routes::Routes;
use crate::{
    api::organization::{ChangeOrganizationDefaults, ReadOrganizationDefaults},
    domain::{
        account::Scope,
        preferences::{organization::OrganizationDefaults, save::Patch},
    },
    server::{
        access::Access,
        error::ServiceError,
        operation::{Call, Handle},
        organization_defaults,
    },
};
use serde_json::Value;

pub fn routes() -> Routes {
    Routes::new().on::<ReadOrganizationDefaults>().on::<ChangeOrganizationDefaults>()
}

impl Handle for ReadOrganizationDefaults {
    const ACCESS: Access = Access::Person(Scope::PreferencesRead);

    async fn handle(call: Call<Self>) -> Result<OrganizationDefaults, ServiceError> {
        organization_defaults::read(&call.state.database, &call.request, call.at).await
    }
}

impl Handle for ChangeOrganizationDefaults {
    const ACCESS: Access = Access::ManagerOfPath(Scope::OrganizationWrite);

    async fn handle(call: Call<Self>) -> Result<OrganizationDefaults, ServiceError> {
        let patch = Patch::parse(&Value::Object(call.body.0)).map_err(ServiceError::Validation)?;
        let preview = call.query.preview.unwrap_or_default();
        let (db, base) = (&call.state.database, call.base_version);
        organization_defaults::save(db, &call.request, call.at, &patch, base, preview).await
    }
}
