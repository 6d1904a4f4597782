//! The leptos server functions under `/api/fn/`: forms that work with and without JavaScript.
//!
//! Leptos answers a failure with 500, or a plain form post with a redirect that carries the error
//! in the address. Here a failure gets its own status and shape, and a plain post goes back to its
//! form with the error in a short-lived cookie, which leaves no trace in addresses, logs or the
//! browser's history.

use super::{answer, json, observe::is_https, pages, routes};
use crate::{
    api::{
        accounts::{
            ListSessions, ListTokens,
            links::{AskPasswordReset, ConfirmEmail, ReadAccountLink, ReadEmail, ResetPassword},
            passkeys::ListPasskeys,
            second_factor::ReadSecondFactor,
        },
        admin::{
            ListActions, ListAllOrganizations, ListJobs, ListPeople, ReadInstallation,
            ReadMailStatus, ReadSignUpRule,
        },
        ai::{ListModels, ReadAiConfiguration, ReadAiLedger, ReadAiUsage},
        boot::{Flash, RefusedForm},
        bulk::ListBulkJobs,
        conversation_policy::ReadConversationPolicy,
        conversations::{
            CountFacets, CountScores, ListAlike, ListConversations, ListOpenings, ListVersions,
            ReadConversation, comments::ListComments,
        },
        coverage::{ReadCoverage, ReadTokens},
        data_sets::{ListDataSets, ReadDataSet, ReadDataSetVersion},
        database::{
            alerts::{ListAlerts, ReadAlertRules},
            backups::ListBackups,
            health::{ReadHealth, ReadSetup},
            maintenance::{ListOperations, ListSchedules},
            report::ReadReport,
        },
        error::ApiError,
        exports::ListExports,
        gateway::ReadGateway,
        history::{CountChanges, ListChanges, ReadChange},
        home::ReadHome,
        imports::ListImports,
        notifications::{ListNotifications, MarkNotifications},
        operation::USUAL_BODY,
        organizations::{
            ListMembers, ReadOrganization, ReadOrganizationDefaults,
            invitations::{
                AcceptInvitation, DeclineInvitation, ListInvitations, ListOwnInvitations,
            },
        },
        reviews::ReadReviewFigures,
        revisions::ListRevisions,
        saved_views::ListSavedViews,
    },
    domain::{accounts::Scope, credential, error_code::ErrorCode, local_path::LocalPath},
    server::http::{access::Access, operation::Handle, state::AppState},
};
use axum::{
    Form,
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts};
use leptos::server_fn::axum::get_server_fn_service;
use std::collections::BTreeMap;

const ERROR_HEADER: HeaderName = HeaderName::from_static("serverfnerror");
/// What of a refused form may come back to it. Everything else, passwords above all, is not kept.
const KEPT: [&str; 3] = ["email", "display_name", "name"];

