//! One generation while it runs: what has arrived of it, and how it ended.

use crate::{
    api::error::ApiError,
    domain::{
        conversation::{ConversationRequest, GenerateAnswer},
        field_error::FieldError,
        generation::partial_turns::{PartialTurn, partial_turns},
        money::Money,
    },
    ui::client::{rest::LooseCall, stream::hear},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use std::cell::RefCell;
use web_sys::AbortController;

/// Where a generation stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    Idle,
    Running,
    /// By whoever looks at the page.
    Stopped,
    Failed(ApiError),
    Done(Box<GenerateAnswer>),
}

/// The generation of this page.
#[derive(Clone, Copy)]
pub struct Run {
    pub phase: RwSignal<Phase>,
    /// What can be read so far.
    pub turns: RwSignal<Vec<PartialTurn>>,
    /// What is going on, in words.
    pub told: RwSignal<String>,
    text: StoredValue<String>,
}

thread_local! {
    /// What ends the latest request; of one that has ended it ends nothing. Outside of [`Run`],
    /// because it can only be used where it was made.
    static RUNNING: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Ends what is running. The server settles what Claude has written by then.
pub fn stop() {
    if let Some(running) = RUNNING.take() {
        running.abort();
    }
}

impl Run {
    pub fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Idle),
            turns: RwSignal::new(Vec::new()),
            told: RwSignal::new(String::new()),
            text: StoredValue::new(String::new()),
        }
    }

    /// Asks for a conversation. Fields that the server refuses go to `on_refused`.
    pub fn start(
        self,
        request: &ConversationRequest,
        on_refused: impl Fn(Vec<FieldError>) + 'static,
    ) {
        // Every browser that runs this page has them.
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        RUNNING.set(Some(controller));
        self.turns.set(Vec::new());
        self.text.set_value(String::new());
        self.told.set("Asking Claude…".into());
        self.phase.set(Phase::Running);
        let body = serde_json::to_value(request).unwrap_or_default();
        let call = LooseCall::with("POST", "/api/conversations/generate", &body);
        spawn_local(async move {
            let ended = hear(call, &signal, |name, data| self.take(name, data)).await;
            match ended {
                Ok(()) => {}
                Err(_) if signal.aborted() => self.phase.set(Phase::Stopped),
                Err(error) => {
                    on_refused(error.fields.clone());
                    self.phase.set(Phase::Failed(error));
                }
            }
        });
    }

    /// Hears one event; `true` after the last one.
    fn take(self, name: &str, data: Value) -> bool {
        match name {
            "started" => {
                let model = data["model"].as_str().unwrap_or("Claude");
                let worst = data["worstCase"].as_i64().map_or(String::new(), |nanos| {
                    format!(" It can cost {} at most.", Money::from_nanos(nanos))
                });
                self.told.set(format!("{model} is at work.{worst}"));
            }
            "retry" => {
                let (attempt, wait) = (
                    data["attempt"].as_i64().unwrap_or_default(),
                    data["delayMs"].as_f64().unwrap_or_default(),
                );
                let why = data["message"].as_str().unwrap_or_default();
                self.told.set(format!(
                    "{why} Attempt {attempt} follows in {:.0} s.",
                    (wait / 1000.0).ceil()
                ));
            }
            "delta" => {
                let piece = data["text"].as_str().unwrap_or_default();
                // Answers nothing when the page is gone.
                let turns = self.text.try_update_value(|text| {
                    text.push_str(piece);
                    partial_turns(text)
                });
                if let Some(turns) = turns {
                    self.told.set(format!("Writing turn {}…", turns.len().max(1)));
                    self.turns.set(turns);
                }
            }
            "failed" => {
                let error =
                    serde_json::from_value(data).unwrap_or_else(|_| ApiError::unreachable());
                self.phase.set(Phase::Failed(error));
                return true;
            }
            "done" | "" => {
                self.phase.set(match serde_json::from_value(data) {
                    Ok(answer) => Phase::Done(Box::new(answer)),
                    Err(_) => Phase::Failed(ApiError::new(
                        502,
                        "no_answer",
                        "The conversation is stored, but the server’s answer could not be read. Reload the page.",
                    )),
                });
                return true;
            }
            // What a later server may tell.
            _ => {}
        }
        false
    }
}
