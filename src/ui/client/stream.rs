//! An answer that arrives piece by piece: server-sent events over `fetch`, because `EventSource`
//! can neither post nor be refused with a reason.

use super::rest::{Call, Request, read, unreadable};
use crate::{
    api::{error::ApiError, events::ServerSent, operation::Operation},
    domain::{error_code::ErrorCode, json},
};
use js_sys::{Reflect, Uint8Array};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestInit, Response};

/// What is kept of an event that does not end; ours are far smaller.
const LARGEST_EVENT: usize = 8 * 1024 * 1024;

/// Makes a call and receives every event of its answer, until `on_event` says that it was the last
/// one (`true`). An answer in one piece is returned as it came. `signal` ends it at any time.
///
/// # Errors
/// What the server refused with; that it cannot be reached; that what it sent cannot be read
/// ([`unreadable`]); or that the answer broke off before its last event.
pub async fn receive<O: Operation, E: ServerSent>(
    call: Call<O>,
    signal: &AbortSignal,
    mut on_event: impl FnMut(E) -> bool,
) -> Result<Option<Value>, ApiError> {
    let mut handle = |name: &str, data: Value| match E::read(name, data) {
        Some(Ok(event)) => Ok(on_event(event)),
        Some(Err(_)) => Err(unreadable()),
        None => Ok(false),
    };
    pieces(call.into_request(), signal, &mut handle).await
}

/// As [`receive`], of any operation: events by name and data, and an answer in one piece as it
/// came.
async fn pieces(
    call: Request,
    signal: &AbortSignal,
    on_event: &mut dyn FnMut(&str, Value) -> Result<bool, ApiError>,
) -> Result<Option<Value>, ApiError> {
    let init = RequestInit::new();
    init.set_signal(Some(signal));
    let response = call
        .checked()?
        .fetch(&init, "text/event-stream")
        .await
        .map_err(|_| ApiError::unreachable())?;
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    if !response.ok() || !kind.starts_with("text/event-stream") {
        return read(&response).await.map(Some);
    }
    let reader = reader(&response).ok_or_else(ApiError::unreachable)?;
    let mut events = Events::default();
    while let Some(bytes) = next(&reader).await.map_err(|_| broken_off())? {
        for (name, data) in events.push(&bytes) {
            let value = json::parse(data.as_bytes()).map_err(|_| unreadable())?;
            if on_event(&name, value)? {
                return Ok(None);
            }
        }
    }
    Err(broken_off())
}

fn broken_off() -> ApiError {
    ApiError::new(
        ErrorCode::BrokenOff,
        "The connection to the server broke off before the answer was complete. What came until \
            then is billed.",
    )
}

fn reader(response: &Response) -> Option<ReadableStreamDefaultReader> {
    response.body()?.get_reader().dyn_into().ok()
}

/// The next bytes; `None` at the end.
async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Vec<u8>>, JsValue> {
    let part = JsFuture::from(reader.read()).await?;
    if Reflect::get(&part, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let bytes: Uint8Array = Reflect::get(&part, &"value".into())?.dyn_into()?;
    Ok(Some(bytes.to_vec()))
}

/// Events out of bytes that are cut anywhere. Reads what our server writes: `event:`, `data:`,
/// comments; lines end in `\n`.
#[derive(Default)]
struct Events {
    pending: Vec<u8>,
}

impl Events {
    /// Takes the next bytes, and answers the events (name, data) that are complete with them.
    fn push(&mut self, bytes: &[u8]) -> Vec<(String, String)> {
        self.pending.extend_from_slice(bytes);
        let mut complete = Vec::new();
        while let Some(end) = self.pending.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.pending.drain(..end + 2).collect();
            complete.extend(event(&String::from_utf8_lossy(&block)));
        }
        if self.pending.len() > LARGEST_EVENT {
            self.pending.clear();
        }
        complete
    }
}

/// The event of a block of lines; `None` for one without data, such as a comment that keeps the
/// connection open.
fn event(block: &str) -> Option<(String, String)> {
    let (mut name, mut data) = (String::new(), None::<String>);
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            _ => {}
        }
    }
    data.map(|data| (name, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_arrive_whole_wherever_the_bytes_are_cut() {
        let text = ": hello\n\nevent: delta\ndata: {\"text\":\"é😀\"}\n\nid: 7\ndata:a\ndata: \
            b\n\nevent: done\n\nevent: late\ndata: x";
        let expected = [("delta", "{\"text\":\"é😀\"}"), ("", "a\nb")];
        for size in 1..text.len() {
            let mut reader = Events::default();
            let found: Vec<_> =
                text.as_bytes().chunks(size).flat_map(|bytes| reader.push(bytes)).collect();
            let pairs: Vec<_> =
                found.iter().map(|(name, data)| (name.as_str(), data.as_str())).collect();
            assert_eq!(pairs, expected, "{size} bytes at a time");
        }
    }
}
