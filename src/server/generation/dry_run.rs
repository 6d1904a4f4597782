//! What every gate would say now, spending nothing.

use super::{
    GenerationService, Plan,
    gates::{budget_lines, lease_lines, rate_lines},
};
use crate::{
    domain::{
        accounts::Scope,
        ai::views::{DryRunAnswer, Gate, GateVerdict},
        conversations::NewConversation,
        error_code::ErrorCode,
        money::Money,
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};
use serde::Deserialize;
use serde_json::Value;

/// One line of a headroom function.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    scope_type: String,
    #[serde(default)]
    period: String,
    #[serde(default)]
    limit: i64,
    #[serde(default)]
    requests_per_minute: i64,
    #[serde(default = "blocks")]
    block: bool,
    headroom: Option<i64>,
    #[serde(default)]
    retry_after_ms: i64,
}

fn blocks() -> bool {
    true
}

impl GenerationService {
    /// Every gate's verdict on a request.
    pub async fn dry_run(
        &self,
        request: &RequestContext,
        new: NewConversation,
    ) -> Result<DryRunAnswer, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let plan = match Plan::without_key(&self.ai, user_id, new).await {
            Ok(plan) => plan,
            Err(ServiceError::Refused { code, message }) => {
                return Ok(refused_early(code, message));
            }
            Err(error) => return Err(error),
        };
        let row = sqlx::query!(
            r#"SELECT budget_headroom($1) AS "budget!", rate_headroom($2) AS "rate!",
               lease_headroom($3) AS "lease!""#,
            budget_lines(&plan),
            rate_lines(&plan),
            lease_lines(&plan)
        )
        .fetch_one(self.db.pool())
        .await?;
        let gates = vec![
            passes(Gate::Configuration, "The configuration is valid.".into(), None),
            passes(Gate::Model, format!("{} can be used.", plan.model.name), None),
            key(&plan),
            budget(&plan, &read(row.budget)?),
            rate(&read(row.rate)?),
            concurrency(&read(row.lease)?),
        ];
        Ok(DryRunAnswer {
            admitted: gates.iter().all(|gate| gate.passes),
            gates,
            model: plan.model.id.clone(),
            estimated_input_tokens: plan.input_tokens,
            max_tokens: plan.max_tokens,
            worst_case: Some(plan.worst_case),
        })
    }
}

fn read(lines: Value) -> Result<Vec<Line>, ServiceError> {
    serde_json::from_value(lines)
        .map_err(|error| ServiceError::Internal(format!("headroom: {error}")))
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

fn owner(line: &Line) -> &'static str {
    if line.scope_type == "organization" { "your organization" } else { "you" }
}

/// The present window, in a sentence.
fn now(period: &str) -> &'static str {
    match period {
        "day" => "today",
        "week" => "this week",
        _ => "this month",
    }
}

fn budget(plan: &Plan, lines: &[Line]) -> GateVerdict {
    let room = |line: &&Line| line.headroom.unwrap_or(i64::MAX);
    let Some(tightest) = lines.iter().min_by_key(room) else {
        return passes(Gate::Budget, "No budget.".into(), None);
    };
    let left = Money::from_nanos(tightest.headroom.unwrap_or_default());
    let words = format!(
        "{left} of {} {} for {}",
        Money::from_nanos(tightest.limit),
        now(&tightest.period),
        owner(tightest)
    );
    let over = lines
        .iter()
        .filter(|line| line.headroom.is_some_and(|room| room < plan.worst_case.nanos()));
    match over.clone().find(|line| line.block) {
        Some(line) => GateVerdict {
            headroom: Some(words),
            ..refuses(
                Gate::Budget,
                ErrorCode::BudgetExceeded,
                format!(
                    "This request could cost up to {}, more than is left {} for {}.",
                    plan.worst_case,
                    now(&line.period),
                    owner(line)
                ),
            )
        },
        None if over.count() > 0 => {
            passes(Gate::Budget, "A budget is used up; it only warns.".into(), Some(words))
        }
        None => passes(
            Gate::Budget,
            format!("It fits: it costs at most {}.", plan.worst_case),
            Some(words),
        ),
    }
}

fn rate(lines: &[Line]) -> GateVerdict {
    let Some(tightest) = lines.iter().min_by_key(|line| line.headroom) else {
        return passes(Gate::Rate, "No limit.".into(), None);
    };
    let room = tightest.headroom.unwrap_or_default();
    let words =
        format!("{room} now, {} a minute for {}", tightest.requests_per_minute, owner(tightest));
    if room > 0 {
        return passes(Gate::Rate, "There is room for a request now.".into(), Some(words));
    }
    GateVerdict {
        retry_after_ms: Some(
            lines.iter().map(|line| line.retry_after_ms).max().unwrap_or_default(),
        ),
        headroom: Some(words),
        ..refuses(
            Gate::Rate,
            ErrorCode::RateLimited,
            "The limit of requests a minute is reached; wait a moment.".into(),
        )
    }
}

fn concurrency(lines: &[Line]) -> GateVerdict {
    let Some(tightest) = lines.iter().min_by_key(|line| line.headroom) else {
        return passes(Gate::Concurrency, "No limit.".into(), None);
    };
    let room = tightest.headroom.unwrap_or_default();
    let words = format!("{room} of {} free for {}", tightest.limit, owner(tightest));
    if room > 0 {
        passes(Gate::Concurrency, "There is a free place.".into(), Some(words))
    } else {
        GateVerdict {
            headroom: Some(words),
            ..refuses(
                Gate::Concurrency,
                ErrorCode::ConcurrencyLimited,
                "As many generations are running as may; wait until one ends.".into(),
            )
        }
    }
}
