//! The application under test, and a client that keeps its cookies as a browser does.

use crate::{described, support::TestDatabase};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr, sync::Mutex};
use tower::ServiceExt;
use train::server::{
    accounts::{Limit, Limits},
    config::Config,
    http::{router::router, state::AppState},
    postgres::Database,
    vault::{KeySource, Keyring, MasterKey, Vault},
};

pub const PASSWORD: &str = "a quiet green meadow";
/// The master key of every server in the tests: servers of one database share it.
pub const MASTER_KEY: &str = "mT4vZcW1r0Jq8sXb2YkLh7NfPd6GtUa3eRiOo9wK5xE=";

pub struct App {
    pub database: TestDatabase,
    pub state: AppState,
    router: Router,
    /// What the names of this installation's cookies end in.
    installation: String,
}

impl App {
    pub async fn new() -> Self {
        Self::with(Config::default(), generous()).await
    }

    pub async fn configured(config: Config) -> Self {
        Self::with(config, generous()).await
    }

    pub async fn with(config: Config, limits: Limits) -> Self {
        Self::on(TestDatabase::new().await, config, limits).await
    }

    pub async fn on(database: TestDatabase, config: Config, limits: Limits) -> Self {
        let state = state(config, database.database.clone(), limits);
        state.cookies.learn().await.unwrap();
        let name = state.cookies.device_name().unwrap();
        let installation = name.strip_prefix("train_device").unwrap().to_owned();
        Self { router: router(state.clone()), state, database, installation }
    }

    /// Another server process's router: the same configuration and database, with connections and
    /// memory of its own.
    pub async fn second_server(&self) -> Router {
        router(self.second_state().await)
    }

    /// What is below the router of another server process.
    pub async fn second_state(&self) -> AppState {
        state((*self.state.config).clone(), self.database.second_server().await, generous())
    }

    /// Another server process's router that takes its master key from elsewhere.
    pub async fn with_vault(&self, source: KeySource) -> Router {
        let database = self.database.second_server().await;
        let vault = Vault::open(database.clone(), source).unwrap();
        router(state_with((*self.state.config).clone(), database, vault, generous()))
    }

    /// The same with so few connections that whoever holds one and waits for another waits in vain.
    pub async fn narrow_server(&self, connections: u32) -> Router {
        let database = Database::connect(self.database.options(), connections).await;
        let database = database.expect("another server can connect");
        router(state((*self.state.config).clone(), database, generous()))
    }

    /// A browser without cookies, on a page of ours.
    pub fn browser(&self) -> Client<'_> {
        let headers = vec![
            ("host".into(), "train.test".into()),
            ("origin".into(), "http://train.test".into()),
        ];
        let address = "192.0.2.1:50000".parse().unwrap();
        let installation = self.installation.clone();
        Client { router: &self.router, cookies: Mutex::default(), headers, address, installation }
    }

    /// A program without cookies.
    pub fn program(&self) -> Client<'_> {
        Client { headers: vec![("host".into(), "train.test".into())], ..self.browser() }
    }

    /// A program with an API token.
    pub fn with_token(&self, secret: &str) -> Client<'_> {
        self.program().header("authorization", &format!("Bearer {secret}"))
    }

    /// A browser in which somebody has just made an account.
    pub async fn signed_up(&self, name: &str) -> Client<'_> {
        let browser = self.browser();
        let answer = browser.post("/api/auth/sign-up", sign_up(name)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        browser
    }
}

fn state(config: Config, database: Database, limits: Limits) -> AppState {
    let keys = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap(), Vec::new());
    let vault = Vault::open(database.clone(), KeySource::Environment(keys)).unwrap();
    state_with(config, database, vault, limits)
}

fn state_with(config: Config, database: Database, vault: Vault, limits: Limits) -> AppState {
    let options = leptos::config::LeptosOptions::builder()
        .output_name("train")
        .site_root("target/no-site")
        .build();
    AppState::new(config, database, vault, options, limits)
}

/// Limits that no test meets by accident.
pub fn generous() -> Limits {
    let limit = Limit { burst: 1000, every_seconds: 1 };
    Limits {
        sign_in_per_address: limit,
        sign_in_per_account: limit,
        second_steps_per_account: limit,
        sign_up_per_address: limit,
        invitations_per_organization: limit,
        invitations_per_recipient: limit,
        invitations_per_address: limit,
        notified_changes: limit,
        links_per_asker: limit,
        links_per_recipient: limit,
    }
}

/// Invites an address into the organization that `owner` manages; answers the invitation's id.
pub async fn invite(owner: &Client<'_>, address: &str, role: &str) -> String {
    let list = owner.get("/api/organizations").await;
    let id = list.body["organizations"][0]["id"].as_str().expect("they have an organization");
    let invitations = format!("/api/organizations/{id}/invitations");
    let made = owner.post(&invitations, json!({"email": address, "role": role})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.body["invitation"]["id"].as_str().expect("it has an id").to_owned()
}

/// Makes somebody with an account a member of the organization that `owner` manages: invites them,
/// and they accept.
pub async fn join(owner: &Client<'_>, person: &Client<'_>, role: &str) {
    let me = person.get("/api/auth/me").await;
    let address = me.body["user"]["email"].as_str().expect("they are signed in");
    let id = invite(owner, address, role).await;
    person.post(&format!("/api/invitations/{id}/accept"), json!({})).await.assert_ok();
}

pub fn email(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase())
}

