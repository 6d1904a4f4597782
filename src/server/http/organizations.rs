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
    domain::accounts::{OrganizationName, OrganizationView, Scope},
    server::{
        access::Access,
        error::ServiceError,
        operation::{Call, Handle},
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
        let organizations = call.state.accounts.organizations(&call.request).await?;
        Ok(OrganizationsAnswer { organizations })
    }
}

impl Handle for MakeOrganization {
    const ACCESS: Access = Access::Person(WRITE);

    async fn handle(call: Call<Self>) -> Result<OrganizationAnswer, ServiceError> {
        let name = name(&call.body)?;
        let organization = call.state.accounts.make_organization(&call.request, &name).await?;
        Ok(OrganizationAnswer { organization })
    }
}

impl Handle for ReadOrganization {
    const ACCESS: Access = Access::Person(READ);

    async fn handle(call: Call<Self>) -> Result<OrganizationView, ServiceError> {
        call.state.accounts.organization(&call.request, call.at).await
    }
}

impl Handle for RenameOrganization {
    const ACCESS: Access = Access::ManagerOfPath(WRITE);

    async fn handle(call: Call<Self>) -> Result<OrganizationAnswer, ServiceError> {
        let name = name(&call.body)?;
        let accounts = &call.state.accounts;
        let organization = accounts.rename_organization(&call.request, call.at, &name).await?;
        Ok(OrganizationAnswer { organization })
    }
}

impl Handle for ListMembers {
    const ACCESS: Access = Access::ManagerOfPath(READ);

    async fn handle(call: Call<Self>) -> Result<MembersAnswer, ServiceError> {
        let members = call.state.accounts.members(&call.request, call.at).await?;
        Ok(MembersAnswer { members })
    }
}

impl Handle for ChangeMember {
    const ACCESS: Access = Access::ManagerOfPath(WRITE);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let ((organization, member), role) = (call.at, call.body.role);
        call.state.accounts.change_member(&call.request, organization, member, role).await?;
        Ok(Done {})
    }
}

impl Handle for RemoveMember {
    /// Everybody may leave.
    const ACCESS: Access = Access::Person(WRITE);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (organization, member) = call.at;
        call.state
            .accounts
            .remove_member(&call.request, organization, member, call.query.closes)
            .await?;
        Ok(Done {})
    }
}

fn name(body: &OrganizationRequest) -> Result<OrganizationName, ServiceError> {
    OrganizationName::parse(&body.name).map_err(|message| ServiceError::field("name", message))
}
