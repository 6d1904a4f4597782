//! The models that the stand-in knows, how each thinks and caches, and what each refuses.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How much a model is told to think and write, the least first.
pub const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

/// Whether a model thinks before it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// Only if it is asked to.
    None,
    /// Unless it is told not to.
    DefaultOn,
    /// Whatever it is told.
    Always,
}

/// A model and its habits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    pub id: &'static str,
    name: &'static str,
    context: u64,
    output: u64,
    /// How many of temperature and `top_p` it takes.
    sampling: usize,
    /// It can be made to call a tool.
    forced: bool,
    pub thinking: Thinking,
    /// What `thinking.type` may say.
    kinds: &'static [&'static str],
    /// What `output_config.effort` may say; empty if it may not be there.
    efforts: &'static [&'static str],
    /// The effort where none is asked for.
    effort: &'static str,
    /// The shortest beginning of a prompt, in tokens, that is cached.
    pub cache_minimum: u64,
    /// What it thinks, in tokens, by effort.
    thinking_tokens: [u64; 5],
}

/// A model of now that thinks; the others differ from it.
const CURRENT: Model = Model {
    id: "",
    name: "",
    context: 1_000_000,
    output: 128_000,
    sampling: 0,
    forced: false,
    thinking: Thinking::DefaultOn,
    kinds: &["adaptive", "disabled"],
    efforts: &EFFORTS,
    effort: "high",
    cache_minimum: 512,
    thinking_tokens: [40, 120, 300, 700, 1500],
};

/// A model that thinks only if it is asked to.
const OLDER: Model = Model {
    context: 200_000,
    output: 64_000,
    sampling: 1,
    forced: true,
    thinking: Thinking::None,
    kinds: &["enabled", "disabled"],
    efforts: &[],
    cache_minimum: 4096,
    ..CURRENT
};

const MODELS: [Model; 9] = [
    Model {
        id: "claude-opus-5-5",
        name: "Claude Opus 5.5",
        thinking: Thinking::Always,
        kinds: &["adaptive"],
        effort: "medium",
        ..CURRENT
    },
    Model {
        id: "claude-sonnet-5-5",
        name: "Claude Sonnet 5.5",
        kinds: &["adaptive", "between_tools"],
        ..CURRENT
    },
    Model { id: "claude-haiku-5-5", name: "Claude Haiku 5.5", effort: "medium", ..CURRENT },
    Model { id: "claude-opus-5", name: "Claude Opus 5", forced: true, ..CURRENT },
    Model {
        id: "claude-sonnet-5",
        name: "Claude Sonnet 5",
        forced: true,
        cache_minimum: 1024,
        ..CURRENT
    },
    Model {
        id: "claude-sonnet-4-6",
        name: "Claude Sonnet 4.6",
        context: 1_000_000,
        output: 128_000,
        kinds: &["adaptive", "enabled", "disabled"],
        efforts: &["low", "medium", "high", "max"],
        cache_minimum: 2048,
        ..OLDER
    },
    Model {
        id: "claude-opus-4-5",
        name: "Claude Opus 4.5",
        efforts: &["low", "medium", "high"],
        ..OLDER
    },
    Model { id: "claude-haiku-4-5", name: "Claude Haiku 4.5", ..OLDER },
    Model {
        id: "claude-sonnet-4-5-20250929",
        name: "Claude Sonnet 4.5",
        cache_minimum: 1024,
        ..OLDER
    },
];

/// Other habits of a model than it has. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// The shortest beginning of a prompt, in tokens, that is cached.
    pub cache_minimum: Option<u64>,
    pub thinking: Option<Thinking>,
    /// What it thinks, in tokens, by effort: `{"low": 40}`.
    pub thinking_tokens: BTreeMap<String, u64>,
}

impl Model {
    pub fn with(mut self, habits: &Habits) -> Self {
        self.cache_minimum = habits.cache_minimum.unwrap_or(self.cache_minimum);
        self.thinking = habits.thinking.unwrap_or(self.thinking);
        for (effort, tokens) in EFFORTS.iter().zip(&mut self.thinking_tokens) {
            *tokens = habits.thinking_tokens.get(*effort).copied().unwrap_or(*tokens);
        }
        self
    }

