//! `/api/organizations…`: organizations and their members.

pub mod defaults;
pub mod invitations;

use super::routes::Routes;
use crate::{
    api::{
        operation::Done,
        organizations::{
            ChangeMember, ListMembers, ListOrganizations, MakeOrganization, MembersAnswer,
            OrganizationAnswer, OrganizationRequest, OrganizationsAnswer, ReadOrganization,
            RemoveMember, RenameOrganization,
        },
    },
    domain::{accounts::Scope, names::OrganizationName, organizations::OwnOrganizationAnswer},
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
        .on::<ListOrganizations>()
        .on::<MakeOrganization>()
        .on::<ReadOrganization>()
        .on::<RenameOrganization>()
        .on::<ListMembers>()
        .on::<ChangeMember>()
        .on::<RemoveMember>()
}

const READ: Scope = Scope::OrganizationRead;
const WRITE: Scope = Scope::OrganizationWrite;

impl Handle for ListOrganizations {
    const ACCESS: Access = Access::Person(READ);

    async fn handle(call: Call<Self>) -> Result<OrganizationsAnswer, ServiceError> {
        let organizations = call.state.organizations.own(&call.request).await?;
        Ok(OrganizationsAnswer { organizations })
    }
}

impl Handle for MakeOrganization {
    const ACCESS: Access = Access::Person(WRITE);

    async fn handle(call: Call<Self>) -> Result<OrganizationAnswer, ServiceError> {
        let name = name(&call.body)?;
        let organization = call.state.organizations.make(&call.request, &name).await?;
        Ok(OrganizationAnswer { organization })
    }
}

impl Handle for ReadOrganization {
    const ACCESS: Access = Access::Person(READ);

    async fn handle(call: Call<Self>) -> Result<OwnOrganizationAnswer, ServiceError> {
        call.state.organizations.view(&call.request, call.at).await
    }
}

impl Handle for RenameOrganization {
    const ACCESS: Access = Access::ManagerOfPath(WRITE);

    async fn handle(call: Call<Self>) -> Result<OrganizationAnswer, ServiceError> {
        let name = name(&call.body)?;
        let organizations = &call.state.organizations;
        let organization = organizations.rename(&call.request, call.at, &name).await?;
        Ok(OrganizationAnswer { organization })
    }
}

impl Handle for ListMembers {
    const ACCESS: Access = Access::ManagerOfPath(READ);

    async fn handle(call: Call<Self>) -> Result<MembersAnswer, ServiceError> {
        let members = call.state.organizations.members(&call.request, call.at).await?;
        Ok(MembersAnswer { members })
    }
}

impl Handle for ChangeMember {
    const ACCESS: Access = Access::ManagerOfPath(WRITE);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let ((organization, member), role) = (call.at, call.body.role);
        call.state.organizations.change_member(&call.request, organization, member, role).await?;
        Ok(Done {})
    }
}

impl Handle for RemoveMember {
    /// Everybody may leave.
    const ACCESS: Access = Access::Person(WRITE);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (organization, member) = call.at;
        call.state
            .organizations
            .remove_member(&call.request, organization, member, call.query.closes)
            .await?;
        Ok(Done {})
    }
}

fn name(body: &OrganizationRequest) -> Result<OrganizationName, ServiceError> {
    OrganizationName::parse(&body.name).map_err(|message| ServiceError::field("name", message))
}
