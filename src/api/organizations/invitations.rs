//! Invitations to organizations: made by those who manage one, answered by those who are invited.
//! The forms that answer one need no script.

use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, operations},
        organizations::OrganizationAnswer,
    },
    domain::organizations::{InvitationView, OrganizationRole, OwnInvitationsAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

operations! { "Organizations";
    /// The pending invitations of an organization; for its owners and admins.
    ListInvitations = GET "/api/organizations/{id}/invitations", at Uuid => InvitationsAnswer;

    /// Invites an address, or renews its pending invitation. The answer is the same whether or not
    /// the address has an account; nobody is a member before they accept.
    Invite = POST "/api/organizations/{id}/invitations", at Uuid, body InvitationRequest
        => 201 InvitationAnswer,
        refuses { 409: "Too many are pending", 429: "Too many were sent" };

    /// Takes a pending invitation back.
    WithdrawInvitation = DELETE "/api/organizations/{id}/invitations/{invitation}",
        at (Uuid, Uuid) => Done,
        refuses { 409: "It has ended already" };

    /// The invitations that wait for one's own answer.
    ListOwnInvitations = GET "/api/invitations", query LinkQuery => OwnInvitationsAnswer;

    /// Accepts an invitation, in person: not with an API token. Whoever belongs to an organization
    /// leaves it in the same step if they say so, and is refused otherwise; who is its last member
    /// has to say that it is closed by that.
    AcceptInvitation = POST "/api/invitations/{id}/accept", at Uuid, body AcceptRequest
        => OrganizationAnswer,
        refuses { 409: "It no longer holds, or they belong to one" };

    /// Declines an invitation, in person.
    DeclineInvitation = POST "/api/invitations/{id}/decline", at Uuid, body DeclineRequest => Done,
        refuses { 409: "It no longer holds" };
}

/// Somebody to be invited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    #[serde(default)]
    #[schema(required, example = "ben@example.com")]
    pub email: String,
    /// `member` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<OrganizationRole>,
}

/// What comes with a mailed link.
#[derive(Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LinkQuery {
    /// Of the mailed link: shows the invitation to an account that was made after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// How an invitation is accepted.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptRequest {
    /// Leaves the organization that one belongs to, in the same step. Without it, who belongs to
    /// one is refused.
    #[serde(default)]
    pub leave_current: bool,
    /// Also if nobody else is left in it, which closes it. Without it that is refused with
    /// `closes_organization`.
    #[serde(default)]
    pub closes: bool,
    /// From the mailed link: for an account that was made after the invitation, where mail is set
    /// up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// How an invitation is declined.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// As for accepting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `{invitations}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InvitationsAnswer {
    pub invitations: Vec<InvitationView>,
}

/// `{invitation}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InvitationAnswer {
    pub invitation: InvitationView,
}

/// The pending invitations of an organization, for its page.
#[server(endpoint = "fn/invitations", input = Json, output = Answer)]
pub async fn load_invitations(organization: Uuid) -> Result<InvitationsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListInvitations>(organization, Nothing {}, Nothing {}).await
}

/// The invitations that wait for one's own answer, for their page. `token`: of the mailed link.
#[server(endpoint = "fn/own-invitations", input = Json, output = Answer)]
pub async fn load_own_invitations(token: Option<String>) -> Result<OwnInvitationsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListOwnInvitations>((), LinkQuery { token }, Nothing {}).await
}

/// The form that accepts one. Goes to the organization, which says that one belongs to it.
#[server(prefix = "/api/fn", endpoint = "accept-invitation")]
pub async fn accept_by_form(
    id: Uuid,
    leave_current: Option<bool>,
    closes: Option<bool>,
    token: Option<String>,
) -> Result<(), ApiError> {
    use crate::{
        api::operation::Nothing,
        server::http::{accounts::forms::lead_on, operation::run},
    };
    let (leave_current, closes) = (leave_current.unwrap_or_default(), closes.unwrap_or_default());
    let accept = AcceptRequest { leave_current, closes, token };
    let OrganizationAnswer { organization } =
        run::<AcceptInvitation>(id, Nothing {}, accept).await?;
    let role = organization.role.with_article();
    lead_on("/organization/members", format!("You are {role} of “{}” now.", organization.name));
    Ok(())
}

/// The form that declines one. Goes back to the list, which says that it was declined.
#[server(prefix = "/api/fn", endpoint = "decline-invitation")]
pub async fn decline_by_form(id: Uuid, token: Option<String>) -> Result<(), ApiError> {
    use crate::{
        api::operation::Nothing,
        server::http::{accounts::forms::lead_on, operation::run},
    };
    run::<DeclineInvitation>(id, Nothing {}, DeclineRequest { token }).await?;
    let done = "You declined the invitation. Those who manage the organization are told.";
    lead_on("/invitations", done.into());
    Ok(())
}
