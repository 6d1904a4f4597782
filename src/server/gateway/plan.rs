//! What a request may do and what it can cost at most: everything that is known before the first
//! gate.

use super::{invalid, shortened};
use crate::{
    domain::{
        ai::{
            AiConfig,
            models::{Catalog, Model},
        },
        error_code::ErrorCode,
        gateway::Asked,
        generation::TokenUsage,
        money::{Money, grouped},
    },
    server::{
        ai::{AiService, Standing},
        claude::Endpoint,
        foundation::error::ServiceError,
        gates::LimitedScope,
    },
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A message, which costs money.
    Message,
    /// How many tokens a message would have.
    Count,
}

/// One request, decided in full.
pub struct Plan {
    pub standing: Arc<Standing>,
    pub scopes: Arc<[LimitedScope]>,
    pub config: Arc<AiConfig>,
    pub model: Model,
    pub asked: Asked,
    pub purpose: Purpose,
    /// The most that one attempt can cost.
    pub worst_case: Money,
    pub started: DateTime<Utc>,
    base_url: String,
}

impl Plan {
    /// # Errors
    /// The refusals of model, limits and key.
    pub async fn make(
        ai: &AiService,
        user_id: Uuid,
        asked: Asked,
        purpose: Purpose,
    ) -> Result<Self, ServiceError> {
        let (standing, catalog) = (ai.standing(user_id).await?, ai.models.current().await?);
        let started = Utc::now();
        let model = usable_model(&standing, &catalog, &asked.model, started)?.clone();
        let worst_case = match purpose {
            Purpose::Message => worst_case(&standing, &model, &asked, started)?,
            Purpose::Count => Money::ZERO,
        };
        standing.keys.first()?;
        let limits = standing.limits(&catalog, started);
        Ok(Self {
            config: Arc::clone(limits.config()),
            scopes: Arc::clone(&limits.scopes),
            base_url: ai.base_url().to_owned(),
            standing,
            model,
            asked,
            purpose,
            worst_case,
            started,
        })
    }

    /// Where one attempt goes, with one of the keys.
    pub fn endpoint(&self, key: usize, left: Duration) -> Endpoint {
        let timeouts = &self.config.timeouts;
        let attempt_timeout = timeouts.generation().min(left);
        Endpoint {
            base_url: self.base_url.clone(),
            key: self.standing.keys.usable[key].key.clone(),
            connect_timeout: timeouts.connection().min(attempt_timeout),
            attempt_timeout,
        }
    }

    /// What tokens cost at the prices of the request's beginning. More than can be counted cost at
    /// least what was reserved.
    pub fn cost(&self, usage: &TokenUsage) -> Money {
        self.model.cost(usage, self.started).unwrap_or(self.worst_case)
    }

    /// What was asked for, for the ledger.
    pub fn parameters(&self) -> Value {
        json!({
            "model": self.model.id, "maxTokens": self.asked.max_tokens,
            "streaming": self.asked.stream,
        })
    }
}

/// The model of a request, if the person may use it today.
fn usable_model<'a>(
    standing: &Standing,
    catalog: &'a Catalog,
    id: &str,
    now: DateTime<Utc>,
) -> Result<&'a Model, ServiceError> {
    // First, so that a list of allowed models says the same of what is in the catalog and what not.
    if !standing.ceilings.allows_model(id) {
        let allowed = standing.ceilings.allowed_models().unwrap_or_default().join(", ");
        return Err(ServiceError::refused(
            ErrorCode::ModelNotAllowed,
            format!(
                "model: your organization does not allow {}. It allows {allowed}.",
                shortened(id)
            ),
        ));
    }
    let model = catalog.get(id).ok_or_else(|| {
        let message = format!(
            "model: {} is not in the catalog of this installation, so its price is not known. GET \
             /v1/models lists those that can be used; an administrator can add one.",
            shortened(id)
        );
        ServiceError::refused(ErrorCode::ModelUnknown, message)
    })?;
    let today = standing.today(now);
    if model.is_retired(today) {
        let why = catalog.retirement(id, today).map(|retirement| retirement.sentence());
        let message = format!("model: {}", why.unwrap_or_else(|| format!("{id} is retired.")));
        return Err(ServiceError::refused(ErrorCode::ModelRetired, message));
    }
    Ok(model)
}

fn worst_case(
    standing: &Standing,
    model: &Model,
    asked: &Asked,
    now: DateTime<Utc>,
) -> Result<Money, ServiceError> {
    let max_tokens = asked.max_tokens.unwrap_or_default();
    let ceiling = standing.ceilings.limits().find(|(_, name, _)| *name == "maxTokens");
    if let Some(ceiling) = ceiling.and_then(|(_, _, limit)| limit.as_u64())
        && max_tokens > ceiling
    {
        return Err(too_many(max_tokens, ceiling, "your organization allows"));
    }
    if max_tokens > model.output_limit {
        let whose = format!("is the maximum allowed number of output tokens for {}", model.id);
        return Err(too_many(max_tokens, model.output_limit, &whose));
    }
    if let Some(field) = asked.priced_otherwise {
        return Err(ServiceError::refused(
            ErrorCode::CostUnknown,
            format!(
                "{field}: with this, tokens have another price than the catalog of this \
                 installation knows, so it cannot be held against budgets. Leave it out."
            ),
        ));
    }
    let input_tokens = asked.input_tokens(model.context_window);
    let worst_case = if asked.caches {
        model.worst_case_caching(input_tokens, max_tokens, asked.caches_long, now)
    } else {
        model.worst_case(input_tokens, max_tokens, now)
    };
    worst_case.map_err(|error| invalid(error.to_string()))
}

/// `max_tokens: 200000 > 128000, which …`, as the provider says it.
fn too_many(asked: u64, limit: u64, whose: &str) -> ServiceError {
    let limit = grouped(&limit.to_string());
    let message = match whose.strip_prefix("is ") {
        Some(what) => format!("max_tokens: {asked} > {limit}, which is {what}"),
        None => format!("max_tokens: {asked} > {limit}, which is the most that {whose}"),
    };
    ServiceError::refused(ErrorCode::MaxTokensTooHigh, message)
}
