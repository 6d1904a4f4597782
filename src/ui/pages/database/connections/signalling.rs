//! Ending a statement or a session, after a question.

use super::super::{panel::Code, refresh::use_refresh};
use crate::{
    api::{
        database::health::{CancelStatement, SignalRequest, TerminateSession},
        operation::Operation,
    },
    domain::database::{Session, SignalAnswer},
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{rest::Call, toasts::use_toasts},
        components::{Button, Tone},
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// The questions before a statement or a session ends.
#[derive(Clone, Copy, Default)]
pub struct Signalling {
    cancelling: Question<Ending>,
    terminating: Question<Ending>,
}

/// A session, and when it began.
#[derive(Clone)]
struct Ending {
    session: Session,
    started_at: DateTime<Utc>,
}

impl Ending {
    fn name(&self) -> String {
        format!("process {}", self.session.pid)
    }

    fn call<O>(self) -> Call<O>
    where
        O: Operation<At = i32, Body = SignalRequest>,
    {
        Call::new(self.session.pid, &SignalRequest { started_at: self.started_at })
    }
}

/// What ends the statement or the session.
#[component]
pub fn SessionButtons(session: Session, signalling: Signalling) -> impl IntoView {
    let Some(started_at) = session.started_at.filter(|_| session.signalable) else {
        return view! { <span class="muted small">"Internal session"</span> }.into_any();
    };
    let pid = session.pid;
    let ask = |question: Question<Ending>| {
        let about = Ending { session: session.clone(), started_at };
        move |()| question.ask(about.clone())
    };
    let name = move || view! { <span class="visually-hidden">{format!(" process {pid}")}</span> };
    view! {
        <Button small=true on_press=ask(signalling.cancelling)>
            "Cancel…"
            {name()}
        </Button>
        <Button small=true on_press=ask(signalling.terminating)>
            "Terminate…"
            {name()}
        </Button>
    }
    .into_any()
}

/// Asks before one ends, and says what came of it.
#[component]
pub fn Dialogs(signalling: Signalling) -> impl IntoView {
    let Signalling { cancelling, terminating } = signalling;
    let (refresh, toasts) = (use_refresh(), use_toasts());
    let done = move |(_, SignalAnswer { sent, sentence }): (Ending, SignalAnswer)| {
        toasts.show(if sent { Tone::Success } else { Tone::Warning }, sentence);
        refresh.now();
    };
    let statement = |question: Question<Ending>| {
        move || {
            let query = question.with(|about| about.session.query.clone()).flatten();
            query.map(|query| view! { <Code text=query sql=true /> })
        }
    };
    let cancel = Ending::call::<CancelStatement>;
    let terminate = Ending::call::<TerminateSession>;
    view! {
        <QuestionDialog
            id="cancel-statement"
            question=cancelling
            title=|about| format!("Cancel the statement of {}?", about.name())
            confirm=|_| "Cancel the statement".to_owned()
            name=Ending::name
            call=cancel
            on_done=done
            danger=true
        >
            <p>
                "Its statement ends with an error; its connection stays. A session that is idle \
                    cannot be cancelled, only terminated."
            </p>
            {statement(cancelling)}
        </QuestionDialog>
        <QuestionDialog
            id="terminate-session"
            question=terminating
            title=|about| format!("Terminate {}?", about.name())
            confirm=|_| "Terminate".to_owned()
            name=Ending::name
            call=terminate
            on_done=done
            danger=true
        >
            <p>
                "Its connection ends and its transaction is rolled back. Try to cancel its \
                    statement first."
            </p>
            {statement(terminating)}
        </QuestionDialog>
    }
    .into_any()
}
