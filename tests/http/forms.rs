//! The forms of signing in and up without JavaScript, and by the page's own script.

use super::app::{App, Client, PASSWORD};
use serde_json::{Value, json};

const PAGE: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

fn plain(app: &App) -> Client<'_> {
    app.browser().header("accept", PAGE)
}

/// What the page was drawn with.
fn boot(page: &str) -> Value {
    let data = page
        .split("id=\"train-boot\">")
        .nth(1)
        .expect("the page carries its data")
        .split("</script>")
        .next()
        .unwrap();
    serde_json::from_str(data).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_post_signs_up_in_and_out() {
    let app = App::new().await;
    let ann = plain(&app);
    let answer = ann
        .form(
            "/api/fn/sign-up",
            "email=ann%40example.com&display_name=Ann&password=a+quiet+green+meadow",
        )
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/"), "{}", answer.text);
    ann.get("/api/auth/me").await.assert_ok();
    let answer = ann.form("/api/fn/sign-out", "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/sign-in"));
    assert_eq!(ann.cookie("train_session"), None);
    let form = "email=ann%40example.com&password=a+quiet+green+meadow&next=%2Fhistory%3Fpage%3D2";
    let answer = ann.form("/api/fn/sign-in", form).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/history?page=2"));
    ann.get("/api/auth/me").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_3_4_no_time_zone_that_a_browser_reports_is_refused() {
    let app = App::new().await;
    for (who, reported, stored) in [
        ("old", "&time_zone=Asia%2FCalcutta", "Asia/Kolkata"),
        ("older", "&time_zone=US%2FPacific", "America/Los_Angeles"),
        ("plain", "", "UTC"),
        ("empty", "&time_zone=", "UTC"),
        ("lost", "&time_zone=Etc%2FUnknown", "UTC"),
        ("odd", "&time_zone=%2B05%3A30", "UTC"),
    ] {
        let browser = plain(&app);
        let form = format!(
            "email={who}%40example.com&display_name=Ann&password=a+quiet+green+meadow{reported}"
        );
        let answer = browser.form("/api/fn/sign-up", &form).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/"), "{who}");
        let me = browser.get("/api/auth/me").await;
        assert_eq!(me.body["user"]["timeZone"], stored, "{who}");
    }
}

/// Also where the system's list of zones is older than the browser's.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_3_4_the_zone_that_a_page_promises_or_offers_is_the_one_that_is_stored() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let saved = async |zone: &str| {
        let answer = ann.patch("/api/auth/profile", json!({"timeZone": zone})).await;
        (answer.status == 200).then(|| answer.body["user"]["timeZone"].clone())
    };
    for reported in include_str!("../../src/domain/accounts/time_zone/browsers.txt").lines() {
        let answer = ann.post("/api/fn/time-zone", json!({"reported": reported})).await;
        let promised = Some(answer.body).filter(|zone| !zone.is_null());
        assert_eq!(saved(reported).await, promised, "{reported}");
    }
    let offered = ann.post("/api/fn/time-zones", json!({})).await.body;
    let offered = offered.as_array().unwrap();
    assert!(offered.contains(&json!("Europe/Berlin")) && offered.contains(&json!("UTC")));
    for zone in offered {
        assert_eq!(saved(zone.as_str().unwrap()).await.as_ref(), Some(zone));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_comes_back_to_the_form_with_the_address_and_without_the_password() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let browser = plain(&app).header("referer", "http://train.test/sign-in?next=/history");
    let answer = browser
        .form("/api/fn/sign-in", "email=ann%40example.com&password=hunter2-hunter2&next=%2Fhistory")
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/sign-in?next=/history"),
        "{}",
        answer.text
    );
    assert!(!answer.header("location").contains("err"), "nothing of it in the address");

    let page = browser.get("/sign-in?next=/history").await;
    assert_eq!(page.status, 200);
    let flash = &boot(&page.text)["flash"];
    assert_eq!(flash["error"]["error"], "Incorrect e-mail or password.");
    assert_eq!(flash["error"]["code"], "wrong_credentials");
    assert_eq!(flash["values"], json!({"email": "ann@example.com"}));
    assert!(!page.text.contains("hunter2"));
    assert_eq!(browser.cookie("train_flash"), None, "shown once");
    assert!(boot(&browser.get("/sign-in").await.text)["flash"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_up_keeps_what_was_typed() {
    let app = App::new().await;
    let browser = plain(&app);
    let answer = browser
        .form("/api/fn/sign-up", "email=ann%40example.com&display_name=Ann&password=short")
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sign-up"));
    let flash = boot(&browser.get("/sign-up").await.text)["flash"].clone();
    assert_eq!(flash["values"], json!({"email": "ann@example.com", "display_name": "Ann"}));
    assert_eq!(flash["error"]["fields"][0]["path"], "password");
    // A form without its fields, as only a program sends it.
    let answer = browser.form("/api/fn/sign-in", "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/sign-in"),
        "{}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_never_leads_to_another_site() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    for next in
        ["%2F%2Fevil.test", "https%3A%2F%2Fevil.test", "%2F%5Cevil.test", "javascript%3Aalert(1)"]
    {
        let browser = plain(&app).header("referer", "http://evil.test/x");
        let form =
            format!("email=ann%40example.com&password={}&next={next}", PASSWORD.replace(' ', "+"));
        assert_eq!(browser.form("/api/fn/sign-in", &form).await.header("location"), "/");
        let wrong = format!("email=ann%40example.com&password=wrong&next={next}");
        assert_eq!(browser.form("/api/fn/sign-in", &wrong).await.header("location"), "/sign-in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_the_status_and_the_shape() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let script = app.browser().header("accept", "application/json");
    let answer = script.form("/api/fn/sign-in", "email=ann%40example.com&password=wrong").await;
    answer.assert_failure(401, "wrong_credentials");
    script
        .form("/api/fn/sign-in", "email=ann&password=wrong")
        .await
        .assert_failure(400, "validation_failed");
    script.form("/api/fn/sign-in", "mail=ann").await.assert_failure(400, "malformed");
    let answer = script
        .form("/api/fn/sign-in", "email=ann%40example.com&password=a+quiet+green+meadow")
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(script.cookie("train_session").is_some());
}
