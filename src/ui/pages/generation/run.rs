//! One generation while it runs: what has arrived of it, and how it ended.

use crate::{
    api::{
        error::ApiError,
        generation::{GenerateConversation, GenerationEvent},
        operation::Nothing,
        probes::CheckLiveness,
    },
    domain::{
        conversations::ConversationRequest,
        error_code::ErrorCode,
        field_error::FieldError,
        generation::partial_turns::{PartialTurn, partial_turns},
    },
    ui::client::{rest::Call, stream::receive},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use std::{cell::RefCell, future::Future};
use web_sys::AbortController;

/// Of an answer that cannot be read.
pub const UNREADABLE: &str = "The server’s answer could not be read. The conversation may still be \
    stored: reload the page before you generate again.";

/// Where a generation stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    Idle,
    Running,
    /// By whoever looks at the page.
    Stopped,
    Failed(ApiError),
    /// With the answer as it came: what shows it reads it.
    Done(Value),
}

/// The generation of this page.
#[derive(Clone, Copy)]
pub struct Run {
    pub phase: RwSignal<Phase>,
    /// What can be read so far.
    pub turns: RwSignal<Vec<PartialTurn>>,
    /// What is going on, in words.
    pub status: RwSignal<String>,
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

/// Whether the server can be reached.
async fn reached() -> Result<(), ApiError> {
    Call::<CheckLiveness>::new((), &Nothing {}).send().await.map(|_| ())
}

impl Run {
    pub fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Idle),
            turns: RwSignal::new(Vec::new()),
            status: RwSignal::new(String::new()),
            text: StoredValue::new(String::new()),
        }
    }

    /// Asks for a conversation, once `ready` is: without the code that shows it, nothing shall be
    /// made and billed. Fields that the server refuses go to `on_refused`.
    pub fn start(
        self,
        request: &ConversationRequest,
        ready: impl Future<Output = ()> + 'static,
        on_refused: impl Fn(Vec<FieldError>) + 'static,
    ) {
        // Every browser that runs this page has them.
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        RUNNING.set(Some(controller));
        self.turns.set(Vec::new());
        self.text.set_value(String::new());
        self.status.set("Asking Claude…".into());
        self.phase.set(Phase::Running);
        let call = Call::<GenerateConversation>::new((), request);
        spawn_local(async move {
            // Code that does not come ends the page; without a network it is not asked for.
            if let Err(error) = reached().await {
                self.phase.set(Phase::Failed(error));
                return;
            }
            ready.await;
            match receive(call, &signal, |event| self.take(event)).await {
                Ok(Some(answer)) => self.phase.set(Phase::Done(answer)),
                Ok(None) => {}
                Err(_) if signal.aborted() => self.phase.set(Phase::Stopped),
                Err(error) if error.code == ErrorCode::Unreadable => {
                    self.phase.set(Phase::Failed(ApiError { error: UNREADABLE.into(), ..error }));
                }
                Err(error) => {
                    on_refused(error.fields.clone());
                    self.phase.set(Phase::Failed(error));
                }
            }
        });
    }

    /// Takes one event; `true` after the last one.
    fn take(self, event: GenerationEvent<Value>) -> bool {
        match event {
            GenerationEvent::Started { model, worst_case, .. } => {
                self.status.set(format!("{model} is writing. Max. cost: {worst_case}."));
            }
            GenerationEvent::Retry { attempt, delay_ms, message } => {
                let seconds = delay_ms.div_ceil(1000);
                self.status.set(format!("{message} Retry {attempt} in {seconds} s."));
            }
            GenerationEvent::Delta { text: piece } => {
                // Answers nothing when the page is gone.
                let turns = self.text.try_update_value(|text| {
                    text.push_str(&piece);
                    partial_turns(text)
                });
                if let Some(turns) = turns {
                    self.status.set(format!("Writing turn {}…", turns.len().max(1)));
                    self.turns.set(turns);
                }
            }
            GenerationEvent::Failed(error) => {
                self.phase.set(Phase::Failed(*error));
                return true;
            }
            GenerationEvent::Done(answer) => {
                self.phase.set(Phase::Done(*answer));
                return true;
            }
        }
        false
    }
}