    /// What it thinks about a request, in tokens; 0 if it does not.
    pub fn thinks(&self, request: &Value) -> u64 {
        let asked = &request["thinking"];
        let thinks = match (self.thinking, asked["type"].as_str()) {
            (Thinking::Always, _) | (_, Some("adaptive" | "enabled")) => true,
            (_, Some(_)) => false,
            (thinking, None) => thinking == Thinking::DefaultOn,
        };
        if !thinks {
            return 0;
        }
        let effort = request["output_config"]["effort"].as_str().unwrap_or(self.effort);
        let place = EFFORTS.iter().position(|known| *known == effort).unwrap_or(2);
        let budget = asked["budget_tokens"].as_u64().unwrap_or(u64::MAX);
        self.thinking_tokens[place].min(budget)
    }

    /// Whether the text of what it thinks is told: models of now leave it empty unless asked.
    pub fn tells_thoughts(&self, request: &Value) -> bool {
        let usual = if self.sampling == 0 { "omitted" } else { "summarized" };
        request["thinking"]["display"].as_str().unwrap_or(usual) == "summarized"
    }

    fn json(&self) -> Value {
        let supported = |supported: bool| json!({ "supported": supported });
        let mut effort = json!({ "supported": !self.efforts.is_empty() });
        for level in EFFORTS {
            effort[level] = supported(self.efforts.contains(&level));
        }
        let takes = |kind: &str| supported(self.kinds.contains(&kind));
        json!({
            "type": "model", "id": self.id, "display_name": self.name,
            "created_at": "2026-01-01T00:00:00Z",
            "max_input_tokens": self.context, "max_tokens": self.output,
            "capabilities": {
                "batch": supported(true), "effort": effort,
                "thinking": { "supported": true, "types": {
                    "adaptive": takes("adaptive"), "enabled": takes("enabled") } },
            },
        })
    }

