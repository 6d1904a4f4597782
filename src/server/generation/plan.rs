//! What a generation will send and what it can cost at most: everything that is known before the
//! first gate.

use crate::{
    domain::{
        ai::{
            AiConfig,
            models::{Catalog, CostError, Model, Retirement},
        },
        conversations::NewConversation,
        error_code::ErrorCode,
        generation::{
            TokenUsage,
            estimate::input_tokens,
            prompt::Instructions,
            request::{
                SamplingParameters, ThinkingParameters, caches, max_tokens, needed, sampling,
                thinking,
            },
        },
        money::Money,
    },
    server::{
        ai::{AiService, Standing},
        claude::{Call, Endpoint, Message},
        foundation::error::ServiceError,
        gates::{AdmissionRequest, BudgetLine, LimitedScope},
    },
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// What Claude is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// A conversation of so many turns.
    Conversation { turns: u32 },
    /// Another version of one that is there, whose answer has about so many tokens.
    Revision { written: u64 },
}

impl Purpose {
    pub fn of(new: &NewConversation) -> Self {
        Self::Conversation { turns: new.turns() }
    }
}

/// One generation, decided in full.
pub struct Plan {
    pub standing: Arc<Standing>,
    /// The person, and their organization if there is one.
    pub scopes: Arc<[LimitedScope]>,
    pub config: Arc<AiConfig>,
    pub catalog: Arc<Catalog>,
    pub model: Model,
    /// Set when the model retires soon.
    pub retirement: Option<Retirement>,
    pub purpose: Purpose,
    pub instructions: Instructions,
    pub sampling: SamplingParameters,
    pub thinking: ThinkingParameters,
    /// What is the same in every request is long enough that Claude is asked to keep it.
    pub caches: bool,
    /// Estimated high.
    pub input_tokens: u64,
    /// The longest answer, what is thought before it included.
    pub max_tokens: u32,
    /// The most that one attempt can cost.
    pub worst_case: Money,
    pub started: DateTime<Utc>,
    base_url: String,
}

impl Plan {
    /// # Errors
    /// The refusals of the gates configuration, model and key.
    pub async fn make(
        ai: &AiService,
        user_id: Uuid,
        purpose: Purpose,
        instructions: Instructions,
    ) -> Result<Self, ServiceError> {
        let plan = Self::without_key(ai, user_id, purpose, instructions).await?;
        plan.standing.keys.first()?;
        Ok(plan)
    }

    /// As [`Self::make`], for a dry run, which tells of a missing key itself.
    pub async fn without_key(
        ai: &AiService,
        user_id: Uuid,
        purpose: Purpose,
        instructions: Instructions,
    ) -> Result<Self, ServiceError> {
        let (standing, catalog) = (ai.standing(user_id).await?, ai.models.current().await?);
        let started = Utc::now();
        let limits = standing.limits(&catalog, started);
        let config = Arc::clone(limits.config());
        let id = &config.model.model;
        let unknown = || {
            let sentence = format!(
                "The model “{id}” is not in the catalog, so its price is not known. Choose \
                 another under AI configuration."
            );
            ServiceError::refused(ErrorCode::ModelUnknown, sentence)
        };
        let model = catalog.get(id).cloned().ok_or_else(unknown)?;
        let retirement = limits.retirement.clone();
        if let Some(retirement) = &retirement
            && model.is_retired(standing.today(started))
        {
            return Err(ServiceError::refused(ErrorCode::ModelRetired, retirement.sentence()));
        }
        let schema = instructions.schema.to_string();
        let input_tokens = input_tokens([
            instructions.system.as_str(),
            instructions.prompt.as_str(),
            schema.as_str(),
        ]);
        let max_tokens = max_tokens(&config.model, &model, input_tokens).ok_or_else(|| {
            let name = &model.name;
            let sentence = match purpose {
                Purpose::Conversation { .. } => {
                    format!("The instructions fill all that {name} can read. Shorten them.")
                }
                Purpose::Revision { .. } => {
                    format!("The conversation is longer than {name} can read and write again.")
                }
            };
            ServiceError::refused(ErrorCode::PromptTooLong, sentence)
        })?;
        let thinking = thinking(&config.model, &model);
        if let Purpose::Revision { written } = purpose {
            let needed = needed(written, thinking.thinks);
            if needed > max_tokens.into() {
                let sentence = format!(
                    "Claude writes the whole conversation again, which takes about {needed} \
                     tokens, but may write {max_tokens}. Raise the maximum tokens under AI \
                     configuration."
                );
                return Err(ServiceError::refused(ErrorCode::PromptTooLong, sentence));
            }
        }
        let caches = caches(&instructions.system, &model);
        let worst_case = worst_case(&model, caches, input_tokens, max_tokens, started)
            .map_err(|error| ServiceError::refused(ErrorCode::CostUnknown, error.to_string()))?;
        Ok(Self {
            scopes: Arc::clone(&limits.scopes),
            sampling: sampling(&config.model, &model),
            thinking,
            caches,
            base_url: ai.base_url().to_owned(),
            standing,
            config,
            catalog,
            model,
            retirement,
            purpose,
            instructions,
            input_tokens,
            max_tokens,
            worst_case,
            started,
        })
    }

