//! The person's organization as its pages load it. Changes go through the HTTP routes, which
//! scripts use as well.

use super::error::ApiError;
use crate::domain::{
    account::{MemberView, Membership},
    preferences::organization::OrganizationDefaults,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `{organization}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrganizationAnswer {
    pub organization: Membership,
}

/// Everybody in an organization; for its owners and admins.
#[server(endpoint = "fn/members", input = Json, output = Json)]
pub async fn list_members(organization: Uuid) -> Result<Vec<MemberView>, ApiError> {
    use crate::server::router::page_request;
    let (state, request, _turn) = page_request().await?;
    state.accounts.members(&request, organization).await.map_err(|error| request.fail(error))
}

/// What an organization sets for its members' preferences; for all of them.
#[server(endpoint = "fn/organization-defaults", input = Json, output = Json)]
pub async fn read_defaults(organization: Uuid) -> Result<OrganizationDefaults, ApiError> {
    use crate::server::{organization_defaults, router::page_request};
    let (state, request, _turn) = page_request().await?;
    organization_defaults::read(&state.database, &request, organization)
        .await
        .map_err(|error| request.fail(error))
}