/// Who may call each of them, which is decided before its arguments are read; whether somebody
/// manages the organization that an argument names, by `run`. A function that is missing here
/// cannot be called.
const FUNCTIONS: [(&str, Access); 78] = [
    ("sign-in", Access::Anyone),
    ("sign-in-code", Access::Anyone),
    ("sign-up", Access::Anyone),
    ("sign-out", Access::Anyone),
    ("forgot-password", AskPasswordReset::ACCESS),
    ("reset-password", ResetPassword::ACCESS),
    ("confirm-email", ConfirmEmail::ACCESS),
    ("account-link", ReadAccountLink::ACCESS),
    ("email", ReadEmail::ACCESS),
    ("time-zone", Access::Anyone),
    ("time-zones", Access::Anyone),
    ("home", ReadHome::ACCESS),
    ("sessions", ListSessions::ACCESS),
    ("tokens", ListTokens::ACCESS),
    ("second-factor", ReadSecondFactor::ACCESS),
    ("passkeys", ListPasskeys::ACCESS),
    ("organization", ReadOrganization::ACCESS),
    ("members", ListMembers::ACCESS),
    ("invitations", ListInvitations::ACCESS),
    ("own-invitations", ListOwnInvitations::ACCESS),
    ("accept-invitation", AcceptInvitation::ACCESS),
    ("decline-invitation", DeclineInvitation::ACCESS),
    ("organization-defaults", ReadOrganizationDefaults::ACCESS),
    ("conversation-policy", ReadConversationPolicy::ACCESS),
    ("notifications", ListNotifications::ACCESS),
    ("mark-notifications-read", MarkNotifications::ACCESS),
    ("changes", ListChanges::ACCESS),
    ("change", ReadChange::ACCESS),
    ("change-statistics", CountChanges::ACCESS),
    ("ai-configuration", ReadAiConfiguration::ACCESS),
    ("ai-models", ListModels::ACCESS),
    ("ai-usage", ReadAiUsage::ACCESS),
    ("ai-ledger", ReadAiLedger::ACCESS),
    ("gateway", ReadGateway::ACCESS),
    ("conversation-scores", CountScores::ACCESS),
    ("conversations", ListConversations::ACCESS),
    ("conversations-found", ListConversations::ACCESS),
    ("conversation-facets", CountFacets::ACCESS),
    ("conversation", ReadConversation::ACCESS),
    ("conversation-versions", ListVersions::ACCESS),
    ("conversation-comments", ListComments::ACCESS),
    ("conversation-alike", ListAlike::ACCESS),
    ("conversation-openings", ListOpenings::ACCESS),
    ("conversation-revisions", ListRevisions::ACCESS),
    ("conversation-views", ListSavedViews::ACCESS),
    ("conversation-tokens", ReadTokens::ACCESS),
    ("coverage", ReadCoverage::ACCESS),
    ("bulk-jobs", ListBulkJobs::ACCESS),
    ("exports", ListExports::ACCESS),
    ("data-sets", ListDataSets::ACCESS),
    ("data-set", ReadDataSet::ACCESS),
    ("data-set-version", ReadDataSetVersion::ACCESS),
    ("imports", ListImports::ACCESS),
    ("review-figures", ReadReviewFigures::ACCESS),
    ("ai-retry-chart", Access::Person(Scope::AiRead)),
    ("ai-spending", ReadAiUsage::ACCESS),
    ("database-overview", ReadHealth::ACCESS),
    ("database-tables", ReadHealth::ACCESS),
    ("database-indexes", ReadHealth::ACCESS),
    ("database-queries", ReadHealth::ACCESS),
    ("database-connections", ReadHealth::ACCESS),
    ("database-setup", ReadSetup::ACCESS),
    ("database-chart", ReadHealth::ACCESS),
    ("database-statement", ReadHealth::ACCESS),
    ("database-alerts", ListAlerts::ACCESS),
    ("database-alert-timeline", ListAlerts::ACCESS),
    ("database-alert-rules", ReadAlertRules::ACCESS),
    ("database-operations", ListOperations::ACCESS),
    ("database-schedules", ListSchedules::ACCESS),
    ("database-backups", ListBackups::ACCESS),
    ("database-report", ReadReport::ACCESS),
    ("admin-people", ListPeople::ACCESS),
    ("admin-organizations", ListAllOrganizations::ACCESS),
    ("admin-sign-up", ReadSignUpRule::ACCESS),
    ("admin-overview", ReadInstallation::ACCESS),
    ("admin-log", ListActions::ACCESS),
    ("mail-status", ReadMailStatus::ACCESS),
    ("jobs", ListJobs::ACCESS),
];

/// The path of each function and who may call it.
pub fn table() -> impl Iterator<Item = (String, Access)> {
    FUNCTIONS.into_iter().map(|(name, access)| (format!("/api/fn/{name}"), access))
}

fn access(path: &str) -> Option<Access> {
    let name = path.strip_prefix("/api/fn/")?;
    FUNCTIONS.iter().find(|(own, _)| *own == name).map(|(_, access)| *access)
}

