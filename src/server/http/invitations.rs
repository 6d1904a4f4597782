//! `/api/organizations/{id}/invitations…`, where owners and admins invite, and `/api/invitations…`,
//! where people answer.

use super::{
    answer::{Answer, Created, Success},
    extract::{Context, Id, Ids},
    fields::Fields,
    json::JsonBody,
    routes::{Routes, delete, get, post},
    typed::Typed,
};
use crate::{
    domain::account::{
        AcceptInvitation, DeclineInvitation, EmailAddress, InvitationView, Membership,
        NewInvitation, OrganizationRole, OwnInvitation, Scope,
    },
    server::{
        access::Access,
        accounts::{Accounts, Invite},
        error::ServiceError,
    },
};
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let reader = Access::ManagerOfPath(Scope::OrganizationRead);
    let manager = Access::ManagerOfPath(Scope::OrganizationWrite);
    Routes::new()
        .route("/api/organizations/{id}/invitations", get(reader, list).post(manager, invite))
        .route("/api/organizations/{id}/invitations/{invitation}", delete(manager, withdraw))
        .route("/api/invitations", get(Access::Person(Scope::OrganizationRead), own))
        .route("/api/invitations/{id}/accept", post(Access::InPerson, accept))
        .route("/api/invitations/{id}/decline", post(Access::InPerson, decline))
}

/// `{invitations}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationsAnswer {
    pub invitations: Vec<InvitationView>,
}

/// `{invitation}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationAnswer {
    pub invitation: InvitationView,
}

/// `{invitations}`: those that wait for the person's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnInvitationsAnswer {
    pub invitations: Vec<OwnInvitation>,
}

/// `{organization}`: what the person belongs to now.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedAnswer {
    pub organization: Membership,
}

/// The token of a mailed link.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkQuery {
    /// Shows the invitation to an account that was made after it.
    pub token: Option<String>,
}

/// The pending invitations of an organization; for its owners and admins.
#[utoipa::path(get, path = "/api/organizations/{id}/invitations", tag = "Organizations",
    responses((status = 200, body = InvitationsAnswer)))]
async fn list(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(organization): Id,
) -> Answer<InvitationsAnswer> {
    let invitations = accounts.invitations(&request, organization).await?;
    Ok(Success(InvitationsAnswer { invitations }))
}

/// Invites an address, or renews its pending invitation. The answer is the same whether or not the
/// address has an account; nobody is a member before they accept.
#[utoipa::path(post, path = "/api/organizations/{id}/invitations", tag = "Organizations",
    request_body = NewInvitation,
    responses(
        (status = 201, body = InvitationAnswer),
        (status = 409, description = "Too many are pending"),
        (status = 429, description = "Too many were sent")))]
async fn invite(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(organization): Id,
    body: JsonBody,
) -> Result<Created<InvitationAnswer>, ServiceError> {
    let mut fields = Fields::of(body)?;
    let email = fields.parse("email", |text| EmailAddress::parse(text).map_err(Into::into));
    let role = fields.parse_optional("role", str::parse).unwrap_or(OrganizationRole::Member);
    let invite = fields.finish(email.map(|email| Invite { email, role }))?;
    let invitation = accounts.invite(&request, organization, invite).await?;
    Ok(Created(InvitationAnswer { invitation }))
}

/// Takes a pending invitation back.
#[utoipa::path(delete, path = "/api/organizations/{id}/invitations/{invitation}",
    tag = "Organizations",
    responses((status = 200), (status = 409, description = "It has ended already")))]
async fn withdraw(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Ids(organization, invitation): Ids,
) -> Answer<()> {
    accounts.withdraw_invitation(&request, organization, invitation).await.map(Success)
}

/// The invitations that wait for one's own answer.
#[utoipa::path(get, path = "/api/invitations", tag = "Organizations",
    params(("token" = Option<String>, Query, description = "Of the mailed link")),
    responses((status = 200, body = OwnInvitationsAnswer)))]
async fn own(
    State(accounts): State<Accounts>,
    Context(request): Context,
    query: Result<Query<LinkQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<OwnInvitationsAnswer> {
    let Query(query) =
        query.map_err(|_| ServiceError::field("", "Only token may stand in the query."))?;
    let invited = accounts.own_invitations(&request, query.token.as_deref()).await?;
    Ok(Success(OwnInvitationsAnswer { invitations: invited.invitations }))
}

/// Accepts an invitation, in person: not with an API token. Whoever belongs to an organization
/// leaves it in the same step if they say so, and is refused otherwise.
#[utoipa::path(post, path = "/api/invitations/{id}/accept", tag = "Organizations",
    request_body = AcceptInvitation,
    responses(
        (status = 200, body = AcceptedAnswer),
        (status = 409, description = "It no longer holds, or they belong to one")))]
async fn accept(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(invitation): Id,
    Typed(accept): Typed<AcceptInvitation>,
) -> Answer<AcceptedAnswer> {
    let organization = accounts.accept_invitation(&request, invitation, &accept).await?;
    Ok(Success(AcceptedAnswer { organization }))
}

/// Declines an invitation, in person.
#[utoipa::path(post, path = "/api/invitations/{id}/decline", tag = "Organizations",
    request_body = DeclineInvitation,
    responses((status = 200), (status = 409, description = "It no longer holds")))]
async fn decline(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(invitation): Id,
    Typed(decline): Typed<DeclineInvitation>,
) -> Answer<()> {
    accounts.decline_invitation(&request, invitation, &decline).await.map(Success)
}