pub fn sign_up(name: &str) -> Value {
    json!({"email": email(name), "password": PASSWORD, "displayName": name})
}

pub fn sign_in(name: &str) -> Value {
    json!({"email": email(name), "password": PASSWORD})
}

pub struct Client<'a> {
    router: &'a Router,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Vec<(String, String)>,
    address: SocketAddr,
    installation: String,
}

impl<'a> Client<'a> {
    /// With one more header, or another value for it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn from(mut self, address: &str) -> Self {
        self.address = format!("{address}:50000").parse().unwrap();
        self
    }

    /// The same person, with the same cookies, at another server.
    pub fn through<'b>(&self, router: &'b Router) -> Client<'b> {
        let cookies = Mutex::new(self.cookies.lock().unwrap().clone());
        let (headers, address) = (self.headers.clone(), self.address);
        Client { router, cookies, headers, address, installation: self.installation.clone() }
    }

    /// A second window of the same person at the same server.
    pub fn again(&self) -> Self {
        self.through(self.router)
    }

    /// A cookie of this installation, by its name without what the installation adds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(&self.cookie_name(name)).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(self.cookie_name(name), value.into());
    }

    /// As it is sent: `name=value`.
    pub fn cookie_pair(&self, name: &str) -> Option<String> {
        self.cookie(name).map(|value| format!("{}={value}", self.cookie_name(name)))
    }

    fn cookie_name(&self, name: &str) -> String {
        format!("{name}{}", self.installation)
    }

    /// Every cookie by its whole name, as a browser keeps them for one host.
    pub fn jar(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    /// With the cookies of another installation on the same host.
    pub fn sharing(&self, jar: BTreeMap<String, String>) {
        *self.cookies.lock().unwrap() = jar;
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Body::empty()).await
    }

    pub async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        let text = Body::from(body.to_string());
        let answer = self.send(method.clone(), path, Some("application/json"), text).await;
        if answer.status.is_success() {
            described::hold_request(&method, path, &body);
        }
        answer
    }

    /// As a browser sends a form without JavaScript.
    pub async fn form(&self, path: &str, body: &str) -> Answer {
        self.send(
            Method::POST,
            path,
            Some("application/x-www-form-urlencoded"),
            Body::from(body.to_owned()),
        )
        .await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Body,
    ) -> Answer {
        let response = self.open(method.clone(), path, content_type, body).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap().to_vec();
        // What is packed is no text.
        let text = if parts.headers.contains_key(header::CONTENT_ENCODING) {
            String::new()
        } else {
            String::from_utf8(bytes).unwrap()
        };
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        described::hold_body(&method, path, parts.status, &body);
        Answer { status: parts.status, headers: parts.headers, text, body }
    }

    /// The answer with its body still to be read.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Body,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(kind) = content_type {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.keep_cookies(response.headers());
        described::hold_head(&method, path, response.status(), response.headers());
        response
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for value in headers.get_all(header::SET_COOKIE) {
            let value = value.to_str().unwrap();
            let (name, rest) = value.split_once('=').unwrap();
            let content = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), content.into());
            }
        }
    }
}

/// One save by cookie (`name=value`) on any router, for tests with several servers.
pub async fn raw_patch(router: &Router, path: &str, cookie: &str, body: Value) -> u16 {
    let request = Request::patch(path)
        .header(header::COOKIE, cookie)
        .header(header::HOST, "train.test")
        .header(header::ORIGIN, "http://train.test")
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo("192.0.2.1:50000".parse::<SocketAddr>().unwrap()))
        .body(Body::from(body.to_string()))
        .unwrap();
    router.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// `null` when the answer is no JSON.
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The paths of the fields that are wrong.
    pub fn paths(&self) -> Vec<&str> {
        let fields = self.body["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        fields.iter().filter_map(|field| field["path"].as_str()).collect()
    }

    /// That it is a failure in the one shape, with this status and code.
    #[track_caller]
    pub fn assert_failure(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.body["success"], false, "{}", self.text);
        assert_eq!(self.body["code"], code, "{}", self.text);
        let sentence = self.body["error"].as_str().unwrap();
        assert!(sentence.ends_with('.') && sentence.len() > 15, "not a sentence: {sentence}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.body["requestId"], self.header("x-request-id"), "{}", self.text);
        assert_eq!(self.header("x-request-id").len(), 32);
    }

    #[track_caller]
    pub fn assert_ok(&self) {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        assert_eq!(self.body["success"], true, "{}", self.text);
    }
}
