//! A message out of the events of a stream: `message_start`, the content's deltas, `message_delta`,
//! `message_stop`.

use super::{
    ClaudeError, InterruptedBy, Partial, Reply, StopReason, Usage, provider_error::ProviderError,
    sse::Parser, usage::ReportedUsage,
};
use crate::domain::json::{Borders, split_surrogates};
use serde::Deserialize;
use serde_json::Value;

/// A piece of the answer, as it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delta<'a> {
    /// Comes after all the text before; empty if only the usage became known.
    pub text: &'a str,
    /// Everything counted so far, not what this piece took. The output is counted only at the end.
    pub usage: Usage,
}

/// What has come of one streamed answer.
#[derive(Debug, Default)]
pub(super) struct Stream {
    parser: Parser,
    came: Partial,
    stop_reason: Option<StopReason>,
    finished: bool,
    /// The first half of a character whose second half is to come with the next text.
    half: Option<u16>,
}

impl Stream {
    pub fn new(request_id: Option<String>) -> Self {
        Self { came: Partial { request_id, ..Partial::default() }, ..Self::default() }
    }

    /// Takes in what the network brought, in whatever pieces.
    ///
    /// # Errors
    /// [`ClaudeError::Interrupted`] when the provider says that it failed, or says something that
    /// cannot be read.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        on_delta: &mut impl FnMut(Delta<'_>),
    ) -> Result<(), ClaudeError> {
        for data in self.parser.feed(bytes) {
            if !self.finished {
                self.take(&data, on_delta)
                    .map_err(|by| ClaudeError::Interrupted { by, partial: None })?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        data: &str,
        on_delta: &mut impl FnMut(Delta<'_>),
    ) -> Result<(), InterruptedBy> {
        let mut borders = Borders::default();
        let event: Value = serde_json::from_str(&split_surrogates(data, &mut borders))
            .map_err(|_| InterruptedBy::Malformed)?;
        match event["type"].as_str().ok_or(InterruptedBy::Malformed)? {
            "message_start" => {
                self.count(&event["message"]["usage"])?;
                self.came.model = event["message"]["model"].as_str().map(str::to_owned);
                on_delta(Delta { text: "", usage: self.came.usage });
            }
            "content_block_start" if event["content_block"]["type"] == "text" => {
                self.append(&event["content_block"]["text"], borders, on_delta);
            }
            "content_block_delta" if event["delta"]["type"] == "text_delta" => {
                self.append(&event["delta"]["text"], borders, on_delta)
            }
            "content_block_stop" => self.end_text(on_delta),
            "message_delta" => {
                self.end_text(on_delta);
                self.count(&event["usage"])?;
                self.came.usage_is_final |= event["usage"]["output_tokens"].is_u64();
                if let Some(reason) = event["delta"]["stop_reason"].as_str() {
                    self.stop_reason = Some(StopReason::parse(reason));
                }
                on_delta(Delta { text: "", usage: self.came.usage });
            }
            "message_stop" => self.finished = true,
            "error" => return Err(InterruptedBy::Provider(ProviderError::from_json(&event))),
            // Pings, thoughts, the ends of blocks, and whatever the provider adds one day.
            _ => {}
        }
        Ok(())
    }

    /// Takes a piece of text. A character that the provider cut into two halves is put together; a
    /// half that stays alone becomes U+FFFD.
    fn append(&mut self, text: &Value, borders: Borders, on_delta: &mut impl FnMut(Delta<'_>)) {
        let text = text.as_str().unwrap_or_default();
        if text.is_empty() && borders == Borders::default() {
            return;
        }
        let mut whole = String::with_capacity(text.len() + 4);
        whole.extend(borders.joined_to(self.half.take()));
        whole.push_str(text);
        self.half = borders.trailing;
        if !whole.is_empty() {
            self.came.text.push_str(&whole);
            on_delta(Delta { text: &whole, usage: self.came.usage });
        }
    }

    fn end_text(&mut self, on_delta: &mut impl FnMut(Delta<'_>)) {
        if self.half.take().is_some() {
            self.came.text.push(char::REPLACEMENT_CHARACTER);
            on_delta(Delta { text: "\u{fffd}", usage: self.came.usage });
        }
    }

    fn count(&mut self, usage: &Value) -> Result<(), InterruptedBy> {
        if !usage.is_null() {
            let reported =
                ReportedUsage::deserialize(usage).map_err(|_| InterruptedBy::Malformed)?;
            self.came.usage.update(&reported);
        }
        Ok(())
    }

    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// What came so far.
    pub fn into_partial(self) -> Partial {
        self.came
    }

    /// The whole answer.
    ///
    /// # Errors
    /// [`ClaudeError::Interrupted`] if its end or its usage did not come.
    pub fn finish(self) -> Result<Reply, ClaudeError> {
        let by = match self.finished {
            false => InterruptedBy::Cut,
            true => InterruptedBy::Malformed,
        };
        match (self.finished, self.came.usage_is_final, self.stop_reason, self.came) {
            (
                true,
                true,
                Some(stop_reason),
                Partial { model: Some(model), text, usage, request_id, .. },
            ) => Ok(Reply { text, stop_reason, usage, model, request_id }),
            (_, _, _, came) => {
                Err(ClaudeError::Interrupted { by, partial: None }.with_partial(came))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = concat!(
        r#"{"type":"message_start","message":{"model":"m","#,
        r#""usage":{"input_tokens":25,"output_tokens":1,"cache_read_input_tokens":4}}}"#,
    );
    /// How a delta of the first block begins.
    const DELTA: &str = r#""type":"content_block_delta","index":0,"delta""#;
    const HELLO: &str =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#;
    const END: &str = concat!(
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"#,
        r#""usage":{"output_tokens":15,"output_tokens_details":{"thinking_tokens":9}}}"#,
    );
    const STOP: &str = r#"{"type":"message_stop"}"#;

    /// The result, and the text of every delta that had some.
    fn run(events: &[&str]) -> (Result<Reply, ClaudeError>, Vec<String>) {
        let mut stream = Stream::default();
        let mut texts = Vec::new();
        let wire: String =
            events.iter().map(|data| format!("event: x\ndata: {data}\n\n")).collect();
        let fed =
            stream.feed(wire.as_bytes(), &mut |delta: Delta<'_>| texts.push(delta.text.to_owned()));
        texts.retain(|text| !text.is_empty());
        match fed {
            Ok(()) => (stream.finish(), texts),
            Err(error) => (Err(error.with_partial(stream.into_partial())), texts),
        }
    }

    #[test]
    fn usage_is_a_total_and_not_an_addition() {
        let first_count = r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":9}}"#;
        let (reply, texts) = run(&[START, HELLO, first_count, END, STOP]);
        let reply = reply.unwrap();
        assert_eq!(
            reply.usage,
            Usage { input: 25, output: 15, thinking: 9, cache_read: 4, ..Usage::default() }
        );
        assert_eq!((reply.text.as_str(), reply.stop_reason), ("Hello", StopReason::EndTurn));
        assert_eq!(texts, ["Hello"]);
    }

    #[test]
    fn pings_thoughts_and_news_are_passed_over() {
        let thought = format!(r#"{{{DELTA}:{{"type":"thinking_delta","thinking":"hm"}}}}"#);
        let (reply, _) = run(&[
            START,
            r#"{"type":"ping"}"#,
            &thought,
            r#"{"type":"future","x":[]}"#,
            HELLO,
            END,
            STOP,
            HELLO,
        ]);
        assert_eq!(reply.unwrap().text, "Hello");
    }

    #[test]
    fn what_came_before_an_error_is_kept() {
        let overloaded =
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        let error = run(&[START, HELLO, overloaded, END, STOP]).0.unwrap_err();
        assert!(error.streamed() && !error.is_transient());
        let partial = error.partial().unwrap();
        assert_eq!(
            (partial.text.as_str(), partial.usage.input, partial.usage_is_final),
            ("Hello", 25, false)
        );
        assert!(error.sentence().contains("Overloaded"), "{}", error.sentence());
        assert!(run(&[START, overloaded]).0.unwrap_err().is_transient());
    }

    #[test]
    fn a_character_cut_into_two_deltas_is_whole_and_a_lone_half_is_replaced() {
        let piece = |text: &str| format!(r#"{{{DELTA}:{{"type":"text_delta","text":"{text}"}}}}"#);
        let block_end = r#"{"type":"content_block_stop","index":0}"#;
        for (pieces, expected) in [
            (&[r"a\ud83d", r"\ude00b"][..], "a😀b"),
            (&[r"a\ud83d", "", r"\ude00"], "a😀"),
            (&[r"\ud83d", r"\ude00\ud83d", r"\ude00"], "😀😀"),
            (&[r"a\ud83d", "b"], "a\u{fffd}b"),
            (&["a", r"\ude00b"], "a\u{fffd}b"),
            (&[r"a\ud800b"], "a\u{fffd}b"),
            (&[r"a\ud83d"], "a\u{fffd}"),
        ] {
            let deltas: Vec<String> = pieces.iter().map(|text| piece(text)).collect();
            let middle = deltas.iter().map(String::as_str);
            let events: Vec<&str> =
                [START].into_iter().chain(middle).chain([block_end, END, STOP]).collect();
            let (reply, texts) = run(&events);
            assert_eq!(reply.unwrap().text, expected, "{pieces:?}");
            assert_eq!(texts.concat(), expected, "what is seen is what is kept");
        }
    }

    #[test]
    fn an_answer_without_its_end_or_its_numbers_is_none() {
        for events in [
            &[START, HELLO, END][..],
            &[START, HELLO, STOP],
            &[HELLO, END, STOP],
            &[START, "{", END, STOP],
            &[],
        ] {
            assert!(
                matches!(run(events).0, Err(ClaudeError::Interrupted { partial: Some(_), .. })),
                "{events:?}"
            );
        }
    }
}
