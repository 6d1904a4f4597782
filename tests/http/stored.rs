//! Conversations that are there without having been generated.

use super::app::{App, Client};
use uuid::Uuid;

/// One that trainers take, of this person, in their organization if they have one: waiting for
/// nothing, with a score of 7.0.
pub async fn trainable(app: &App, person: &Client<'_>) -> Uuid {
    let me = person.get("/api/auth/me").await.body;
    let id: Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let organization = me["user"]["organization"]["id"].as_str();
    let organization: Option<Uuid> = organization.map(|id| id.parse().unwrap());
    sqlx::query_scalar(
        "INSERT INTO conversations (title, tier, status, created_by, organization_id,
           quality_score, gate_failures, turn_count, training_tokens, turns)
         VALUES ('Hello', 'template', 'generated', $1, $2, 7.0, '[]', 2, 12, $3) RETURNING id",
    )
    .bind(id)
    .bind(organization)
    .bind(serde_json::json!([
        {"number": 1, "role": "user", "content": "Hello", "tokens": 6},
        {"number": 2, "role": "assistant", "content": "Hello to you", "tokens": 7},
    ]))
    .fetch_one(&mut app.database.role("service_role").await)
    .await
    .unwrap()
}
