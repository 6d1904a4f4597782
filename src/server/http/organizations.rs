//! `/api/organizations…`: organizations and their members.

use super::{
    answer::{Answer, Created, Success},
    extract::{Context, Id, Ids},
    fields::Fields,
    json::JsonBody,
    routes::{Routes, get, patch},
};
use crate::{
    api::organization::OrganizationAnswer,
    domain::account::{MemberView, Membership, OrganizationName, OrganizationRole, Scope},
    server::{access::Access, accounts::Accounts, error::ServiceError},
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Person(Scope::OrganizationRead), Access::Person(Scope::OrganizationWrite));
    let manager = Access::ManagerOfPath(Scope::OrganizationWrite);
    Routes::new()
        .route("/api/organizations", get(reader, list).post(writer, make))
        .route("/api/organizations/{id}", patch(manager, rename))
        .route(
            "/api/organizations/{id}/members",
            get(Access::ManagerOfPath(Scope::OrganizationRead), members),
        )
        .route(
            "/api/organizations/{id}/members/{user}",
            // Everybody may leave.
            patch(manager, change_member).delete(writer, remove_member),
        )
}

/// Body of making and renaming one.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationRequest {
    #[schema(example = "Annotation team")]
    pub name: String,
}

/// Body of `PATCH /api/organizations/{id}/members/{user}`.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRequest {
    pub role: OrganizationRole,
}

/// `{organizations}`: none or one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationsAnswer {
    pub organizations: Vec<Membership>,
}

/// `{members}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembersAnswer {
    pub members: Vec<MemberView>,
}

/// The organization of the person who asks: none or one.
#[utoipa::path(get, path = "/api/organizations", tag = "Organizations",
    responses((status = 200, body = OrganizationsAnswer)))]
async fn list(
    State(accounts): State<Accounts>,
    Context(request): Context,
) -> Answer<OrganizationsAnswer> {
    Ok(Success(OrganizationsAnswer { organizations: accounts.organizations(&request).await? }))
}

/// Makes an organization owned by the person who asks.
#[utoipa::path(post, path = "/api/organizations", tag = "Organizations",
    request_body = OrganizationRequest,
    responses(
        (status = 201, body = OrganizationAnswer),
        (status = 409, description = "They belong to one already")))]
async fn make(
    State(accounts): State<Accounts>,
    Context(request): Context,
    body: JsonBody,
) -> Result<Created<OrganizationAnswer>, ServiceError> {
    let name = name(body)?;
    Ok(Created(OrganizationAnswer {
        organization: accounts.make_organization(&request, &name).await?,
    }))
}

/// Renames an organization; for its owners and admins.
#[utoipa::path(patch, path = "/api/organizations/{id}", tag = "Organizations",
    request_body = OrganizationRequest,
    responses((status = 200, body = OrganizationAnswer)))]
async fn rename(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(organization): Id,
    body: JsonBody,
) -> Answer<OrganizationAnswer> {
    let name = name(body)?;
    Ok(Success(OrganizationAnswer {
        organization: accounts.rename_organization(&request, organization, &name).await?,
    }))
}

/// The members by name; for owners and admins.
#[utoipa::path(get, path = "/api/organizations/{id}/members", tag = "Organizations",
    responses((status = 200, body = MembersAnswer)))]
async fn members(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(organization): Id,
) -> Answer<MembersAnswer> {
    Ok(Success(MembersAnswer { members: accounts.members(&request, organization).await? }))
}

/// Changes what a member may do.
#[utoipa::path(patch, path = "/api/organizations/{id}/members/{user}", tag = "Organizations",
    request_body = MemberRequest,
    responses((status = 200), (status = 409, description = "The last owner")))]
async fn change_member(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Ids(organization, member): Ids,
    body: JsonBody,
) -> Answer<()> {
    let mut fields = Fields::of(body)?;
    let role = fields.parse("role", str::parse);
    let role = fields.finish(role)?;
    accounts.change_member(&request, organization, member, role).await.map(Success)
}

/// Removes a member, or leaves.
#[utoipa::path(delete, path = "/api/organizations/{id}/members/{user}", tag = "Organizations",
    responses((status = 200), (status = 409, description = "The last owner")))]
async fn remove_member(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Ids(organization, member): Ids,
) -> Answer<()> {
    accounts.remove_member(&request, organization, member).await.map(Success)
}

fn name(body: JsonBody) -> Result<OrganizationName, ServiceError> {
    let mut fields = Fields::of(body)?;
    let name = fields.parse("name", OrganizationName::parse);
    fields.finish(name)
}