    fn thinking_refusal(&self, request: &Value) -> Option<String> {
        let asked = &request["thinking"];
        let kind = asked["type"].as_str()?;
        let effort = request["output_config"]["effort"].as_str().unwrap_or(self.effort);
        let budget = asked["budget_tokens"].as_u64();
        if kind == "adaptive" && !self.kinds.contains(&kind) {
            return Some("adaptive thinking is not supported on this model".to_owned());
        }
        if !self.kinds.contains(&kind) {
            return Some(format!("\"thinking.type.{kind}\" is not supported for this model."));
        }
        let deep = self.thinking == Thinking::DefaultOn && matches!(effort, "xhigh" | "max");
        let why = match kind {
            "disabled" if deep => "thinking cannot be disabled with this effort on this model.",
            "enabled" if budget.is_none_or(|budget| budget < 1024) => {
                "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
            }
            "enabled" if budget >= request["max_tokens"].as_u64() => {
                "`max_tokens` must be greater than `thinking.budget_tokens`."
            }
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn effort_refusal(&self, request: &Value) -> Option<String> {
        let effort = &request["output_config"]["effort"];
        if effort.is_null() || self.efforts.iter().any(|known| effort == known) {
            return None;
        }
        Some(match effort.as_str().filter(|effort| EFFORTS.contains(effort)) {
            None => {
                "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'"
                    .to_owned()
            }
            Some(_) if self.efforts.is_empty() => {
                "This model does not support the effort parameter.".to_owned()
            }
            Some(effort) => format!(
                "This model does not support effort level '{effort}'. Supported levels: {}.",
                self.efforts.join(", ")
            ),
        })
    }
}

pub fn known(id: &str) -> Option<Model> {
    MODELS.iter().find(|model| model.id == id).copied()
}

/// A page of the list. A page has at most three models, whatever was asked for, so that clients
/// have to turn pages.
pub fn page(after: Option<&str>, limit: usize) -> Value {
    let start = after
        .and_then(|after| MODELS.iter().position(|model| model.id == after))
        .map_or(0, |place| place + 1);
    let rest = &MODELS[start..];
    let shown = &rest[..rest.len().min(limit.clamp(1, 3))];
    let data: Vec<Value> = shown.iter().map(Model::json).collect();
    json!({
        "data": data, "has_more": shown.len() < rest.len(),
        "first_id": shown.first().map(|model| model.id),
        "last_id": shown.last().map(|model| model.id),
    })
}

/// What Claude refuses of a request: the status and why.
pub fn refusal(request: &Value) -> Option<(u16, String)> {
    let id = request["model"].as_str().unwrap_or_default();
    let Some(model) = known(id) else {
        return Some((404, format!("model: {id}")));
    };
    let given = ["temperature", "top_p"].iter().filter(|name| !request[**name].is_null()).count();
    let marks = request["system"].as_array().into_iter().flatten();
    let marks = marks.filter(|block| block["cache_control"].is_object()).count();
    let message = match &request["max_tokens"] {
        limit if limit.as_u64().is_none_or(|limit| limit == 0) => "max_tokens: must be at least 1",
        limit if limit.as_u64() > Some(model.output) => {
            "max_tokens: more than this model can generate"
        }
        _ if request["messages"].as_array().is_none_or(Vec::is_empty) => {
            "messages: at least one message is required"
        }
        _ if given > model.sampling => {
            "temperature and top_p: this model does not take them like this"
        }
        _ if !model.forced && request["tool_choice"]["type"] == "tool" => {
            "tool_choice: forced tool use is not supported"
        }
        _ if marks > 4 => "A maximum of 4 blocks with cache_control may be provided.",
        _ => {
            let why = model.thinking_refusal(request).or_else(|| model.effort_refusal(request));
            return why.map(|why| (400, why));
        }
    };
    Some((400, message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(model: &str, more: Value) -> Value {
        let mut request = json!({ "model": model, "max_tokens": 5000,
            "messages": [{ "role": "user", "content": "Hello" }] });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    }

    fn thinks(model: &str, more: Value) -> u64 {
        let request = request(model, more);
        assert_eq!(refusal(&request), None, "{request}");
        known(model).unwrap().thinks(&request)
    }

    #[test]
    fn models_think_by_their_habits_and_as_deeply_as_the_effort_says() {
        let effort = |effort: &str| json!({ "output_config": { "effort": effort } });
        let said = |kind: &str| json!({ "thinking": { "type": kind } });
        assert_eq!(thinks("claude-opus-5-5", json!({})), 120);
        assert_eq!(thinks("claude-opus-5-5", effort("low")), 40);
        assert_eq!(thinks("claude-sonnet-5-5", effort("max")), 1500);
        assert_eq!(thinks("claude-sonnet-5-5", said("between_tools")), 0);
        assert_eq!(thinks("claude-haiku-5-5", said("disabled")), 0);
        assert_eq!(thinks("claude-sonnet-4-6", json!({})), 0);
        assert_eq!(thinks("claude-sonnet-4-6", said("adaptive")), 300);
        let budget = json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } });
        assert_eq!(thinks("claude-haiku-4-5", budget), 300);
        let habits = Habits {
            thinking: Some(Thinking::DefaultOn),
            thinking_tokens: BTreeMap::from([("high".to_owned(), 7)]),
            ..Habits::default()
        };
        let model = known("claude-sonnet-4-6").unwrap().with(&habits);
        assert_eq!(model.thinks(&request("claude-sonnet-4-6", json!({}))), 7);
    }

    #[test]
    fn what_a_model_cannot_do_is_refused() {
        for (model, more, words) in [
            ("claude-opus-5-5", json!({ "thinking": { "type": "disabled" } }), "disabled"),
            ("claude-sonnet-5-5", json!({ "thinking": { "type": "disabled" } }), "disabled"),
            ("claude-haiku-4-5", json!({ "thinking": { "type": "adaptive" } }), "adaptive"),
            ("claude-haiku-4-5", json!({ "output_config": { "effort": "low" } }), "parameter"),
            ("claude-opus-4-5", json!({ "output_config": { "effort": "max" } }), "'max'"),
            ("claude-opus-5", json!({ "output_config": { "effort": "most" } }), "should be"),
            (
                "claude-opus-5",
                json!({ "thinking": { "type": "disabled" }, "output_config": { "effort": "max" } }),
                "cannot be disabled",
            ),
            (
                "claude-opus-4-5",
                json!({ "thinking": { "type": "enabled", "budget_tokens": 5000 } }),
                "must be greater",
            ),
        ] {
            let (status, why) = refusal(&request(model, more)).unwrap();
            assert!(status == 400 && why.contains(words), "{model}: {why}");
        }
    }
}