    /// One attempt with one of the keys.
    pub fn call(&self, key: usize, attempt_timeout: std::time::Duration) -> Call {
        let timeouts = &self.config.timeouts;
        Call {
            endpoint: Endpoint {
                base_url: self.base_url.clone(),
                key: self.standing.keys.usable[key].key.clone(),
                connect_timeout: timeouts.connection().min(attempt_timeout),
                attempt_timeout,
            },
            model: self.model.id.clone(),
            max_tokens: self.max_tokens,
            temperature: self.sampling.temperature,
            top_p: self.sampling.top_p,
            effort: self.thinking.effort,
            thinking_off: self.thinking.off,
            system: Some(self.instructions.system.clone()),
            caches_system: self.caches,
            messages: vec![Message::user(self.instructions.prompt.clone())],
            output_schema: Some(Arc::clone(&self.instructions.schema)),
            stream: self.config.model.streaming,
        }
    }

    /// What is sent beside the text, for the ledger and the conversation.
    pub fn parameters(&self) -> Value {
        let mut parameters = json!({
            "model": self.model.id, "maxTokens": self.max_tokens,
            "streaming": self.config.model.streaming,
        });
        match self.purpose {
            Purpose::Conversation { turns } => parameters["turns"] = json!(turns),
            Purpose::Revision { .. } => parameters["kind"] = json!("revision"),
        }
        if let Some(temperature) = self.sampling.temperature {
            parameters["temperature"] = json!(temperature);
        }
        if let Some(top_p) = self.sampling.top_p {
            parameters["topP"] = json!(top_p);
        }
        if let Some(effort) = self.thinking.effort {
            parameters["effort"] = json!(effort);
        }
        if self.thinking.thinks {
            parameters["thinking"] = json!(true);
        }
        parameters
    }

    /// What the gates have to know.
    pub fn admission(&self, request_id: Uuid, run_id: Uuid) -> AdmissionRequest {
        AdmissionRequest {
            request_id,
            run_id,
            worst_case: self.worst_case,
            lifetime: self.config.timeouts.total(),
            scopes: Arc::clone(&self.scopes),
        }
    }

    /// The most that an attempt with another prompt could cost; `None` where it fills what the
    /// model can read, or costs more than can be counted.
    pub fn worst_case_of(&self, input_tokens: u64) -> Option<Money> {
        let most = max_tokens(&self.config.model, &self.model, input_tokens)?;
        worst_case(&self.model, self.caches, input_tokens, most, self.started).ok()
    }

    /// What tokens cost at the prices of the request's beginning.
    pub fn cost(&self, usage: &TokenUsage) -> Money {
        // The plan has priced the same model already; more tokens than can be counted cost at least
        // what was reserved.
        self.model.cost(usage, self.started).unwrap_or(self.worst_case)
    }

    /// What a person should know although nothing stopped: budgets that are used up where that only
    /// warns.
    pub fn warnings(&self, exceeded: &[BudgetLine]) -> Vec<String> {
        exceeded.iter().map(|line| line.sentence("is used up; it only warns")).collect()
    }
}

/// With the whole prompt written to the cache where its beginning is marked for it: that the next
/// request finds it there is a hope, and money is set aside for the other case.
fn worst_case(
    model: &Model,
    caches: bool,
    input_tokens: u64,
    max_tokens: u32,
    at: DateTime<Utc>,
) -> Result<Money, CostError> {
    match caches {
        true => model.worst_case_caching(input_tokens, max_tokens.into(), false, at),
        false => model.worst_case(input_tokens, max_tokens.into(), at),
    }
}
