//! `/api/ai-configuration…`, `/api/ai-policy` and `/api/ai-usage`.

use super::{
    Context, Id,
    answer::{Answer, Success},
    json::JsonBody,
    preferences::if_match,
    routes::{Routes, delete, get, patch, post},
    typed::Typed,
};
use crate::{
    domain::{
        account::Scope,
        ai_config::{
            CeilingValues, ScopeType,
            ledger::{LedgerPage, LedgerQuery},
            usage::{UsageAnswer, UsageQuery},
            views::{
                AiConfigurationAnswer, ConfigurationAnswer, DeleteAiConfiguration, DryRunAnswer,
                ModelsAnswer, PatchAiConfiguration, PolicyAnswer, RefreshAnswer, RotateKey,
                RotateKeyAnswer, TestKey, TestKeyAnswer, Toggle,
            },
        },
        conversation::{ConversationRequest, NewConversation, Tier},
        model_catalog::ModelCorrection,
    },
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let (reader, writer) = (Access::Person(Scope::AiRead), Access::Person(Scope::AiWrite));
    Routes::new()
        .route(
            "/api/ai-configuration",
            get(reader, read).patch(writer, change).post(writer, toggle).delete(writer, remove),
        )
        .route("/api/ai-configuration/rotate-key", post(writer, rotate_key))
        .route("/api/ai-configuration/test-key", post(writer, test_key))
        .route("/api/ai-configuration/keys/{id}", delete(writer, revoke_key))
        .route("/api/ai-configuration/dry-run", post(reader, dry_run))
        .route("/api/ai-configuration/models", get(reader, models))
        .route(
            "/api/ai-configuration/models/{model}",
            patch(Access::AdministratorInPerson, correct_model),
        )
        .route(
            "/api/ai-configuration/models/refresh",
            post(Access::AdministratorInPerson, refresh_models),
        )
        .route(
            "/api/ai-policy",
            get(reader, policy).patch(Access::Manager(Scope::AiWrite), change_policy),
        )
        .route("/api/ai-usage", get(reader, usage))
        .route("/api/ai-usage/log", get(reader, ledger))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InScope {
    #[serde(default)]
    scope: ScopeType,
}

/// Body of the correction of a model.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// What is laid over the model of the catalog; `null` takes a correction back.
    #[schema(value_type = Option<ModelCorrection>, required)]
    entry: Value,
}

/// Body of the dry run: a generation, or nothing for a usual one.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum DryRunRequest {
    Generation(ConversationRequest),
    Usual(UsualRequest),
}

/// `{}`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsualRequest {}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, ServiceError> {
    let Query(query) = query.map_err(|error| {
        ServiceError::field("", format!("The query cannot be read: {}.", error.body_text()))
    })?;
    Ok(query)
}

/// What applies, where each value comes from, and what is stored for the person and their
/// organization. Keys are masked.
#[utoipa::path(get, path = "/api/ai-configuration", tag = "AI configuration",
    params(
        ("scope" = Option<String>, Query, description =
            "`person` (default) or `organization`: whose effective values")),
    responses((status = 200, body = AiConfigurationAnswer)))]
async fn read(
    State(state): State<AppState>,
    Context(request): Context,
    scope: Result<Query<InScope>, QueryRejection>,
) -> Result<Json<AiConfigurationAnswer>, ServiceError> {
    state.ai.read(&request, query(scope)?.scope).await.map(Json)
}

/// Changes a named configuration by merge patch, or makes it.
#[utoipa::path(patch, path = "/api/ai-configuration", tag = "AI configuration",
    request_body = PatchAiConfiguration,
    responses(
        (status = 200, body = ConfigurationAnswer),
        (status = 404),
        (status = 409, description = "`current` is what stands")))]
async fn change(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(body): Typed<PatchAiConfiguration>,
) -> Result<Json<ConfigurationAnswer>, ServiceError> {
    state.ai.patch(&request, &body).await.map(Json)
}

/// Switches a configuration on or off. Of the active ones, the one with the highest priority
/// applies.
#[utoipa::path(post, path = "/api/ai-configuration", tag = "AI configuration",
    request_body = Toggle, responses((status = 200, body = ConfigurationAnswer), (status = 404)))]
async fn toggle(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(body): Typed<Toggle>,
) -> Result<Json<ConfigurationAnswer>, ServiceError> {
    state.ai.toggle(&request, &body).await.map(Json)
}

/// Removes a configuration. Its history stays.
#[utoipa::path(delete, path = "/api/ai-configuration", tag = "AI configuration",
    request_body = DeleteAiConfiguration,
    responses((status = 200, body = ConfigurationAnswer), (status = 404)))]
async fn remove(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(body): Typed<DeleteAiConfiguration>,
) -> Result<Json<ConfigurationAnswer>, ServiceError> {
    state.ai.delete(&request, &body).await.map(Json)
}

/// Stores a key for Claude as the primary one. The one before may be used for the grace, if Claude
/// refuses the new one.
#[utoipa::path(post, path = "/api/ai-configuration/rotate-key", tag = "AI configuration",
    request_body = RotateKey,
    responses((status = 200, body = RotateKeyAnswer), (status = 404)))]
async fn rotate_key(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(body): Typed<RotateKey>,
) -> Result<Json<RotateKeyAnswer>, ServiceError> {
    state.ai.rotate_key(&request, &body).await.map(Json)
}

/// Asks Claude whether it takes a key, the one in the body or else the one in use. Nothing is
/// stored.
#[utoipa::path(post, path = "/api/ai-configuration/test-key", tag = "AI configuration",
    request_body = TestKey,
    responses((status = 200, body = TestKeyAnswer), (status = 404), (status = 409)))]
