//! Pages: who sees which, and what surrounds them.

use super::{
    app::{App, MASTER_KEY, generous},
    post_office::PostOffice,
};
use axum::{Router, body::Body};
use http::Method;
use leptos::config::LeptosOptions;
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use tokio::{runtime::Handle, task::block_in_place, time::timeout};
use train::server::{
    config::Config,
    http::{router::router, state::AppState},
    vault::{KeySource, Keyring, MasterKey, Vault},
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn strangers_sign_in_first_and_come_back() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    for (path, place) in [
        ("/settings/display?a=b", "/sign-in?next=/settings/display%3Fa%3Db"),
        ("/history", "/sign-in?next=/history"),
        ("/", "/sign-in"),
    ] {
        let answer = app.browser().get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, place));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(app.browser().get("/sign-in").await.status, 200);
    assert_eq!(app.browser().get("/sign-up").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_also_while_another_server_of_the_process_begins() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let begins = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            while begins.load(Ordering::Relaxed) {
                drop(router(app.state.clone()));
            }
        });
        let pages = async {
            for _ in 0..20 {
                assert_eq!(ann.get("/ai/costs").await.status, 200);
            }
        };
        // Not a measure of speed: without an end there is no failure either.
        let ended = block_in_place(|| Handle::current().block_on(timeout(MINUTE, pages)));
        begins.store(false, Ordering::Relaxed);
        ended.expect("every page has an end");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_has_an_account_the_first_one_is_made_at_once() {
    let app = App::new().await;
    for (path, place) in [("/", "/sign-up"), ("/history", "/sign-up?next=/history")] {
        let answer = app.browser().get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, place));
    }
    assert_eq!(app.browser().get("/sign-in").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_signed_in_go_on() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    assert_eq!(ann.get("/settings/display").await.status, 200);
    for (path, place) in [
        ("/sign-in", "/"),
        ("/sign-up", "/"),
        ("/sign-in?next=/history", "/history"),
        ("/sign-in?next=//evil.test", "/"),
    ] {
        let answer = ann.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, place), "{path}");
    }
    let first = ann.get("/").await;
    assert_eq!(first.status, 200);
    assert!(first.text.contains("First steps"), "{}", first.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_knows_who_looks_and_tells_no_secret() {
    let app = App::new().await;
    let first = app.browser().get("/sign-up").await;
    assert!(first.text.contains("\"firstAccount\":true"), "{}", first.text);
    let ann = app.signed_up("Ann").await;
    let page = ann.get("/settings/display").await;
    assert!(page.text.contains("ann@example.com"));
    assert!(!page.text.contains(&ann.cookie("train_session").unwrap()));
    assert!(!page.text.contains("argon2id"));
    assert!(app.browser().get("/sign-up").await.text.contains("\"firstAccount\":false"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_server_sends_mail_is_told_also_to_who_forgot_a_password() {
    let office = PostOffice::open();
    let app = App::configured(Config { mail: Some(office.settings()), ..Config::default() }).await;
    let ann = app.signed_up("Ann").await;
    let page = ann.get("/settings/notifications").await.text;
    assert!(page.contains("\"sendsMail\":true"), "{page}");
    let page = app.browser().get("/sign-in").await.text;
    assert!(page.contains("\"sendsMail\":true"), "{page}");
    let page = App::new().await.browser().get("/sign-in").await.text;
    assert!(page.contains("\"sendsMail\":false"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_nothing_reads_yet_says_so() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for (section, pending) in
        [("display", 0), ("notifications", 0), ("filters", 0), ("export", 0), ("shortcuts", 1)]
    {
        let page = ann.get(&format!("/settings/{section}")).await.text;
        let said = page.matches("No effect yet").count();
        assert_eq!(said, pending, "{section}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_its_language_and_what_is_none() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for client in [&app.browser(), &ann] {
        for path in ["/sign-in", "/settings/display", "/nothing-here"] {
            let page = client.get(path).await.text;
            assert!(page.is_empty() || page.contains("<html lang=\"en\""), "{path}: {page}");
        }
    }
    let page = ann.get("/settings/display").await.text;
    for kept in ["<small translate=\"no\">ann@example.com", "translate=\"no\">Train<"] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    // Extensions add theirs to the body.
    assert!(page.contains("<body><div id=\"app\">"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_does_not_exist_is_404_for_everybody() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for client in [&app.browser(), &ann] {
        let answer = client.get("/nothing-here").await;
        assert_eq!(answer.status, 404);
        assert!(answer.header("content-type").starts_with("text/html"), "{:?}", answer.headers);
        assert!(answer.text.contains("<html"));
    }
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/pkg/..%2f..%2fCargo.toml"] {
        let answer = app.browser().get(path).await;
        assert!(
            !answer.text.contains("[package]") && answer.status != 200,
            "{path}: {}",
            answer.status
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_nearly_one_of_a_page_leads_there() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for client in [&app.browser(), &ann] {
        for (path, status, place) in [
            ("/settings/display/?a=%2Fb", 308, "/settings/display?a=%2Fb"),
            ("/history/", 308, "/history"),
            ("/sign-in/", 308, "/sign-in"),
            ("/settings?search=gzip", 307, "/settings/display?search=gzip"),
            ("/settings/nonsense", 307, "/settings/display"),
            ("/ai", 307, "/ai/model"),
            ("/database", 307, "/database/overview"),
            ("/organization/nonsense", 307, "/organization/members"),
        ] {
            let answer = client.get(path).await;
            assert_eq!((answer.status.as_u16(), answer.header("location")), (status, place));
        }
        for path in ["/nothing/", "//history/", "/ai/model/x", "//"] {
            assert_eq!(client.get(path).await.status, 404, "{path}");
        }
    }
}

/// The same application with a folder of files, which the others do not have: only then a name
/// reaches the file system.
fn with_files(app: &App, folder: &Path) -> Router {
    let options =
        LeptosOptions::builder().output_name("train").site_root(folder.to_str().unwrap()).build();
    let keys = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap(), Vec::new());
    let database = app.database.database.clone();
    let vault = Vault::open(database.clone(), KeySource::Environment(keys)).unwrap();
    router(AppState::new(Config::default(), database, vault, options, generous()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_file_can_have_is_404_as_any_other() {
    let app = App::new().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pkg")).unwrap();
    std::fs::write(folder.path().join("icon.svg"), "<svg/>").unwrap();
    std::fs::write(folder.path().join("pkg/train.js"), "1").unwrap();
    let router = with_files(&app, folder.path());
    let browser = app.browser().through(&router);
    for path in ["/icon.svg", "/pkg/train.js"] {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
    let (name, packed, folders) = ("x".repeat(300), "x".repeat(254), "x/".repeat(3_000));
    for encoding in ["identity", "br, gzip"] {
        let browser = browser.again().header("accept-encoding", encoding);
        for path in [&*name, &packed, &folders, "%00", "nothing"] {
            let answer = browser.get(&format!("/{path}")).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(
                answer.header("content-type").starts_with("text/html"),
                "{path}: {:?}",
                answer.headers
            );
            browser.get(&format!("/pkg/{path}")).await.assert_failure(404, "not_found");
            for place in [format!("/{path}"), format!("/pkg/{path}")] {
                let answer = browser.send(Method::HEAD, &place, None, Body::empty()).await;
                assert_eq!(answer.status, 404, "{place}");
            }
        }
    }
    for path in ["/icon.svg", "/pkg/train.js", "/pkg/nothing", "/nothing"] {
        browser
            .send(Method::POST, path, None, Body::empty())
            .await
            .assert_failure(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_packed_for_whoever_takes_it_and_answers_for_programs_are_not() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let plain = ann.get("/settings/display").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.header("vary").contains("accept-encoding"), "{:?}", plain.headers);
    let ann = ann.header("accept-encoding", "gzip, br");
    for path in ["/settings/display", "/no/such/page"] {
        assert_eq!(ann.get(path).await.header("content-encoding"), "br", "{path}");
    }
    assert_eq!(ann.get("/api/user-preferences").await.header("content-encoding"), "");
    // The same for everybody, and long.
    let packed = ann.post("/api/fn/time-zones", serde_json::json!({})).await;
    assert_eq!(packed.header("content-encoding"), "br");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_without_its_code_and_knows_what_it_was_drawn_with() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    ann.patch("/api/user-preferences", serde_json::json!({"theme": "dark"})).await.assert_ok();
    let page = ann.get("/settings/display").await.text;
    assert!(!page.contains("modulepreload") && !page.contains(r#"rel="preload""#), "{page}");
    let (_, told) = page.rsplit_once("}))({").unwrap();
    let told: serde_json::Value =
        serde_json::from_str(&format!("{{{}}}", told.split_once("})<").unwrap().0)).unwrap();
    assert_eq!(told["script"], "/pkg/train.js");
    assert_eq!(told["version"], ann.get("/api/user-preferences").await.body["version"]);
    assert_eq!(told["lock"], format!("train.live.{}", told["user"].as_str().unwrap()));
    assert!(
        told["events"].as_array().unwrap().iter().any(|event| event == "preferences-changed"),
        "{told}"
    );

    let page = app.browser().get("/sign-in").await.text;
    assert!(page.contains(r#""user":null"#), "nothing to listen to");
}
