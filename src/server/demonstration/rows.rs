//! Demonstration data as rows.

use crate::{
    domain::{
        conversations::{Status, Turn, TurnView},
        demonstration::{Sample, samples},
        generation::{estimate::training_tokens, quality::rate},
        preferences::values::Preferences,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Stores all of it, searchable at once and due to be examined: what is older than the newest
/// conversation would never be. Answers how many.
pub async fn store(
    transaction: &mut Transaction,
    person: Uuid,
    organization: Option<Uuid>,
) -> Result<i64, ServiceError> {
    let rows: Vec<Value> = samples().iter().zip(0_i64..).map(row).collect();
    let rows = Value::Array(rows);
    let stored = sqlx::query!(
        "INSERT INTO conversations (id, organization_id, title, persona, emotion, topic, intent,
           tone, tier, status, categories, quality_score, quality_metrics, turn_count, input_tokens,
           output_tokens, estimated_cost_nano_usd, actual_cost_nano_usd, generation_duration_ms,
           is_demonstration, created_by, updated_by, approved_by, approved_at, created_at,
           updated_at, turns, training_tokens, gate_failures, is_decided)
         SELECT given.id, $3::uuid, given.title, given.persona, given.emotion, given.topic,
           given.intent,
           given.tone, given.tier, given.status, given.categories, given.score, given.metrics,
           given.turn_count, given.input, given.output, given.estimate, given.cost, given.duration,
           true, $2::uuid, CASE WHEN given.decided THEN $2::uuid END,
           CASE WHEN given.decided AND given.status = 'approved' THEN $2::uuid END,
           CASE WHEN given.status = 'approved'
             THEN now() - make_interval(mins => given.changed) END,
           now() - make_interval(mins => given.age), now() - make_interval(mins => given.changed),
           given.turns, given.training_tokens, given.gate_failures, given.decided
         FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, title text, persona text,
           emotion text, topic text, intent text, tone text, tier text, status text,
           categories text[], score numeric(3,1), metrics jsonb, turn_count integer, input bigint,
           output bigint, estimate bigint, cost bigint, duration bigint, age integer,
           changed integer, turns jsonb, training_tokens integer, gate_failures jsonb,
           decided boolean)",
        rows,
        person,
        organization
    )
    .execute(&mut **transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO examinations_due (conversation_id, is_edited)
         SELECT id, true FROM jsonb_to_recordset($1::jsonb) AS given (id uuid)",
        rows
    )
    .execute(&mut **transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO conversation_reviews (conversation_id, action, status, status_before, version,
           comment, reviewer_id, created_at)
         SELECT given.id, 'decided', given.status, given.status_before, 1, given.comment, $2::uuid,
           now() - make_interval(mins => given.changed)
         FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, status text, status_before text,
           comment text, changed integer, decided boolean)
         WHERE given.decided ORDER BY given.changed DESC",
        rows,
        person
    )
    .execute(&mut **transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO conversation_search (conversation_id, created_at, search)
         SELECT whole.id, whole.created_at, coalesce(public.search_of(whole), '')
         FROM jsonb_to_recordset($1::jsonb) AS given (id uuid)
         JOIN conversations AS whole ON whole.id = given.id
         ON CONFLICT DO NOTHING",
        rows
    )
    .execute(&mut **transaction)
    .await?;
    Ok(i64::try_from(stored.rows_affected()).unwrap_or(i64::MAX))
}

/// One of them as an object, with figures as generation would have left them.
fn row((sample, index): (&Sample, i64)) -> Value {
    let content = &sample.content;
    let thresholds = Preferences::default().quality_thresholds;
    let rating = rate(content.tier, &content.turns, &thresholds);
    let decision = sample.decision.map(|(decision, _)| Status::from(decision));
    let turns: Vec<TurnView> = content.turns.iter().zip(1..).map(said).collect();
    let input = 900 + index * 7;
    let output = i64::from(rating.training_tokens) + 40;
    // What a middling model costs: 3 dollars a million tokens in, 15 out.
    let cost = input * 3_000 + output * 15_000;
    // People look at it some hours later.
    let waited = if decision.is_some() { sample.minutes_ago.min(190) } else { 0 };
    json!({
        "id": Uuid::new_v4(),
        "title": content.title,
        "persona": content.persona,
        "emotion": content.emotion,
        "topic": content.topic,
        "intent": content.intent,
        "tone": content.tone,
        "tier": content.tier.as_str(),
        "status": decision.unwrap_or(rating.status).as_str(),
        "status_before": rating.status.as_str(),
        "categories": content.categories,
        "score": rating.metrics.score,
        "metrics": rating.metrics,
        "turn_count": turns.len(),
        "input": input,
        "output": output,
        "estimate": cost * 2,
        "cost": cost,
        "duration": 2_400 + output * 13,
        "age": sample.minutes_ago,
        "changed": sample.minutes_ago - waited,
        "turns": turns,
        "training_tokens": rating.training_tokens,
        "gate_failures": rating.gate_failures,
        "decided": decision.is_some(),
        "comment": sample.decision.map(|(_, comment)| comment),
    })
}

fn said((turn, number): (&Turn, i32)) -> TurnView {
    let tokens = Some(training_tokens(&turn.content).into());
    TurnView { number, role: turn.role, content: turn.content.clone(), tokens }
}
