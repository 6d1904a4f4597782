//! What is asked of Claude: one attempt, fully spelled out.

use super::ApiKey;
use crate::domain::ai::models::{Effort, ThinkingOff};
use serde::Serialize;
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};

/// Where to ask, as whom, and how long to wait.
#[derive(Clone)]
pub struct Endpoint {
    /// `https://api.anthropic.com`, or a gateway that speaks the same; may have a path, `/v1/…` is
    /// added to it.
    pub base_url: String,
    pub key: ApiKey,
    /// Until the connection stands, its encryption included.
    pub connect_timeout: Duration,
    /// For the whole attempt, from looking up the name to the last byte.
    pub attempt_timeout: Duration,
}

impl fmt::Debug for Endpoint {
    /// Without the address: one for a gateway can have a password in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoint")
            .field("key", &self.key)
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .finish_non_exhaustive()
    }
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
}

/// One message of the conversation that Claude continues.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

impl Message {
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }
}

/// One attempt at one generation.
#[derive(Clone, Debug)]
pub struct Call {
    pub endpoint: Endpoint,
    pub model: String,
    /// The most that may be generated, what the model thinks included.
    pub max_tokens: u32,
    /// 0 to 1. Sent only if set: some models refuse it, and some refuse it together with `top_p`.
    pub temperature: Option<f64>,
    /// 0 to 1. Sent only if set.
    pub top_p: Option<f64>,
    /// Sent only if set: some models refuse it, and some of its values.
    pub effort: Option<Effort>,
    /// Sent only if set: models that do not think need it not, and those that always do refuse it.
    pub thinking_off: Option<ThinkingOff>,
    pub system: Option<String>,
    /// Whether the provider is asked to keep the system prompt for five minutes, so that the next
    /// request with the same one reads it at a tenth of the price.
    pub caches_system: bool,
    pub messages: Vec<Message>,
    /// The answer is JSON of this shape: a JSON schema in which every object has
    /// `"additionalProperties": false` and its fields in `required`. Limits on numbers, lengths and
    /// counts are not allowed by the API.
    pub output_schema: Option<Arc<Value>>,
    pub stream: bool,
}

impl Call {
    /// The request's body.
    ///
    /// The shape of the answer is asked for by `output_config.format`, not by a tool that Claude is
    /// made to call: the models from Claude 5.5 on refuse a forced tool with 400, while every model
    /// from Claude 4.5 on, which is every model that is not retired, takes a schema, and is held to
    /// it while it generates.
    ///
    /// The effort is `output_config.effort`, thinking is turned off by `thinking.type`, and the
    /// one mark for the cache stands at the end of what is the same in every request.
    pub(super) fn body(&self) -> Body<'_> {
        let schema = self.output_schema.as_deref();
        let format = schema.map(|schema| Format { kind: "json_schema", schema });
        Body {
            model: &self.model,
            max_tokens: self.max_tokens,
            messages: &self.messages,
            temperature: self.temperature,
            top_p: self.top_p,
            thinking: self.thinking_off.map(|kind| ThinkingConfig { kind }),
            system: self.system.as_deref().map(|text| match self.caches_system {
                true => System::Kept([Block { kind: "text", text, cache_control: EPHEMERAL }]),
                false => System::Plain(text),
            }),
            stream: self.stream,
            output_config: (format.is_some() || self.effort.is_some())
                .then_some(OutputConfig { effort: self.effort, format }),
        }
    }
}

/// As the API reads it.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<ThinkingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<System<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
}

#[derive(Serialize)]
struct ThinkingConfig {
    #[serde(rename = "type")]
    kind: ThinkingOff,
}

/// The system prompt, as a text or as the one block that can be marked.
#[derive(Serialize)]
#[serde(untagged)]
enum System<'a> {
    Plain(&'a str),
    Kept([Block<'a>; 1]),
}

#[derive(Serialize)]
struct Block<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    cache_control: CacheControl,
}

/// Without a time it means five minutes.
#[derive(Serialize)]
struct CacheControl {
    #[serde(rename = "type")]
    kind: &'static str,
}

const EPHEMERAL: CacheControl = CacheControl { kind: "ephemeral" };

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<Effort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call() -> Call {
        Call {
            endpoint: Endpoint {
                base_url: "https://name:pass-word@gateway.example".into(),
                key: ApiKey::new("sk-ant-very-secret"),
                connect_timeout: Duration::from_secs(10),
                attempt_timeout: Duration::from_secs(60),
            },
            model: "claude-sonnet-4-6".into(),
            max_tokens: 4096,
            temperature: None,
            top_p: None,
            effort: None,
            thinking_off: None,
            system: None,
            caches_system: false,
            messages: vec![Message::user("Hello")],
            output_schema: None,
            stream: false,
        }
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        let expected = json!({
            "model": "claude-sonnet-4-6", "max_tokens": 4096,
            "messages": [{ "role": "user", "content": "Hello" }],
        });
        assert_eq!(json!(call().body()), expected);
    }

    #[test]
    fn everything_that_is_set_is_sent() {
        let schema = json!({ "type": "object" });
        let call = Call {
            temperature: Some(0.7),
            top_p: Some(0.9),
            effort: Some(Effort::ExtraHigh),
            thinking_off: Some(ThinkingOff::BetweenTools),
            system: Some("Be brief.".into()),
            output_schema: Some(Arc::new(schema.clone())),
            stream: true,
            ..call()
        };
        let body = json!(call.body());
        assert_eq!(body["temperature"].to_string(), "0.7");
        assert_eq!(body["top_p"].to_string(), "0.9");
        assert_eq!(body["system"], "Be brief.");
        assert_eq!(body["stream"], true);
        assert_eq!(
            body["output_config"],
            json!({ "effort": "xhigh", "format": { "type": "json_schema", "schema": schema } })
        );
        assert_eq!(body["thinking"], json!({ "type": "between_tools" }));
    }

    #[test]
    fn an_effort_is_sent_without_a_shape_as_well() {
        let call = Call { effort: Some(Effort::Low), ..call() };
        assert_eq!(json!(call.body())["output_config"], json!({ "effort": "low" }));
    }

    #[test]
    fn the_one_mark_for_the_cache_stands_at_the_end_of_the_system_prompt() {
        let call = Call { system: Some("Be brief.".into()), caches_system: true, ..call() };
        let body = json!(call.body());
        assert_eq!(
            body["system"],
            json!([{
                "type": "text", "text": "Be brief.", "cache_control": { "type": "ephemeral" },
            }])
        );
        assert_eq!(body.to_string().matches("cache_control").count(), 1);
        let without = Call { system: None, ..call };
        assert!(!json!(without.body()).to_string().contains("cache_control"));
    }

    #[test]
    fn debug_shows_neither_key_nor_password() {
        let shown = format!("{:?} {:#?}", call(), call().endpoint);
        assert!(!shown.contains("very-secret") && !shown.contains("pass-word"), "{shown}");
    }
}
