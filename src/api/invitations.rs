//! Invitations as pages load them, and the forms that answer one; those need no script.

use super::error::ApiError;
use crate::domain::account::{InvitationView, Invited};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// The pending invitations of an organization; for its owners and admins.
#[server(endpoint = "fn/invitations", input = Json, output = Json)]
pub async fn list_invitations(organization: Uuid) -> Result<Vec<InvitationView>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.accounts.invitations(&request, organization).await.map_err(|error| request.fail(error))
}

/// The invitations that wait for one's own answer. `token`: of the mailed link.
#[server(endpoint = "fn/own-invitations", input = Json, output = Json)]
pub async fn own_invitations(token: Option<String>) -> Result<Invited, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    let invited = state.accounts.own_invitations(&request, token.as_deref()).await;
    invited.map_err(|error| request.fail(error))
}

/// Accepts one and goes to the organization.
#[server(prefix = "/api/fn", endpoint = "accept-invitation")]
pub async fn accept_invitation(
    id: Uuid,
    leave_current: Option<bool>,
    token: Option<String>,
) -> Result<(), ApiError> {
    use crate::{domain::account::AcceptInvitation, server::page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    let accept = AcceptInvitation { leave_current: leave_current.unwrap_or_default(), token };
    let accepted = state.accounts.accept_invitation(&request, id, &accept).await;
    accepted.map_err(|error| request.fail(error))?;
    leptos_axum::redirect("/organization/members");
    Ok(())
}

/// Declines one and goes back to the list.
#[server(prefix = "/api/fn", endpoint = "decline-invitation")]
pub async fn decline_invitation(id: Uuid, token: Option<String>) -> Result<(), ApiError> {
    use crate::{domain::account::DeclineInvitation, server::page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    let decline = DeclineInvitation { token };
    let declined = state.accounts.decline_invitation(&request, id, &decline).await;
    declined.map_err(|error| request.fail(error))?;
    leptos_axum::redirect("/invitations");
    Ok(())
}
