//! What is asked of Claude: one attempt, fully spelled out.

use super::ApiKey;
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
    pub system: Option<String>,
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
    pub(super) fn body(&self) -> Body<'_> {
        Body {
            model: &self.model,
            max_tokens: self.max_tokens,
            messages: &self.messages,
            temperature: self.temperature,
            top_p: self.top_p,
            system: self.system.as_deref(),
            stream: self.stream,
            output_config: self
                .output_schema
                .as_deref()
                .map(|schema| OutputConfig { format: Format { kind: "json_schema", schema } }),
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
    system: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    format: Format<'a>,
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
            system: None,
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
            body["output_config"]["format"],
            json!({ "type": "json_schema", "schema": schema })
        );
    }

    #[test]
    fn debug_shows_neither_key_nor_password() {
        let shown = format!("{:?} {:#?}", call(), call().endpoint);
        assert!(!shown.contains("very-secret") && !shown.contains("pass-word"), "{shown}");
    }
}
