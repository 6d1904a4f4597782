//! `/api/organizations/{id}/preference-defaults`.

use super::{
    Context, Id,
    answer::Success,
    json::JsonBody,
    preferences::if_match,
    routes::{Routes, get},
};
use crate::{
    domain::{
        account::Scope,
        preferences::{PreferencePatch, organization::OrganizationDefaults, save::Patch},
    },
    server::{access::Access, error::ServiceError, organization_defaults, state::AppState},
};
use axum::extract::{Query, State, rejection::QueryRejection};
use http::HeaderMap;
use serde::Deserialize;

pub fn routes() -> Routes {
    Routes::new().route(
        "/api/organizations/{id}/preference-defaults",
        get(Access::Person(Scope::PreferencesRead), read)
            .patch(Access::ManagerOfPath(Scope::OrganizationWrite), patch),
    )
}

#[derive(Deserialize)]
struct Preview {
    #[serde(default)]
    preview: bool,
}

/// What the organization sets for its members.
#[utoipa::path(get, path = "/api/organizations/{id}/preference-defaults", tag = "Organizations",
    responses((status = 200, body = OrganizationDefaults)))]
async fn read(
    State(state): State<AppState>,
    Context(request): Context,
    Id(organization): Id,
) -> Result<Success<OrganizationDefaults>, ServiceError> {
    organization_defaults::read(&state.database, &request, organization).await.map(Success)
}

/// Changes them by merge patch; with `?preview=true` only tells what would stand and how many
/// members it affects.
#[utoipa::path(patch, path = "/api/organizations/{id}/preference-defaults", tag = "Organizations",
    params(
        ("preview" = Option<bool>, Query),
        ("If-Match" = Option<String>, Header, description = "Another version is 409")),
    request_body = PreferencePatch,
    responses((status = 200, body = OrganizationDefaults), (status = 409)))]
async fn patch(
    State(state): State<AppState>,
    Context(request): Context,
    Id(organization): Id,
    query: Result<Query<Preview>, QueryRejection>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Success<OrganizationDefaults>, ServiceError> {
    let patch = Patch::parse(&body).map_err(ServiceError::Validation)?;
    let Query(query) = query.map_err(|error| {
        ServiceError::field(
            "preview",
            format!("preview must be true or false: {}.", error.body_text()),
        )
    })?;
    let base = if_match(&headers)?;
    organization_defaults::save(
        &state.database,
        &request,
        organization,
        &patch,
        base,
        query.preview,
    )
    .await
    .map(Success)
}
