//! Clients that are slow, or many, over real connections.

use super::app::{App, sign_in};
use axum::{Router, body::Body, routing::get};
use futures::stream;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use train::server::{
    foundation::shutdown::Shutdown,
    http::{
        listener::{self, Bounds},
        router::router,
    },
};

/// Time enough for whatever no test waits for.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(150);

fn patient() -> Bounds {
    Bounds { connections: 100, head: LONG, body: LONG, idle: LONG, stalled: LONG }
}

struct Server {
    address: SocketAddr,
    shutdown: Shutdown,
    served: JoinHandle<()>,
}

impl Server {
    async fn of(router: Router, bounds: Bounds) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::default());
        let served = tokio::spawn(listener::serve(listener, router, bounds, shutdown.clone()));
        Self { address, shutdown, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.replace('\n', "\r\n").as_bytes()).await.unwrap();
        stream
    }
}

/// Everything until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // One that was reset has ended too.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

/// What comes until it holds `wanted`.
async fn until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.unwrap();
        assert_ne!(read, 0, "it ended before “{wanted}”: {text}");
        text.push_str(std::str::from_utf8(&some[..read]).unwrap());
    }
    text
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\nHost: train.test\n\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_3_a_body_that_comes_too_slowly_is_answered_408() {
    let app = App::new().await;
    let server = Server::of(router(app.state.clone()), Bounds { body: SHORT, ..patient() }).await;
    for path in ["/api/auth/sign-in", "/api/fn/sign-in"] {
        let head = format!(
            "POST {path} HTTP/1.1\nHost: train.test\n\
                Content-Type: application/json\nContent-Length: 100\n\n{{"
        );
        let answer = rest(&mut server.send(&head).await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(
            answer.contains("connection: close") && answer.contains("\"code\":\"request_timeout\""),
            "{answer}"
        );
        assert!(
            answer.contains("\"requestId\":\"") && !answer.contains("\"requestId\":\"\""),
            "{answer}"
        );
    }
    // One that comes in time is not concerned.
    let body = sign_in("Nobody").to_string();
    let request = format!(
        "POST /api/auth/sign-in HTTP/1.1\nHost: train.test\n\
            Content-Type: application/json\nContent-Length: {}\nConnection: close\n\n{body}",
        body.len()
    );
    let answer = rest(&mut server.send(&request).await).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_3_a_head_that_does_not_come_and_an_idle_connection_are_closed() {
    let app = App::new().await;
    let bounds = Bounds { head: SHORT, ..patient() };
    let server = Server::of(router(app.state.clone()), bounds).await;
    assert_eq!(rest(&mut server.connect().await).await, "", "it said nothing");
    assert_eq!(rest(&mut server.send("GET /healthz HTTP/1.1\nHost: tr").await).await, "");
    // The beginning of a second request has to be followed by its end, too.
    let mut stream = server.send(&get_request("/healthz")).await;
    assert!(until(&mut stream, "\"success\":true").await.starts_with("HTTP/1.1 200"));
    stream.write_all(b"GET /hea").await.unwrap();
    assert_eq!(rest(&mut stream).await, "");

    let bounds = Bounds { idle: SHORT, ..patient() };
    let server = Server::of(router(app.state.clone()), bounds).await;
    let mut stream = server.send(&get_request("/healthz")).await;
    assert!(rest(&mut stream).await.ends_with("{\"success\":true}"), "answered, and closed later");
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_3_streams_of_events_live_on() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let bounds = Bounds { head: SHORT, body: SHORT, idle: SHORT, stalled: SHORT, ..patient() };
    let server = Server::of(router(app.state.clone()), bounds).await;
    let cookie = ann.cookie_pair("train_session").unwrap();
    let request = format!("GET /api/events HTTP/1.1\nHost: train.test\nCookie: {cookie}\n\n");
    let mut events = server.send(&request).await;
    until(&mut events, "\"version\":1").await;
    // Others that are idle end meanwhile.
    for _ in 0..2 {
        rest(&mut server.send(&get_request("/healthz")).await).await;
    }
    let body = serde_json::json!({"theme": "dark"});
    ann.patch("/api/user-preferences", body).await.assert_ok();
    until(&mut events, "\"version\":2").await;
    server.shutdown.cancel();
    app.state.shutdown.cancel();
    rest(&mut events).await;
    server.served.await.unwrap();
}

/// Answers whole at `/`, without end at `/endless`; tells when the latter is given up.
fn endless() -> (Router, oneshot::Receiver<()>) {
    let (given_up, gone) = oneshot::channel::<()>();
    let given_up = std::sync::Arc::new(std::sync::Mutex::new(Some(given_up)));
    let answer = move || {
        let guard = given_up.lock().unwrap().take();
        let piece = move |()| {
            let _held = &guard;
            Ok::<_, std::io::Error>(vec![b'x'; 65536])
        };
        let pieces = futures::StreamExt::map(stream::repeat(()), piece);
        std::future::ready(Body::from_stream(pieces))
    };
    (Router::new().route("/", get(|| async { "whole" })).route("/endless", get(answer)), gone)
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_3_a_client_that_takes_nothing_is_given_up() {
    let (router, gone) = endless();
    let server = Server::of(router, Bounds { stalled: SHORT, ..patient() }).await;
    let _stream = server.send(&get_request("/endless")).await;
    assert!(gone.await.is_err(), "the answer is dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_3_connections_that_wait_make_room_and_busy_ones_are_counted() {
    let (router, _gone) = endless();
    let server = Server::of(router, Bounds { connections: 2, ..patient() }).await;
    let mut busy = server.send(&get_request("/endless")).await;
    until(&mut busy, "HTTP/1.1 200").await;
    // One after the other: each ends the one before, which said only half of what it wanted.
    let mut waiting = server.send("GET / HT").await;
    for _ in 0..5 {
        let next = server.send("GET / HT").await;
        assert_eq!(rest(&mut waiting).await, "");
        waiting = next;
    }
    let mut second = server.send(&get_request("/endless")).await;
    until(&mut second, "HTTP/1.1 200").await;
    assert_eq!(rest(&mut waiting).await, "");
    let refused = rest(&mut server.send(&get_request("/")).await).await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(
        refused.contains("retry-after: 2") && refused.contains("too_many_connections"),
        "{refused}"
    );
    drop(second);
    loop {
        let answer =
            rest(&mut server.send("GET / HTTP/1.1\nHost: a\nConnection: close\n\n").await).await;
        if answer.ends_with("whole") {
            break;
        }
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_waits_for_answers_and_not_for_idle_connections() {
    let app = App::new().await;
    let server = Server::of(router(app.state.clone()), patient()).await;
    let mut idle = server.send(&get_request("/healthz")).await;
    until(&mut idle, "\"success\":true").await;
    let mut half = server.send("GET / HT").await;
    server.shutdown.cancel();
    server.served.await.unwrap();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut half).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
}
