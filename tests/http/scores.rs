//! The scores of a person's own conversations, by which the page of thresholds tells what they
//! would do.

use super::app::{App, Client, join};
use serde_json::json;
use train::server::postgres::Event;

const SCORES: &str = "/api/conversations/scores";

/// Stores conversations with these scores, in the person's organization if they have one.
async fn scored(app: &App, person: &Client<'_>, scores: &[Option<f64>]) {
    let me = person.get("/api/auth/me").await.body;
    let id: uuid::Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let organization = me["user"]["organization"]["id"].as_str();
    let organization: Option<uuid::Uuid> = organization.map(|id| id.parse().unwrap());
    sqlx::query(
        "INSERT INTO conversations (tier, status, created_by, organization_id, quality_score,
           gate_failures)
         SELECT 'template', 'generated', $1, $2, score, '[]'
           FROM unnest($3::text[]::numeric[]) AS score",
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
    let expected = json!([{"score": 3.0, "count": 1, "untrainable": 0},
        {"score": 8.4, "count": 2, "untrainable": 0},
        {"score": 10.0, "count": 1, "untrainable": 0}]);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reviewed_is_rated_again_and_the_rest_stays() {
    const RERATE: &str = "/api/conversations/rerate";
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    scored(&app, &ann, &[Some(9.0), Some(8.5), Some(7.0), Some(5.0), Some(1.0), None]).await;
    scored(&app, &ben, &[Some(9.0)]).await;
    let mut service = app.database.role("service_role").await;
    for sql in [
        // Good, and no trainer takes it.
        "UPDATE conversations SET gate_failures = '[{\"rule\": \"ends_with_user\"}]'
            WHERE quality_score = 8.5",
        "UPDATE conversations SET is_decided = true, status = 'approved' WHERE quality_score = 1.0",
    ] {
        sqlx::query(sql).execute(&mut service).await.unwrap();
    }
    let preview = ann.post(RERATE, json!({"preview": true})).await;
    preview.assert_ok();
    assert_eq!((&preview.body["changed"], &preview.body["decided"]), (&json!(4), &json!(1)));
    let listed = ann.get("/api/conversations?status=generated").await.body;
    assert_eq!(listed["conversations"].as_array().unwrap().len(), 5, "a preview changes nothing");
    let mut events = app.database.database.events().subscribe();
    let done = ann.post(RERATE, json!({})).await;
    assert_eq!(done.body["moves"], preview.body["moves"], "{}", done.text);
    let mut statuses: Vec<_> = sqlx::query_as::<_, (Option<String>, String)>(
        "SELECT quality_score::text, status FROM conversations JOIN auth.users AS author
           ON author.id = created_by WHERE author.display_name = 'Ann' ORDER BY 1 DESC NULLS LAST",
    )
    .fetch_all(&mut service)
    .await
    .unwrap();
    statuses.pop();
    let expected = [
        "9.0 approved",
        "8.5 pending_review",
        "7.0 pending_review",
        "5.0 needs_revision",
        "1.0 approved",
    ];
    let statuses: Vec<_> = statuses
        .into_iter()
        .map(|(score, status)| format!("{} {status}", score.unwrap()))
        .collect();
    assert_eq!(statuses, expected);
    // Her other tabs learn of it, wherever they are.
    let me = ann.get("/api/auth/me").await.body;
    let user_id = me["user"]["id"].as_str().unwrap().parse().unwrap();
    while events.recv().await.unwrap() != (Event::ConversationsChanged { user_id }) {}
    // Once: nothing is left to do, and each has one line of what became of it.
    assert_eq!(ann.post(RERATE, json!({})).await.body["changed"], 0);
    let noted = "SELECT count(*) FROM conversation_reviews WHERE action = 'rated'";
    let noted: i64 = sqlx::query_scalar(noted).fetch_one(&mut service).await.unwrap();
    assert_eq!(noted, 4);
    let theirs = "SELECT status FROM conversations JOIN auth.users AS author
        ON author.id = created_by WHERE author.display_name = 'Ben'";
    let theirs: String = sqlx::query_scalar(theirs).fetch_one(&mut service).await.unwrap();
    assert_eq!(theirs, "generated", "nobody else's");
}

/// The rule stands in the program and in the database.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_gives_the_status_that_the_program_gives() {
    use train::domain::{generation::quality, preferences::values::QualityThresholds};
    let app = App::new().await;
    let mut service = app.database.role("service_role").await;
    for (auto_approval, flagging, minimum_acceptable) in
        [(8.0, 6.0, 4.0), (10.0, 10.0, 10.0), (0.0, 0.0, 0.0), (7.3, 7.3, 2.9)]
    {
        let thresholds = QualityThresholds { auto_approval, flagging, minimum_acceptable };
        let tenths = |value: f64| (value * 10.0).round() as i16;
        let rated: Vec<String> = sqlx::query_scalar(
            "SELECT status_by_thresholds(score, true, $1, $2, $3)
               FROM generate_series(0, 100) AS score ORDER BY score",
        )
        .bind(tenths(auto_approval))
        .bind(tenths(flagging))
        .bind(tenths(minimum_acceptable))
        .fetch_all(&mut service)
        .await
        .unwrap();
        for (score, rated) in rated.into_iter().enumerate() {
            let expected = quality::status(score as f64 / 10.0, &thresholds);
            assert_eq!(rated, expected.as_str(), "{score} under {thresholds:?}");
        }
    }
}