async fn test_key(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(body): Typed<TestKey>,
) -> Result<Json<TestKeyAnswer>, ServiceError> {
    state.ai.test_key(&request, &body).await.map(Json)
}

/// Takes a key out of use for ever.
#[utoipa::path(delete, path = "/api/ai-configuration/keys/{id}", tag = "AI configuration",
    params(("scope" = Option<String>, Query)), responses((status = 200)))]
async fn revoke_key(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
    scope: Result<Query<InScope>, QueryRejection>,
) -> Answer<()> {
    state.ai.revoke_key(&request, query(scope)?.scope, id).await.map(Success)
}

/// What every gate would say to a request now, and what it could cost. Spends nothing. An empty
/// body stands for a usual request.
#[utoipa::path(post, path = "/api/ai-configuration/dry-run", tag = "AI configuration",
    request_body = DryRunRequest, responses((status = 200, body = DryRunAnswer)))]
async fn dry_run(
    State(state): State<AppState>,
    Context(request): Context,
    JsonBody(body): JsonBody,
) -> Result<Json<DryRunAnswer>, ServiceError> {
    let empty = body.as_object().is_some_and(serde_json::Map::is_empty);
    let asked = if empty {
        usual()
    } else {
        super::typed::read(body).map_err(|error| ServiceError::Validation(vec![error]))?
    };
    let new = NewConversation::parse(&asked).map_err(ServiceError::Validation)?;
    state.generation.dry_run(&request, new).await.map(Json)
}

/// A request of the usual size.
fn usual() -> ConversationRequest {
    ConversationRequest {
        tier: Tier::Template,
        persona: "A customer".into(),
        emotion: "curious".into(),
        topic: "A question about a product".into(),
        intent: String::new(),
        tone: String::new(),
        turns: 10,
        instructions: String::new(),
        categories: Vec::new(),
    }
}

/// The models: what they cost, what they take, and when they retire.
#[utoipa::path(get, path = "/api/ai-configuration/models", tag = "AI configuration",
    responses((status = 200, body = ModelsAnswer)))]
async fn models(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Json<ModelsAnswer>, ServiceError> {
    state.ai.model_list(&request).await.map(Json)
}

/// Adds or corrects a model of the catalog, for administrators: an entry that is laid over the
/// known one; `null` takes it back.
#[utoipa::path(patch, path = "/api/ai-configuration/models/{model}", tag = "AI configuration",
    params(("model" = String, Path, description = "Its id")), request_body = Correction,
    responses((status = 200, body = ModelsAnswer)))]
async fn correct_model(
    State(state): State<AppState>,
    Context(request): Context,
    model: Result<Path<String>, PathRejection>,
    Typed(Correction { entry }): Typed<Correction>,
) -> Result<Json<ModelsAnswer>, ServiceError> {
    // What is no text is no id, and is refused as the empty one.
    let model = model.map(|Path(model)| model).unwrap_or_default();
    let catalog = state.ai.models.correct(&request, &model, &entry).await?;
    Ok(Json(ModelsAnswer { success: true, catalog: catalog.as_ref().clone() }))
}

/// What Claude lists and the catalog does not know, and the other way round; for administrators,
/// who then correct the catalog.
#[utoipa::path(post, path = "/api/ai-configuration/models/refresh", tag = "AI configuration",
    responses((status = 200, body = RefreshAnswer)))]
async fn refresh_models(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Json<RefreshAnswer>, ServiceError> {
    state.ai.refresh_models(&request).await.map(Json)
}

/// The ceilings of the person's organization: what no configuration of its people can exceed.
#[utoipa::path(get, path = "/api/ai-policy", tag = "AI configuration",
    responses((status = 200, body = PolicyAnswer), (status = 404)))]
async fn policy(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Json<PolicyAnswer>, ServiceError> {
    state.ai.policy(&request).await.map(Json)
}

/// Changes ceilings by merge patch; for those who manage the organization.
#[utoipa::path(patch, path = "/api/ai-policy", tag = "AI configuration",
    params(("If-Match" = Option<String>, Header)),
    request_body = CeilingValues,
    responses((status = 200, body = PolicyAnswer), (status = 404), (status = 409)))]
async fn change_policy(
    State(state): State<AppState>,
    Context(request): Context,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Json<PolicyAnswer>, ServiceError> {
    let base: Option<i64> = if_match(&headers)?;
    let body: Value = body;
    state.ai.change_policy(&request, &body, base, None).await.map(Json)
}

/// What was spent in the current window, with every budget that counts and where spending will end.
#[utoipa::path(get, path = "/api/ai-usage", tag = "AI configuration",
    params(
        ("window" = Option<String>, Query, description = "`day` (default), `week` or `month`"),
        ("groupBy" = Option<String>, Query, description =
            "`model` (default), `day`, `status` or `person`"),
        ("scope" = Option<String>, Query)), responses((status = 200, body = UsageAnswer)))]
async fn usage(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<UsageQuery>, QueryRejection>,
) -> Result<Json<UsageAnswer>, ServiceError> {
    state.ai.usage(&request, &query(asked)?).await.map(Json)
}

/// The ledger, newest first: one row per attempt.
#[utoipa::path(get, path = "/api/ai-usage/log", tag = "AI configuration",
    params(
        ("scope" = Option<String>, Query),
        ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query)), responses((status = 200, body = LedgerPage)))]
async fn ledger(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<LedgerQuery>, QueryRejection>,
) -> Result<Success<LedgerPage>, ServiceError> {
    state.ai.ledger(&request, &query(asked)?).await.map(Success)
}
