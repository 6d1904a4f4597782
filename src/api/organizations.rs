//! Organizations and their members.

pub mod invitations;

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::{
    organizations::{MemberView, Membership, OrganizationRole, OwnOrganizationAnswer},
    preferences::{PreferencePatch, organization::OrganizationDefaultsAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

operations! { "Organizations";
    /// The organization of the person who asks: none or one.
    ListOrganizations = GET "/api/organizations" => OrganizationsAnswer;

    /// Makes an organization owned by the person who asks.
    MakeOrganization = POST "/api/organizations", body OrganizationRequest
        => 201 OrganizationAnswer,
        refuses { 409: "They belong to one already" };

    /// The organization for each of its members: who manages it, and what follows when one leaves.
    ReadOrganization = GET "/api/organizations/{id}", at Uuid => OwnOrganizationAnswer;

    /// Renames an organization; for its owners and admins.
    RenameOrganization = PATCH "/api/organizations/{id}", at Uuid, body OrganizationRequest
        => OrganizationAnswer;

    /// The members by name; for owners and admins.
    ListMembers = GET "/api/organizations/{id}/members", at Uuid => MembersAnswer;

    /// Changes what a member may do.
    ChangeMember = PATCH "/api/organizations/{id}/members/{user}", at (Uuid, Uuid),
        body MemberRequest => Done,
        refuses { 409: "The last owner" };

    /// Removes a member, or leaves. The last member closes the organization by leaving it.
    RemoveMember = DELETE "/api/organizations/{id}/members/{user}", at (Uuid, Uuid),
        query LeaveQuery => Done,
        refuses { 409: "The only owner of others" };

    /// What the organization sets for its members.
    ReadOrganizationDefaults = GET "/api/organizations/{id}/preference-defaults", at Uuid
        => OrganizationDefaultsAnswer;

    /// Changes them by merge patch; with `?preview=true` only tells what would stand and how many
    /// members it affects.
    ChangeOrganizationDefaults = PATCH "/api/organizations/{id}/preference-defaults", at Uuid,
        query DefaultsQuery, body PreferencePatch, headers IfMatch => OrganizationDefaultsAnswer,
        refuses { 409: "`version_conflict`: `current` holds the values that stand" };
}

/// Body of making and renaming one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationRequest {
    #[schema(example = "Annotation team")]
    pub name: String,
}

/// What a member may do from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRequest {
    pub role: OrganizationRole,
}

/// How a change of the defaults is meant.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DefaultsQuery {
    /// Stores nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<bool>,
}

/// What somebody who removes themselves agrees to.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeaveQuery {
    /// Also if nobody else is left, which closes the organization; in person, not with an API
    /// token. Without it that is refused with `closes_organization`.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub closes: bool,
}

/// `{organization}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrganizationAnswer {
    pub organization: Membership,
}

/// `{organizations}`: none or one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrganizationsAnswer {
    pub organizations: Vec<Membership>,
}

/// `{members}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MembersAnswer {
    pub members: Vec<MemberView>,
}

/// What each member may know of an organization, for its page.
#[server(endpoint = "fn/organization", input = Json, output = Answer)]
pub async fn load_organization(organization: Uuid) -> Result<OwnOrganizationAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadOrganization>(organization, Nothing {}, Nothing {}).await
}

/// Everybody in an organization, for its page.
#[server(endpoint = "fn/members", input = Json, output = Answer)]
pub async fn load_members(organization: Uuid) -> Result<MembersAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListMembers>(organization, Nothing {}, Nothing {}).await
}

/// What an organization sets for its members' preferences, for its page; for all of them.
#[server(endpoint = "fn/organization-defaults", input = Json, output = Answer)]
pub async fn load_defaults(organization: Uuid) -> Result<OrganizationDefaultsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadOrganizationDefaults>(organization, Nothing {}, Nothing {}).await
}
