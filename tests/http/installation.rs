//! How the installation is doing, as administrators see it; nothing of it is a secret.

use super::{
    app::{App, MASTER_KEY},
    second_factor::set_up,
};
use serde_json::{Value, json};
use train::server::config::Config;

const OVERVIEW: &str = "/api/admin/overview";
const VERIFY: &str = "/api/admin/history/verify";

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_tells_how_it_is_and_no_secret() {
    let config = Config { history_days: Some(90), ..Config::default() };
    let app = App::configured(config).await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let key = "sk-ant-api03-overview-0123456789-a1b2";
    let stored = json!({"newPrimaryKey": key, "reason": "The first one"});
    ann.post("/api/ai-configuration/rotate-key", stored).await.assert_ok();
    let overview = ann.get(OVERVIEW).await;
    overview.assert_ok();
    let body = &overview.body;
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert!(!body["postgresVersion"].as_str().unwrap().is_empty());
    assert_eq!(body["vault"]["masterKeys"].as_array().unwrap().len(), 1, "{:#}", body["vault"]);
    assert_eq!(body["vault"]["stored"][0]["state"], "opens");
    assert_eq!(body["vault"]["stored"][0]["count"], 1);
    assert_eq!(body["webhook"]["isSet"], false);
    assert_eq!(body["verification"], Value::Null);
    let retention = body["retention"].as_array().unwrap();
    let history = retention.iter().find(|it| it["variable"] == "TRAIN_HISTORY_DAYS").unwrap();
    assert_eq!(history["kept"], "90 days, then in the archive");
    let names = body["environment"].as_array().unwrap().iter();
    assert!(names.filter_map(|it| it["name"].as_str()).any(|name| name == "TRAIN_VAULT_KEY"));
    assert!(!overview.text.contains(key) && !overview.text.contains(MASTER_KEY));
    ben.get(OVERVIEW).await.assert_failure(403, "forbidden");
    app.browser().get(OVERVIEW).await.assert_failure(401, "not_signed_in");
    for tab in ["overview", "people", "organizations", "jobs", "mail", "log"] {
        let page = ann.get(&format!("/admin/{tab}")).await;
        assert_eq!(page.status, 200, "{tab}");
        assert!(!page.text.contains(key) && !page.text.contains(MASTER_KEY), "{tab}");
        let refused = ben.get(&format!("/admin/{tab}")).await;
        assert_eq!(refused.status, 403, "{tab}");
        assert!(refused.text.contains("This page is for administrators"), "{tab}");
        assert!(refused.text.contains("Go home"), "{tab}: a way out");
    }
    set_up(&app, &ben).await;
    let page = ann.get("/admin/overview").await;
    for line in ["1 of people, under", "1 of two-step verification, under"] {
        assert!(page.text.contains(line), "{line}: {}", page.text);
    }
    for (nearly, place) in [("/admin", "/admin/overview"), ("/admin/nope", "/admin/overview")] {
        let answer = ann.get(nearly).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, place), "{nearly}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_verified_and_who_did_is_noted() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    ben.post(VERIFY, json!({})).await.assert_failure(403, "forbidden");
    app.browser().post(VERIFY, json!({})).await.assert_failure(401, "not_signed_in");
    ann.patch("/api/user-preferences", json!({"theme": "dark"})).await.assert_ok();
    let whole = ann.post(VERIFY, json!({})).await;
    whole.assert_ok();
    let verification = &whole.body["verification"];
    assert_eq!((&verification["findings"], &verification["rows"]), (&json!(0), &json!(1)));
    assert_eq!(verification["by"], "ann@example.com");

    let mut owner = app.database.role("train_owner").await;
    let forged = "UPDATE configuration_audit_log SET reason = 'forged'";
    crate::support::run(&mut owner, forged).await;
    let altered = ann.post(VERIFY, json!({})).await;
    altered.assert_ok();
    assert!(altered.body["verification"]["findings"].as_i64().unwrap() > 0);
    assert!(!altered.body["problems"].as_array().unwrap().is_empty());
    let last = ann.get(OVERVIEW).await.body["verification"].clone();
    assert_eq!(last["findings"], altered.body["verification"]["findings"]);
}
