//! Who is connected, who waits for whom, and ending what should not go on.

use super::{
    panel::{note, panel},
    refresh::{loaded, use_refresh},
    words::{count, seconds},
};
use crate::{
    api::{
        database::health::{CancelStatement, SignalRequest, TerminateSession, load_connections},
        operation::Operation,
    },
    domain::{
        database::{
            BlockedSession, ConnectionGroup, Connections, Panel, PoolView, Session, SignalAnswer,
        },
        quantity::{milliseconds, percent},
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{rest::Call, toasts::use_toasts},
        components::{Button, Card, EmptyState, IconName, Meter, TableRegion, Tone, rows},
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// The questions before a statement or a session ends.
#[derive(Clone, Copy, Default)]
struct Signalling {
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

pub fn connections_tab() -> AnyView {
    let refresh = use_refresh();
    let read = Resource::new(move || refresh.reading.get(), |_| load_connections());
    let signalling = Signalling::default();
    view! {
        {loaded("Reading the connections", 10, read, move |all| cards(all, signalling))}
        {dialogs(signalling)}
    }
    .into_any()
}

fn cards(all: Connections, signalling: Signalling) -> AnyView {
    let Connections {
        usage,
        by_state,
        by_database,
        by_user,
        active,
        idle_in_transaction,
        blocking,
        pool,
    } = all;
    let used = panel(usage, |usage| {
        let tone = if usage.share() > 0.8 { Tone::Warning } else { Tone::Accent };
        view! {
            <Meter
                id="connections-used"
                label="In use"
                value=usage.used as f64
                max=usage.available as f64
                text=format!("{} of {}, {}", count(usage.used), count(usage.available), percent(usage.share()))
                tone=tone
            />
        }
        .into_any()
    });
    view! {
        <div class="stack">
            <div class="database-cards">
                <section class="database-card" aria-label="All connections">
                    <h2>"All connections"</h2>
                    {used}
                </section>
                {groups("By state", by_state)} {groups("By database", by_database)} {groups("By user", by_user)}
                {own_pool(pool)}
            </div>
            <Card id="connections-blocking" title="Who waits for whom" hint="Each is followed by those that wait for it." flush=true>
                {listed(blocking, |tree| waiting(tree, signalling))}
            </Card>
            <Card id="connections-active" title="Active" hint="The longest running first." flush=true>
                {listed(active, move |all| sessions("Table of active sessions", "Nothing runs", all, signalling))}
            </Card>
            <Card
                id="connections-idle"
                title="Idle in a transaction"
                hint="They keep vacuum from removing rows and may hold locks."
                flush=true
            >
                {listed(idle_in_transaction, move |all| {
                    sessions("Table of idle sessions", "Nobody is idle in a transaction", all, signalling)
                })}
            </Card>
        </div>
    }
    .into_any()
}

/// A panel in a card without padding.
fn listed<T>(list: Panel<T>, show: impl FnOnce(T) -> AnyView) -> AnyView {
    match list {
        Panel::Reading(reading) => view! {
            {show(reading.value)}
            <div class="database-foot">{note(reading.quality, reading.as_of)}</div>
        }
        .into_any(),
        Panel::Unavailable { unavailable } => {
            view! { <div class="database-foot">{super::panel::unavailable(unavailable)}</div> }
                .into_any()
        }
    }
}

fn groups(title: &'static str, all: Panel<Vec<ConnectionGroup>>) -> AnyView {
    let list = panel(all, |all| {
        let rows = rows(
            all,
            |group| group.name.clone(),
            |group| {
                view! { <div><dt>{group.name}</dt><dd>{count(group.count)}</dd></div> }
            },
        );
        view! { <dl class="database-facts">{rows}</dl> }.into_any()
    });
    view! {
        <section class="database-card" aria-label=title>
            <h2>{title}</h2>
            {list}
        </section>
    }
    .into_any()
}

fn own_pool(pool: PoolView) -> AnyView {
    let wait = pool
        .wait_ms
        .map(|wait| view! { <div><dt>"Wait for one"</dt><dd>{milliseconds(wait)}</dd></div> });
    view! {
        <section class="database-card" aria-label="Of this server process">
            <h2>"Of this server process"</h2>
            <dl class="database-facts">
                <div><dt>"Open"</dt><dd>{format!("{} of {}", pool.size, pool.max)}</dd></div>
                <div><dt>"Idle"</dt><dd>{pool.idle}</dd></div>
                {wait}
            </dl>
        </section>
    }
    .into_any()
}

fn waiting(tree: Vec<BlockedSession>, signalling: Signalling) -> AnyView {
    if tree.is_empty() {
        return view! { <EmptyState title="Nobody waits for a lock" /> }.into_any();
    }
    let about = |row: &BlockedSession| (row.session.pid, row.session.started_at);
    let rows = rows(tree, about, |BlockedSession { session, depth, blocked_by, relation }| {
        let pid = session.pid;
        let sentence = if depth == 0 {
            "Waits for nobody and keeps others waiting.".to_owned()
        } else {
            let whom = blocked_by.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
            let what = relation.map(|relation| format!(" over {relation}")).unwrap_or_default();
            format!("Waits for {whom}{what}.")
        };
        view! {
            <li class="item database-blocked" data-depth=depth.min(6).to_string()>
                <div class="item-text">
                    <span>
                        <strong>{format!("Process {pid}")}</strong>
                        {(depth == 0).then(|| view! { " " <crate::ui::components::Badge tone=Tone::Danger icon=IconName::Warning>"Blocks"</crate::ui::components::Badge> })}
                        " " {who(&session)}
                    </span>
                    <span class="item-hint">{sentence}</span>
                    {session.query.clone().map(|query| view! { <code translate="no" class="database-query">{query}</code> })}
                </div>
                <div class="item-actions">{buttons(session, signalling)}</div>
            </li>
        }
    });
    view! { <ul class="items">{rows}</ul> }.into_any()
}

fn who(session: &Session) -> String {
    let words = [&session.user, &session.database, &session.application];
    words
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(" · ")
}

fn sessions(
    label: &'static str,
    none: &'static str,
    all: Vec<Session>,
    signalling: Signalling,
) -> AnyView {
    if all.is_empty() {
        return view! { <EmptyState title=none /> }.into_any();
    }
    let about = |session: &Session| (session.pid, session.started_at);
    let rows = rows(all, about, |session| {
        let who = who(&session);
        let length = |time: Option<f64>| time.map(seconds);
        view! {
            <tr>
                <th scope="row">{session.pid}</th>
                <td>{who}</td>
                <td>{session.state.clone()} {session.wait.clone().map(|wait| view! { <small class="muted">" " {wait}</small> })}</td>
                <td translate="no" data-num="" class="nowrap">{length(session.state_seconds)}</td>
                <td translate="no" data-num="" class="nowrap">{length(session.transaction_seconds)}</td>
                <td><code translate="no" class="database-query">{session.query.clone()}</code></td>
                <td><span class="database-actions">{buttons(session, signalling)}</span></td>
            </tr>
        }
    });
    view! {
        <TableRegion label=label>
            <table class="table database-table">
                <thead>
                    <tr>
                        <th scope="col">"Process"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" data-num="">"For"</th>
                        <th scope="col" data-num="">"Transaction"</th>
                        <th scope="col">"Statement"</th>
                        <th scope="col">"Actions"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
    .into_any()
}

fn buttons(session: Session, signalling: Signalling) -> AnyView {
    let Some(started_at) = session.started_at.filter(|_| session.signalable) else {
        return view! { <span class="muted small">"Not ours to end"</span> }.into_any();
    };
    let pid = session.pid;
    let ask = |question: Question<Ending>| {
        let about = Ending { session: session.clone(), started_at };
        move |()| question.ask(about.clone())
    };
    let name = move || view! { <span class="visually-hidden">{format!(" process {pid}")}</span> };
    view! {
        <Button small=true on_press=ask(signalling.cancelling)>"Cancel…" {name()}</Button>
        <Button small=true on_press=ask(signalling.terminating)>"Terminate…" {name()}</Button>
    }
    .into_any()
}

fn dialogs(Signalling { cancelling, terminating }: Signalling) -> AnyView {
    let (refresh, toasts) = (use_refresh(), use_toasts());
    let done = move |(_, SignalAnswer { sent, sentence }): (Ending, SignalAnswer)| {
        toasts.show(if sent { Tone::Success } else { Tone::Warning }, sentence);
        refresh.now();
    };
    let statement = |question: Question<Ending>| {
        move || question.with(|about| about.session.query.clone()).flatten().map(super::panel::code)
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
