//! Browsers share the cookies of a host between its ports: installations beside each other do not
//! meet in them.

use super::app::{App, sign_up};
use axum::body::Body;
use http::Method;

#[tokio::test(flavor = "multi_thread")]
async fn two_installations_on_one_host_leave_each_others_cookies_alone() {
    let (one, other) = (App::new().await, App::new().await);
    let ann = one.signed_up("Ann").await;
    let ben = other.browser();

    // Opening the other one, whose cookie is not there yet.
    ben.sharing(ann.jar());
    assert_eq!(ben.get("/sign-in").await.status, 200);
    ben.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    assert_eq!(ben.jar(), ann.jar(), "what belongs to another installation stays");

    // Signed in at both, each is who they are there.
    ben.post("/api/auth/sign-up", sign_up("Ben")).await.assert_ok();
    ann.sharing(ben.jar());
    assert_eq!(ann.get("/api/auth/me").await.body["user"]["displayName"], "Ann");
    assert_eq!(ben.get("/api/auth/me").await.body["user"]["displayName"], "Ben");

    // A form that was refused there is not shown here.
    ben.set_cookie("train_flash", "00");
    ann.sharing(ben.jar());
    ann.get("/settings/display").await;
    assert_eq!(ann.jar(), ben.jar());

    // Signing out of the one.
    ben.send(Method::POST, "/api/auth/sign-out", None, Body::empty()).await.assert_ok();
    assert_eq!(ben.cookie("train_session"), None);
    ann.sharing(ben.jar());
    assert_eq!(ann.get("/api/auth/me").await.body["user"]["displayName"], "Ann");

    // All servers of one installation know its cookies, on whatever port.
    let second = one.second_server().await;
    ann.through(&second).get("/api/auth/me").await.assert_ok();
}
