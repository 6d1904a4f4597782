//! Generating conversations.

use super::{error::ApiError, events::ServerSent, operation::operations};
use crate::domain::{
    conversations::{ConversationRequest, GenerateAnswer},
    money::Money,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

operations! { "Conversations";
    /// Makes one conversation with Claude, within what the AI configuration allows. With `Accept:
    /// text/event-stream` the answer is a stream: `started`, `delta`, `retry`, then `done` with the
    /// same answer or `failed` with the same error; closing it stops the generation, and what
    /// Claude had written is billed. The same request under the same `Idempotency-Key` makes and
    /// bills one conversation; another request under it is refused.
    GenerateConversation = POST "/api/conversations/generate", body ConversationRequest,
        headers IdempotencyKey
        => 201 GenerateAnswer,
        or 200 "text/event-stream" "With `Accept: text/event-stream`",
        refuses {
            409: "A gate refused: `key_missing`, `model_retired`, …; `request_repeated` or \
                `idempotency_key_reused`",
            429: "`budget_exceeded`, `rate_limited`, `concurrency_limited`, or Claude's own limit",
            502: "Claude failed; `code` says how",
            504: "",
        };
}

/// What is streamed while a conversation is generated; at its end what was made, as `A`, which in
/// the browser is JSON until somebody looks at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    content = "data",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum GenerationEvent<A = GenerateAnswer> {
    /// All gates are passed.
    Started {
        request_id: Uuid,
        model: String,
        worst_case: Money,
    },
    /// A piece of the answer's text, which as a whole is JSON.
    Delta {
        text: String,
    },
    /// An attempt failed and another follows.
    Retry {
        attempt: u32,
        delay_ms: u64,
        message: String,
    },
    Done(Box<A>),
    Failed(Box<ApiError>),
}

impl<A: Serialize + DeserializeOwned> ServerSent for GenerationEvent<A> {
    const NAMES: &'static [&'static str] = &["started", "delta", "retry", "done", "failed"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::events::variants, domain::error_code::ErrorCode};

    #[test]
    fn every_event_is_read_as_it_was_written() {
        let id = Uuid::from_u128(7);
        let refused = ApiError::new(ErrorCode::BudgetExceeded, "The budget is used up.");
        let expected = [
            (
                GenerationEvent::Started {
                    request_id: id,
                    model: "claude".into(),
                    worst_case: Money::from_nanos(12),
                },
                "started",
                concat!(
                    r#"{"model":"claude","requestId":"00000000-0000-0000-0000-000000000007","#,
                    r#""worstCase":12}"#
                ),
            ),
            (GenerationEvent::Delta { text: "é\n".into() }, "delta", r#"{"text":"é\n"}"#),
            (
                GenerationEvent::Retry { attempt: 1, delay_ms: 250, message: "Busy.".into() },
                "retry",
                r#"{"attempt":1,"delayMs":250,"message":"Busy."}"#,
            ),
            (
                GenerationEvent::Failed(Box::new(refused)),
                "failed",
                concat!(
                    r#"{"code":"budget_exceeded","error":"The budget is used up.","requestId":"","#,
                    r#""status":429,"success":false}"#
                ),
            ),
        ];
        for (event, name, data) in expected {
            let (written, content) = event.write();
            assert_eq!((written.as_str(), content.to_string().as_str()), (name, data));
            assert_eq!(<GenerationEvent>::read(name, content).unwrap().unwrap(), event);
        }
        assert_eq!(<GenerationEvent>::NAMES, variants::<GenerationEvent>());
    }
}
