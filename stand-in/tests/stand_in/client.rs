//! A client that sees everything: one request, one connection, byte by byte.

use claude_stand_in::StandIn;
use serde_json::{Value, json};
use std::{collections::HashMap, io};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub const BATCHES: &str = "/v1/messages/batches";
pub const KEY: &str = "sk-ant-one";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    /// The body came to its end.
    pub whole: bool,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    /// The message of a refusal.
    pub fn why(&self) -> String {
        self.json()["error"]["message"].as_str().expect("a message").to_owned()
    }

    /// The lines of results that are whole.
    pub fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
        whole.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

/// As somebody with a key, or with `Bearer ` and a key. Fails when no answer came.
pub async fn ask_as(
    key: &str,
    claude: &StandIn,
    method: &str,
    path: &str,
    body: &[u8],
) -> io::Result<Answer> {
    let url = claude.url();
    let address = url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await?;
    let sent_as = if key.starts_with("Bearer ") { "authorization" } else { "x-api-key" };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{sent_as}: {key}\r\n\
         anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await?;
    connection.write_all(body).await?;
    let mut received = Vec::new();
    // A connection that is reset had perhaps something to say before.
    let _ = connection.read_to_end(&mut received).await;
    read(&received).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn read(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(received[..end].to_vec()).expect("text");
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let rest = &received[end + 4..];
    let (body, whole) = match headers.get("content-length") {
        Some(length) => (rest.to_vec(), length.parse() == Ok(rest.len())),
        None => unchunked(rest),
    };
    Some(Answer { status, headers, body, whole })
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        rest = &rest[end + 2..];
        if size == 0 {
            return (body, true);
        }
        body.extend(&rest[..size.min(rest.len())]);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    (body, false)
}

pub async fn ask(claude: &StandIn, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    ask_as(KEY, claude, method, path, body.as_bytes()).await.expect("an answer")
}

pub async fn get(claude: &StandIn, path: &str) -> Answer {
    ask(claude, "GET", path, &Value::Null).await
}

pub async fn post(claude: &StandIn, path: &str, body: &Value) -> Answer {
    ask(claude, "POST", path, body).await
}

pub async fn started() -> StandIn {
    StandIn::start().await.expect("a port is free")
}

/// A request for a message.
pub fn message() -> Value {
    json!({
        "model": "claude-sonnet-4-6", "max_tokens": 1000,
        "messages": [{ "role": "user", "content": "Write about saving money." }],
    })
}

/// The same with other fields.
pub fn with(more: &Value) -> Value {
    let mut message = message();
    for (name, value) in more.as_object().expect("fields") {
        message[name] = value.clone();
    }
    message
}

/// So many requests `b-0`, `b-1`, …
pub fn requests(count: usize) -> Value {
    let requests: Vec<Value> = (0..count)
        .map(|number| json!({ "custom_id": format!("b-{number}"), "params": message() }))
        .collect();
    json!({ "requests": requests })
}

/// The id of a batch that was made of these.
pub async fn made(claude: &StandIn, requests: &Value) -> String {
    let answer = post(claude, BATCHES, requests).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["id"].as_str().expect("an id").to_owned()
}

pub async fn results(claude: &StandIn, id: &str) -> Answer {
    get(claude, &format!("{BATCHES}/{id}/results")).await
}

/// The custom ids of results, sorted.
pub fn ids(lines: &[Value]) -> Vec<String> {
    let id = |line: &Value| line["custom_id"].as_str().expect("an id").to_owned();
    let mut ids: Vec<String> = lines.iter().map(id).collect();
    ids.sort();
    ids
}
