//! Demonstration data over HTTP: whose it is, and who may.

use super::app::{App, join};
use serde_json::{Value, json};

const PLACE: &str = "/api/demonstration";

#[tokio::test(flavor = "multi_thread")]
async fn it_is_added_once_and_removed_whole_by_who_manages() {
    let app = App::new().await;
    // The first account owns an organization.
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    ben.post(PLACE, json!({})).await.assert_failure(403, "forbidden");
    ben.delete(PLACE).await.assert_failure(403, "forbidden");
    for added in [100, 0] {
        let answer = ann.post(PLACE, json!({})).await;
        answer.assert_ok();
        assert_eq!((&answer.body["added"], &answer.body["total"]), (&json!(added), &json!(100)));
    }
    assert_eq!(ann.get("/api/home").await.body["demonstration"], 100);
    assert_eq!(ben.get("/api/home").await.body["demonstration"], Value::Null);
    assert_eq!(ann.delete(PLACE).await.body["removed"], 100);
    assert_eq!(ann.delete(PLACE).await.body["removed"], 0);
}
