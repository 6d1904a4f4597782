//! The scores of a person's own conversations, by which the page of thresholds tells what they
//! would do.

use super::app::{App, Client, join};
use serde_json::json;

const SCORES: &str = "/api/conversations/scores";

/// Stores conversations with these scores, in the person's organization if they have one.
async fn scored(app: &App, person: &Client<'_>, scores: &[Option<f64>]) {
    let me = person.get("/api/auth/me").await.body;
    let id: uuid::Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let organization = me["user"]["organization"]["id"].as_str();
    let organization: Option<uuid::Uuid> = organization.map(|id| id.parse().unwrap());
    sqlx::query(
        "INSERT INTO conversations (tier, status, created_by, organization_id, quality_score)
         SELECT 'template', 'generated', $1, $2, score FROM unnest($3::text[]::numeric[]) AS score",
    )
    .bind(id)
    .bind(organization)
    .bind(scores.iter().map(|score| score.map(|it| it.to_string())).collect::<Vec<_>>())
    .execute(&mut app.database.role("service_role").await)
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_are_counted_of_ones_own_conversations_alone() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    join(&ann, &ben, "member").await;
    scored(&app, &ann, &[Some(8.4), Some(3.0), Some(8.4), None, Some(10.0)]).await;
    scored(&app, &ben, &[Some(1.0)]).await;

    let answer = ann.get(SCORES).await;
    answer.assert_ok();
    let expected = json!([{"score": 3.0, "count": 1}, {"score": 8.4, "count": 2},
        {"score": 10.0, "count": 1}]);
    assert_eq!((&answer.body["total"], &answer.body["scores"]), (&json!(4), &expected));
    // Whoever reads the conversations of an organization is told of their own only.
    let other = ben.get(SCORES).await.body;
    assert_eq!((&other["total"], &other["scores"][0]["score"]), (&json!(1), &json!(1.0)));
    let page = ann.post("/api/fn/conversation-scores", json!({})).await;
    assert_eq!((page.status.as_u16(), &page.body["total"]), (200, &json!(4)), "{}", page.text);
    // The page says it as the server draws it: it is read without a script as well.
    let page = ann.get("/settings/quality").await.text;
    let sentence = "Would flag 0 of your 4 conversations, approve 3, send 0 to review";
    assert!(page.contains(sentence) && page.contains("8.0 and above"), "{page}");

    app.browser().get(SCORES).await.assert_failure(401, "not_signed_in");
    let token = json!({"name": "Preferences", "scopes": ["preferences:read"]});
    let made = ann.post("/api/tokens", token).await;
    let token = app.with_token(made.body["secret"].as_str().unwrap());
    token.get(SCORES).await.assert_failure(403, "scope_missing");
}
