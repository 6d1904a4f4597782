//! Lists of conversations over HTTP: what cannot be asked for is named, and who may ask.

use super::app::App;
use serde_json::{Value, json};

const LIST: &str = "/api/conversations";

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_named() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for list in [LIST, "/api/conversations/facets"] {
        for (query, path) in [
            ("sort=beauty", "sort"),
            ("direction=up", "direction"),
            ("status=approved,eaten", "status"),
            ("tier=huge", "tier"),
            ("trainable=perhaps", "trainable"),
            ("scoreMin=11", "scoreMin"),
            ("scoreMax=NaN", "scoreMax"),
            ("author=me", "author"),
            ("from=yesterday", "from"),
            ("tokensOver=-1", "tokensOver"),
            ("text=a%00b", "text"),
            ("color=red", "color"),
            ("after=a&before=b", "before"),
        ] {
            let answer = ann.get(&format!("{list}?{query}")).await;
            answer.assert_failure(400, "validation_failed");
            assert_eq!(answer.paths(), [path], "{query}: {}", answer.text);
        }
        let long = format!("{list}?text={}", "x".repeat(10_000));
        let answer = ann.get(&long).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), ["text"]);
        ann.get(&format!("{list}?text={}", "x".repeat(200))).await.assert_ok();
        app.browser().get(list).await.assert_failure(401, "not_signed_in");
        let scopes = json!({"name": format!("For {list}"), "scopes": ["preferences:read"]});
        let made = ann.post("/api/tokens", scopes).await;
        let token = app.with_token(made.body["secret"].as_str().unwrap());
        token.get(list).await.assert_failure(403, "scope_missing");
    }
    for (query, path) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("after=page-2", "after"),
        ("before=turns.desc.5.00000000000000000000000000000000", "before"),
    ] {
        let answer = ann.get(&format!("{LIST}?{query}")).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [path], "{query}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_leads_to_the_next_and_back() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let me = ann.get("/api/auth/me").await.body;
    let id: uuid::Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    sqlx::query(
        "INSERT INTO conversations (title, tier, created_by, quality_score)
         SELECT 'Row ' || number, 'template', $1, number FROM generate_series(1, 5) AS number",
    )
    .bind(id)
    .execute(&mut app.database.role("service_role").await)
    .await
    .unwrap();
    let titles = |page: &Value| -> Vec<String> {
        let rows = page["conversations"].as_array().unwrap();
        rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
    };
    let base = format!("{LIST}?sort=score&limit=3");
    let first = ann.get(&base).await;
    first.assert_ok();
    assert_eq!(titles(&first.body), ["Row 5", "Row 4", "Row 3"]);
    assert_eq!(first.body["count"], json!({"count": 5, "isMore": false}));
    assert!(first.body.get("previousBefore").is_none(), "{}", first.text);
    assert!(first.body["conversations"][0].get("turns").is_none(), "{}", first.text);
    let after = first.body["nextAfter"].as_str().unwrap();
    assert!(after.starts_with("score.desc.30."), "{after}");
    let second = ann.get(&format!("{base}&after={after}")).await.body;
    assert_eq!(titles(&second), ["Row 2", "Row 1"]);
    assert!(second.get("nextAfter").is_none(), "{second}");
    let before = second["previousBefore"].as_str().unwrap();
    let back = ann.get(&format!("{base}&before={before}")).await.body;
    assert_eq!(
        (titles(&back), &back["nextAfter"]),
        (titles(&first.body), &first.body["nextAfter"])
    );

    let query = json!({"query": {"scoreMin": 4}});
    let page = ann.post("/api/fn/conversations", query.clone()).await;
    assert_eq!((page.status.as_u16(), titles(&page.body).len()), (200, 2), "{}", page.text);
    let wanted = json!({"text": page.body["conversations"][0]["publicId"], "limit": 2});
    let found = ann.post("/api/fn/conversations-found", wanted).await;
    assert_eq!((found.status.as_u16(), found.body.as_array().unwrap().len()), (200, 1));
    assert_eq!(
        found.body[0].as_object().unwrap().len(),
        2,
        "no more than is shown: {}",
        found.text
    );
    let facets = ann.post("/api/fn/conversation-facets", query).await;
    assert_eq!((facets.status.as_u16(), &facets.body["among"]["count"]), (200, &json!(2)));
}
