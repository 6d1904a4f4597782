//! What every gate would say now, spending nothing.

use super::{GenerationService, Plan, Purpose};
use crate::{
    domain::{
        accounts::Scope,
        ai::{
            Owner,
            views::{DryRunAnswer, Gate, GateVerdict},
        },
        conversations::NewConversation,
        error_code::ErrorCode,
        generation::prompt::instructions,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        gates::{self, BudgetLine, LimitedScope, ScopeHeadroom},
    },
};

/// A scope with what is left of its limits.
type Found<'a> = (&'a LimitedScope, &'a ScopeHeadroom);

impl GenerationService {
    /// Every gate's verdict on a request.
    pub async fn dry_run(
        &self,
        request: &RequestContext,
        new: NewConversation,
    ) -> Result<DryRunAnswer, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let (purpose, asked) = (Purpose::of(&new), instructions(&new));
        let plan = match Plan::without_key(&self.ai, user_id, purpose, asked).await {
            Ok(plan) => plan,
            Err(ServiceError::Refused { code, message }) => {
                return Ok(refused_early(code, message));
            }
            Err(error) => return Err(error),
        };
        let headroom = gates::headroom(&self.db, &plan.scopes).await?;
        let found: Vec<Found> = plan.scopes.iter().zip(&headroom).collect();
        let gates = vec![
            passes(Gate::Configuration, "The configuration is valid.".into(), None),
            passes(Gate::Model, model(&plan), None),
            key(&plan),
            budget(&plan, &found),
            rate(&found),
            concurrency(&found),
        ];
        Ok(DryRunAnswer {
            admitted: gates.iter().all(|gate| gate.passes),
            gates,
            model: plan.model.id.clone(),
            estimated_input_tokens: plan.input_tokens,
            max_tokens: plan.max_tokens,
            worst_case: Some(plan.worst_case),
            retirement: plan.retirement,
        })
    }
}

fn passes(gate: Gate, message: String, headroom: Option<String>) -> GateVerdict {
    GateVerdict { gate, passes: true, code: None, message, retry_after_ms: None, headroom }
}

fn refuses(gate: Gate, code: ErrorCode, message: String) -> GateVerdict {
    GateVerdict {
        gate,
        passes: false,
        code: Some(code),
        message,
        retry_after_ms: None,
        headroom: None,
    }
}

/// The gates behind a refused configuration or model are not asked.
fn refused_early(code: ErrorCode, message: String) -> DryRunAnswer {
    DryRunAnswer {
        admitted: false,
        gates: vec![refuses(Gate::Model, code, message)],
        model: String::new(),
        estimated_input_tokens: 0,
        max_tokens: 0,
        worst_case: None,
        retirement: None,
    }
}

fn model(plan: &Plan) -> String {
    let retires = plan.retirement.as_ref().map(|retirement| retirement.sentence());
    let usable = retires.unwrap_or_else(|| format!("{} can be used.", plan.model.name));
    match plan.thinking.thinks {
        true => format!(
            "{usable} It thinks before it answers; that counts in the maximum tokens and is billed."
        ),
        false => usable,
    }
}

fn key(plan: &Plan) -> GateVerdict {
    match plan.standing.keys.first() {
        Ok(key) if key.owner.is_none() => {
            passes(Gate::Key, "The key of the server's environment is used.".into(), None)
        }
        Ok(_) => passes(Gate::Key, "A stored key is used.".into(), None),
        Err(ServiceError::Refused { code, message }) => refuses(Gate::Key, code, message),
        Err(_) => refuses(Gate::Key, ErrorCode::KeyMissing, "There is no API key.".into()),
    }
}

/// `Rate`, or whose it is where it is not one's own.
fn name(owner: Owner, what: &str) -> String {
    match owner {
        Owner::Organization(_) => format!("Organization’s {}", what.to_lowercase()),
        Owner::Person(_) => what.to_owned(),
    }
}

fn budget(plan: &Plan, found: &[Found]) -> GateVerdict {
    let lines = || found.iter().flat_map(|(_, headroom)| &headroom.budgets);
    let Some(tightest) = lines().min_by_key(|line| line.left()) else {
        return passes(Gate::Budget, "No budget.".into(), None);
    };
    let words = tightest.headroom();
    let over = |line: &&BudgetLine| line.left() < plan.worst_case;
    match lines().filter(over).find(|line| line.blocks) {
        Some(line) => GateVerdict {
            headroom: Some(words),
            ..refuses(Gate::Budget, ErrorCode::BudgetExceeded, line.not_enough(plan.worst_case))
        },
        None if lines().any(|line| over(&line)) => {
            passes(Gate::Budget, "A budget is used up; it only warns.".into(), Some(words))
        }
        None => passes(
            Gate::Budget,
            format!("Enough is left: the maximum cost is {}.", plan.worst_case),
            Some(words),
        ),
    }
}

fn rate(found: &[Found]) -> GateVerdict {
    let Some((scope, headroom)) = found.iter().min_by_key(|(_, headroom)| headroom.requests) else {
        return passes(Gate::Rate, "No limit.".into(), None);
    };
    let words = format!(
        "{}: {} available now ({}/min)",
        name(scope.owner, "Rate"),
        headroom.requests,
        scope.config.rate_limiting.requests_per_minute
    );
    if headroom.requests > 0 {
        return passes(Gate::Rate, "A request can be sent now.".into(), Some(words));
    }
    GateVerdict {
        retry_after_ms: found.iter().map(|(_, headroom)| headroom.retry_after_ms).max(),
        headroom: Some(words),
        ..refuses(
            Gate::Rate,
            ErrorCode::RateLimited,
            "The limit of requests per minute is reached. Wait a moment.".into(),
        )
    }
}

fn concurrency(found: &[Found]) -> GateVerdict {
    let room = |(scope, headroom): &Found| {
        let places = i64::from(scope.config.rate_limiting.concurrent_requests);
        (places - headroom.places_taken).max(0)
    };
    let Some(tightest) = found.iter().min_by_key(|one| room(one)) else {
        return passes(Gate::Concurrency, "No limit.".into(), None);
    };
    let words = format!(
        "{}: {} of {} free",
        name(tightest.0.owner, "Concurrency"),
        room(tightest),
        tightest.0.config.rate_limiting.concurrent_requests
    );
    if room(tightest) > 0 {
        passes(Gate::Concurrency, "A request can start now.".into(), Some(words))
    } else {
        GateVerdict {
            headroom: Some(words),
            ..refuses(
                Gate::Concurrency,
                ErrorCode::ConcurrencyLimited,
                "The limit of concurrent requests is reached. Wait until one ends.".into(),
            )
        }
    }
}