pub async fn handle(State(state): State<AppState>, request: Request) -> Response {
    run(state, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn run(state: AppState, request: Request) -> Result<Response, ApiError> {
    let known = get_server_fn_service(request.uri().path(), request.method().clone()).is_some();
    let (true, Some(access)) = (known, access(request.uri().path())) else {
        return Err(answer::unknown_path().await);
    };
    if let Err(refusal) = routes::admit(access, &request) {
        let refusal = refusal.into_api(&answer::request_id());
        let (parts, _) = request.into_parts();
        return match is_plain_post(&parts.headers) {
            true => Ok(back_to_form(&state, refusal, &parts, Bytes::new()).await),
            false => Err(refusal),
        };
    }
    if !is_readable(request.headers()) {
        let sentence = "Send the body as a form, with the header Content-Type: \
            application/x-www-form-urlencoded.";
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType, sentence));
    }
    let (parts, body) = request.into_parts();
    let body = json::read_body(Request::from_parts(parts.clone(), body), USUAL_BODY).await?;
    if let Err(error) = refuse_credentials(&parts, &body).await {
        return match is_plain_post(&parts.headers) {
            true => Ok(back_to_form(&state, error, &parts, body).await),
            false => Err(error),
        };
    }
    let form = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let response = leptos_axum::handle_server_fns_with_context(pages::provide(state.clone()), form)
        .await
        .into_response();
    let Some(function) = response.headers().get(&ERROR_HEADER).cloned() else {
        return Ok(response);
    };
    let error = to_bytes(response.into_body(), 1 << 20).await.ok();
    let error = error
        .and_then(|text| serde_json::from_slice::<ApiError>(&text).ok())
        .unwrap_or_else(|| {
            ApiError::new(
                ErrorCode::Internal,
                "Something went wrong here. Try again; if it stays, tell your administrator.",
            )
        });
    if is_plain_post(&parts.headers) {
        return Ok(back_to_form(&state, error, &parts, body).await);
    }
    let mut response = error.into_response();
    response.headers_mut().insert(ERROR_HEADER, function);
    Ok(response)
}

/// The same check that JSON bodies go through.
async fn refuse_credentials(parts: &Parts, body: &Bytes) -> Result<(), ApiError> {
    let found = match json::parse(body) {
        Ok(value) => credential::find_in_body(&value),
        Err(_) => {
            let fields = form_values(parts, body.clone()).await;
            fields.into_iter().find_map(|(name, text)| {
                let found = credential::find_in_text_of(&name, &text)?;
                Some((name, found))
            })
        }
    };
    found.map_or(Ok(()), |(path, found)| Err(ApiError::credential(&path, found)))
}

fn is_readable(headers: &HeaderMap) -> bool {
    let kind =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    // A post without a body needs no type: signing out has nothing to say.
    let empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
    matches!(kind, "application/x-www-form-urlencoded" | "application/json")
        || (kind.is_empty() && empty)
}

/// A form that the browser itself sends wants a page for an answer.
fn is_plain_post(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

async fn back_to_form(state: &AppState, error: ApiError, parts: &Parts, body: Bytes) -> Response {
    let values = form_values(parts, body).await;
    let next = values.get("next").and_then(|next| LocalPath::parse(next));
    let place = form_page(parts, next.as_ref(), values.get("token").map(String::as_str));
    let values = values
        .into_iter()
        .filter(|(name, value)| KEPT.contains(&name.as_str()) && credential::find(value).is_none())
        .collect();
    let mut error = error;
    error.request_id = answer::request_id();
    let mut response = Redirect::to(&place).into_response();
    let flash = Flash::Refused(RefusedForm { error, values });
    if let Some(value) = state.cookies.flash(&flash, is_https(&parts.extensions)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn form_values(parts: &Parts, body: Bytes) -> BTreeMap<String, String> {
    let request = Request::from_parts(parts.clone(), Body::from(body));
    Form::from_request(request, &()).await.map(|Form(values)| values).unwrap_or_default()
}

/// The page that the form is on: for signing in and up, and for mailed links, the page of that
/// name, otherwise the page it was sent from.
fn form_page(parts: &Parts, next: Option<&LocalPath>, token: Option<&str>) -> String {
    let query = || next.map(|next| format!("?next={}", next.encoded())).unwrap_or_default();
    match parts.uri.path() {
        path @ ("/api/fn/sign-in" | "/api/fn/sign-up" | "/api/fn/forgot-password") => {
            format!("{}{}", path.trim_start_matches("/api/fn"), query())
        }
        // Not every browser says where a form was; the link leads there again.
        path @ ("/api/fn/reset-password" | "/api/fn/confirm-email") => {
            let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
            let token = token.filter(|token| token.chars().all(is_part)).unwrap_or_default();
            format!("{}?token={token}", path.trim_start_matches("/api/fn"))
        }
        "/api/fn/sign-in-code" => format!("/sign-in/code{}", query()),
        _ => {
            let referer = parts
                .headers
                .get(header::REFERER)
                .and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
            let place = referer
                .as_ref()
                .and_then(Uri::path_and_query)
                .and_then(|place| LocalPath::parse(place.as_str()));
            place.map_or_else(|| "/".into(), |place| place.as_str().to_owned())
        }
    }
}
