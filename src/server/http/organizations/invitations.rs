//! `/api/organizations/{id}/invitations…`, where owners and admins invite, and `/api/invitations…`,
//! where people answer.

use crate::{
    api::{
        operation::Done,
        organizations::{
            OrganizationAnswer,
            invitations::{
                AcceptInvitation, DeclineInvitation, InvitationAnswer, InvitationRequest,
                InvitationsAnswer, Invite, ListInvitations, ListOwnInvitations, WithdrawInvitation,
            },
        },
    },
    domain::{
        accounts::{EmailAddress, Scope},
        organizations::{OrganizationRole, OwnInvitationsAnswer},
    },
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
        organizations::invitations::{self, LeaveCurrent},
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListInvitations>()
        .on::<Invite>()
        .on::<WithdrawInvitation>()
        .on::<ListOwnInvitations>()
        .on::<AcceptInvitation>()
        .on::<DeclineInvitation>()
}

impl Handle for ListInvitations {
    const ACCESS: Access = Access::ManagerOfPath(Scope::OrganizationRead);

    async fn handle(call: Call<Self>) -> Result<InvitationsAnswer, ServiceError> {
        let invitations = call.state.organizations.invitations(&call.request, call.at).await?;
        Ok(InvitationsAnswer { invitations })
    }
}

impl Handle for Invite {
    const ACCESS: Access = Access::ManagerOfPath(Scope::OrganizationWrite);

    async fn handle(call: Call<Self>) -> Result<InvitationAnswer, ServiceError> {
        let invite = invite(&call.body)?;
        let invitation = call.state.organizations.invite(&call.request, call.at, invite).await?;
        Ok(InvitationAnswer { invitation })
    }
}

impl Handle for WithdrawInvitation {
    const ACCESS: Access = Access::ManagerOfPath(Scope::OrganizationWrite);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (organization, invitation) = call.at;
        let organizations = &call.state.organizations;
        organizations.withdraw_invitation(&call.request, organization, invitation).await?;
        Ok(Done {})
    }
}

impl Handle for ListOwnInvitations {
    const ACCESS: Access = Access::Person(Scope::OrganizationRead);

    async fn handle(call: Call<Self>) -> Result<OwnInvitationsAnswer, ServiceError> {
        let token = call.query.token.as_deref();
        call.state.organizations.own_invitations(&call.request, token).await
    }
}

impl Handle for AcceptInvitation {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<OrganizationAnswer, ServiceError> {
        let organizations = &call.state.organizations;
        let token = call.body.token.as_deref();
        let leave = match (call.body.leave_current, call.body.closes) {
            (false, _) => LeaveCurrent::No,
            (true, false) => LeaveCurrent::Leave,
            (true, true) => LeaveCurrent::AndClose,
        };
        let accepted = organizations.accept_invitation(&call.request, call.at, leave, token);
        let organization = accepted.await?;
        Ok(OrganizationAnswer { organization })
    }
}

impl Handle for DeclineInvitation {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let token = call.body.token.as_deref();
        call.state.organizations.decline_invitation(&call.request, call.at, token).await?;
        Ok(Done {})
    }
}

fn invite(body: &InvitationRequest) -> Result<invitations::Invite, ServiceError> {
    let email = EmailAddress::parse(&body.email)
        .map_err(|message| ServiceError::field("email", message))?;
    let role = body.role.unwrap_or(OrganizationRole::Member);
    Ok(invitations::Invite { email, role })
}
