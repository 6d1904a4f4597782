//! The results of a batch, a line each, and what can go wrong with them.

use super::{BatchOutcome, Ended, Item};
use crate::{Shared, message::Said, parse, steps::streamed};
use axum::{body::Body, http::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{io, sync::Arc, thread, time::Duration};
use tokio::sync::mpsc;

/// The text of an answer that is no JSON.
pub const BROKEN: &str = "{\"title\": \"A conversation\", \"turns\": [";
/// Lines are sent in pieces of about so many bytes.
const PIECE: usize = 16 * 1024;

/// What goes wrong with the results of a batch when they are asked for. Each may be there by
/// itself; “every so-manieth” counts the lines as they are sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResultFaults {
    /// The connection breaks after so many lines.
    pub cut_after_lines: Option<usize>,
    /// The connection breaks after so many bytes.
    pub cut_after_bytes: Option<usize>,
    /// Every so-manieth line is there twice.
    pub repeat_every: Option<usize>,
    /// Every so-manieth line is followed by one with a `custom_id` that nobody sent: `foreign-1`.
    pub foreign_every: Option<usize>,
    /// Every so-manieth line is followed by half a line.
    pub malformed_every: Option<usize>,
    /// Every so-manieth line is not there.
    pub missing_every: Option<usize>,
    /// After the first line there is one of this many bytes, with a foreign `custom_id`.
    pub long_line_bytes: Option<usize>,
    /// Milliseconds before each line.
    pub line_ms: u64,
}

fn is_due(every: Option<usize>, count: usize) -> bool {
    every.is_some_and(|every| count.is_multiple_of(every.max(1)))
}

/// Every line in an order that is not that of the requests, but always the same.
pub fn stream(
    shared: &Arc<Shared>,
    items: Arc<[Item]>,
    results: Arc<[Ended]>,
    faults: ResultFaults,
) -> Response<Body> {
    let (sender, receiver) = mpsc::channel(4);
    let shared = shared.clone();
    tokio::task::spawn_blocking(move || {
        let mut out = Out { sender, piece: Vec::new(), sent: 0, faults };
        if out.all(&items, &results).is_none() {
            shared.abandon();
        }
    });
    streamed("application/x-jsonl", receiver)
}

/// Where lines go; `None` when nobody reads any more, or the connection was to break.
struct Out {
    sender: mpsc::Sender<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    /// Bytes, those that wait included.
    sent: usize,
    faults: ResultFaults,
}

impl Out {
    fn all(&mut self, items: &[Item], results: &[Ended]) -> Option<()> {
        let faults = self.faults.clone();
        let count = items.len();
        // A prime that does not divide their number leads to each of them once.
        let step = if count.is_multiple_of(7919) { 7907 } else { 7919 };
        for number in 1..=count {
            let index = number * step % count;
            if !is_due(faults.missing_every, number) {
                self.one(number, &line(&items[index], &results[index]), &faults)?;
            }
            if faults.cut_after_lines == Some(number) {
                return self.cut();
            }
        }
        self.flush()
    }

    /// One line, and what goes wrong around it.
    fn one(&mut self, number: usize, line: &str, faults: &ResultFaults) -> Option<()> {
        if faults.line_ms > 0 {
            self.flush()?;
            thread::sleep(Duration::from_millis(faults.line_ms));
        }
        self.line(line)?;
        if is_due(faults.repeat_every, number) {
            self.line(line)?;
        }
        if is_due(faults.foreign_every, number) {
            self.line(&canceled(&format!("foreign-{number}")))?;
        }
        if is_due(faults.malformed_every, number) {
            self.line(&half(line))?;
        }
        match faults.long_line_bytes.filter(|_| number == 1) {
            Some(bytes) => self.line(&canceled(&"x".repeat(bytes))),
            None => Some(()),
        }
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let room = self.faults.cut_after_bytes.map_or(usize::MAX, |most| most - self.sent);
        let bytes = [line.as_bytes(), b"\n"].concat();
        let fitting = &bytes[..bytes.len().min(room)];
        self.piece.extend(fitting);
        self.sent += fitting.len();
        if fitting.len() < bytes.len() {
            return self.cut();
        }
        if self.piece.len() >= PIECE { self.flush() } else { Some(()) }
    }

    fn flush(&mut self) -> Option<()> {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Some(());
        }
        self.sender.blocking_send(Ok(piece)).ok()
    }

    /// What was sent arrives before the connection breaks.
    fn cut(&mut self) -> Option<()> {
        self.flush()?;
        let broken = Err(io::ErrorKind::ConnectionReset.into());
        self.sender.blocking_send(broken).ok().filter(|()| false)
    }
}

fn half(line: &str) -> String {
    line.chars().take(line.chars().count() / 2).collect()
}

fn canceled(custom_id: &str) -> String {
    json!({ "custom_id": custom_id, "result": { "type": "canceled" } }).to_string()
}

fn line(item: &Item, ended: &Ended) -> String {
    let result = match &ended.outcome {
        BatchOutcome::Canceled => json!({ "type": "canceled" }),
        BatchOutcome::Expired => json!({ "type": "expired" }),
        BatchOutcome::Errored { error_type, message } => {
            let error = json!({ "type": error_type, "message": message,
                "details": { "error_visibility": "user_facing" } });
            json!({ "type": "errored",
                "error": { "type": "error", "error": error, "request_id": null } })
        }
        outcome => json!({ "type": "succeeded", "message": message(item, ended, outcome) }),
    };
    json!({ "custom_id": item.custom_id, "result": result }).to_string()
}

fn message(item: &Item, ended: &Ended, outcome: &BatchOutcome) -> Value {
    let request = parse(item.params.get().as_bytes());
    let model = item.measured.as_ref().ok().map(|measured| &*measured.model);
    let mut said = Said::usual(&request, model);
    match outcome {
        BatchOutcome::CutOff => {
            let half = said.text.chars().count().div_ceil(4).div_ceil(2) * 4;
            said.text = said.text.chars().take(half).collect();
            "max_tokens".clone_into(&mut said.stop_reason);
        }
        BatchOutcome::Malformed => BROKEN.clone_into(&mut said.text),
        _ => {}
    }
    let id = format!("msg_{}", item.custom_id);
    let mut message = said.in_one_piece(&id, &request, &ended.bill.usage, "batch");
    if *outcome == BatchOutcome::Refusal {
        message["content"] = json!([]);
        message["stop_reason"] = "refusal".into();
        message["stop_details"] =
            json!({ "type": "refusal", "category": null, "explanation": null });
    }
    message
}
