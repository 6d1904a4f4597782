//! Reads the usage out of an answer that is passed on to somebody else, without changing it.

use super::{
    ClaudeError, InterruptedBy, Usage, provider_error::ProviderError, sse::Parser,
    usage::ReportedUsage,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What has come of an answer so far.
#[derive(Debug, Default)]
pub struct Meter {
    parser: Parser,
    /// Of an event that has not ended.
    tail: Vec<u8>,
    pub usage: Usage,
    /// The provider has counted the output to its end.
    pub is_final: bool,
    /// Bytes of what the model wrote, thoughts and calls of tools included.
    pub written: usize,
    /// The message came to its end.
    pub is_finished: bool,
    failure: Option<ProviderError>,
}

/// An event as far as it counts; texts in it need not be readable.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    message: Option<Message>,
    usage: Option<ReportedUsage>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// An answer in one piece, or the beginning of a stream.
#[derive(Deserialize)]
struct Message {
    usage: Option<ReportedUsage>,
}

/// A piece of what the model writes.
#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    partial_json: Option<&'a RawValue>,
}

impl Meter {
    /// Takes in a piece of a stream, and gives back what of it can be passed on: whole events, so
    /// that one of ours can follow wherever the provider's stream breaks off.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        for data in self.parser.feed(bytes) {
            self.take(&data);
        }
        let mut ready = std::mem::take(&mut self.tail);
        ready.extend_from_slice(bytes);
        self.tail = ready.split_off(ready.len().saturating_sub(self.parser.open()));
        ready
    }

    /// What the provider said went wrong, in the middle of a stream.
    pub fn failure(&self) -> Option<ClaudeError> {
        let by = InterruptedBy::Provider(self.failure.clone()?);
        Some(ClaudeError::Interrupted { by, partial: None })
    }

    /// Takes in an answer in one piece.
    ///
    /// # Errors
    /// [`ClaudeError::Malformed`] when it does not say what it is billed by.
    pub fn read_whole(&mut self, body: &[u8]) -> Result<(), ClaudeError> {
        self.written = body.len();
        let usage = serde_json::from_slice::<Message>(body).ok().and_then(|message| message.usage);
        let usage = usage.filter(ReportedUsage::is_whole);
        let usage = usage.ok_or_else(|| ClaudeError::malformed(body))?;
        self.usage.update(&usage);
        (self.is_final, self.is_finished) = (true, true);
        Ok(())
    }

    /// What cannot be read is the provider's matter and the client's: it is passed on, and counts
    /// for nothing.
    fn take(&mut self, data: &str) {
        let Ok(event) = serde_json::from_str::<Event<'_>>(data) else { return };
        match event.r#type.as_ref() {
            "message_start" => {
                if let Some(usage) = event.message.and_then(|message| message.usage) {
                    self.usage.update(&usage);
                }
            }
            "content_block_delta" => {
                let pieces =
                    event.delta.map(|delta| [delta.text, delta.thinking, delta.partial_json]);
                let pieces = pieces.into_iter().flatten().flatten();
                // Without its quotes.
                self.written +=
                    pieces.map(|piece| piece.get().len().saturating_sub(2)).sum::<usize>();
            }
            "message_delta" => {
                if let Some(usage) = event.usage {
                    self.is_final |= usage.output_tokens.is_some();
                    self.usage.update(&usage);
                }
            }
            "message_stop" => self.is_finished = true,
            "error" => {
                let error = event.error.map_or("{}", RawValue::get);
                self.failure =
                    Some(ProviderError::parse(format!(r#"{{"error":{error}}}"#).as_bytes()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"usage":{"input_tokens":25,"#,
        r#""output_tokens":1,"cache_creation_input_tokens":10,"cache_read_input_tokens":4,"#,
        r#""cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":7}}}}"#,
        "\n\n",
    );
    const HALF: &str = concat!(
        "event: content_block_delta\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","#,
        r#""text":"a\ud83d"}}"#,
        "\n\n",
    );
    const END: &str = concat!(
        "event: message_delta\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"#,
        r#""usage":{"output_tokens":15,"output_tokens_details":{"thinking_tokens":6}}}"#,
        "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );

    #[test]
    fn a_stream_is_passed_on_as_it_came_however_it_is_cut() {
        let all = [START, ": ping\n\n", HALF, END].concat();
        for size in [1, 7, 100, all.len()] {
            let mut meter = Meter::default();
            let mut passed = Vec::new();
            for piece in all.as_bytes().chunks(size) {
                let ready = meter.feed(piece);
                assert!(ready.is_empty() || ready.ends_with(b"\n\n"), "only whole events");
                passed.extend(ready);
            }
            assert_eq!(String::from_utf8(passed).unwrap(), all);
            let usage = Usage {
                input: 25,
                output: 15,
                thinking: 6,
                cache_write: 3,
                cache_write_1h: 7,
                cache_read: 4,
            };
            assert_eq!(meter.usage, usage);
            assert!(meter.is_final && meter.is_finished && meter.failure().is_none());
            assert_eq!(meter.written, r"a\ud83d".len());
        }
    }

    #[test]
    fn half_an_event_is_held_back() {
        let mut meter = Meter::default();
        assert_eq!(meter.feed(format!("{START}event: con").as_bytes()), START.as_bytes());
        assert_eq!(meter.feed(b"tent\ndata: {}\n"), b"");
        assert_eq!(meter.feed(b"\nx"), b"event: content\ndata: {}\n\n");
    }

    #[test]
    fn what_the_provider_says_went_wrong_is_known() {
        let mut meter = Meter::default();
        let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}"#;
        meter.feed(format!("event: error\ndata: {error}\n\n").as_bytes());
        assert!(meter.failure().is_some_and(|error| error.is_transient()));
        assert!(!meter.is_finished);
    }

    #[test]
    fn an_answer_in_one_piece_says_what_it_is_billed_by_or_is_none() {
        let mut meter = Meter::default();
        let body = r#"{"content":["\ud83d"],"usage":{"input_tokens":5,"output_tokens":6}}"#;
        meter.read_whole(body.as_bytes()).unwrap();
        assert_eq!((meter.usage.input, meter.usage.output), (5, 6));
        for body in ["", "{}", r#"{"usage":{"input_tokens":5}}"#, "<html>"] {
            assert!(Meter::default().read_whole(body.as_bytes()).is_err(), "{body}");
        }
    }
}
