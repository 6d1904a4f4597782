//! Whether mail gets through, and what to do when it does not.

use crate::{
    api::{
        admin::{RetryMail, SendTestMail, load_mail_status},
        error::ApiError,
        operation::Nothing,
    },
    domain::mail::{
        MailCounts, MailProblem, MailState, MailStatusAnswer, RetryMailAnswer, RetryMailRequest,
        TestMailAnswer,
    },
    ui::{
        client::{
            resource::resource,
            rest::Call,
            toasts::{Toasts, use_toasts},
        },
        components::{
            Badge, Banner, Button, Card, EmptyState, Head, IconName, Table, Tone, rows, text_rows,
        },
        form::focus,
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The state of mail.
#[component]
pub fn MailTab() -> impl IntoView {
    let status = resource(|| (), |()| load_mail_status());
    let again = Callback::new(move |()| status.refetch());
    view! {
        <Loaded read=status label="Loading the state of mail" lines=6 let:status>
            <Mail status=status again=again />
        </Loaded>
    }
    .into_any()
}

/// How mail goes.
#[component]
fn Mail(status: MailStatusAnswer, again: Callback<()>) -> impl IntoView {
    let MailStatusAnswer { configured, missing, server, from, links, counts, problems } = status;
    let state = move || {
        let (tone, word) = if configured { (Tone::Success, "On") } else { (Tone::Warning, "Off") };
        view! { <Badge tone=tone>{word}</Badge> }
    };
    let missing = (!missing.is_empty()).then(|| {
        view! {
            <Banner tone=Tone::Warning>
                <p>"Mail is off. To turn it on, restart the server after this:"</p>
                <ul>{text_rows(missing, |sentence| view! { <li>{sentence}</li> })}</ul>
            </Banner>
        }
    });
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{name}</dt>
                <dd>{value}</dd>
            }
        })
    };
    view! {
        <Card
            id="mail"
            title="Mail"
            hint="Notifications and invitations by e-mail."
            actions=state
        >
            {missing}
            <dl class="history-facts">
                {fact("Mail server", server)} {fact("Sender", from)}
                {fact("Base of links", Some(links))}
            </dl>
            <Figures counts=counts />
            {configured.then(|| view! { <TestMail /> })}
        </Card>
        <NotThrough problems=problems again=again />
    }
    .into_any()
}

#[component]
fn Figures(counts: MailCounts) -> impl IntoView {
    let queued = match counts.in_digests {
        0 => counts.queued.to_string(),
        digests => format!("{} ({digests} for a digest)", counts.queued),
    };
    let lines = [
        ("Queued", queued),
        ("Sending", counts.sending.to_string()),
        ("Will retry", counts.failed.to_string()),
        ("Gave up", counts.parked.to_string()),
        ("Sent in last 24 hours", counts.sent_last_day.to_string()),
    ];
    let lines = rows(
        lines,
        |(name, _)| *name,
        |(name, count)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd>{count}</dd>
                </div>
            }
        },
    );
    view! { <dl class="mail-figures">{lines}</dl> }.into_any()
}

/// Sends a mail now and says what the mail server said.
#[component]
fn TestMail() -> impl IntoView {
    let busy = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Result<TestMailAnswer, ApiError>>);
    let send = move |()| {
        busy.set(true);
        outcome.set(None);
        spawn_local(async move {
            outcome.set(Some(Call::<SendTestMail>::new((), &Nothing {}).send().await));
            busy.set(false);
        });
    };
    let status = move || {
        outcome.get().map(|outcome| match outcome {
            Ok(TestMailAnswer { to, sent: true, .. }) => {
                view! {
                    <Banner tone=Tone::Success>
                        {format!("Accepted by the mail server. Check the mailbox of {to}.")}
                    </Banner>
                }
            }
            Ok(TestMailAnswer { problem, .. }) => {
                view! {
                    <Banner tone=Tone::Danger>
                        {problem.unwrap_or_else(|| "The mail was not accepted.".into())}
                    </Banner>
                }
            }
            Err(error) => view! { <Banner tone=Tone::Danger>{error.error}</Banner> },
        })
    };
    view! {
        <div class="mail-test">
            <Button icon=IconName::Mail busy=busy on_press=send>
                "Send me a test mail"
            </Button>
            {status}
        </div>
    }
}

/// Mail that was refused, and trying it again.
#[component]
fn NotThrough(problems: Vec<MailProblem>, again: Callback<()>) -> impl IntoView {
    if problems.is_empty() {
        return view! {
            <Card id="mail-problems" title="Failed deliveries">
                <EmptyState
                    icon=IconName::Check
                    title="No delivery problems"
                    text="Mail that a mail server refuses appears here with the reason."
                />
            </Card>
        }
        .into_any();
    }
    let retry = Retry { toasts: use_toasts(), busy: RwSignal::new(false), again };
    let all = move || {
        view! {
            <Button
                small=true
                icon=IconName::Reset
                busy=retry.busy
                on_press=move |()| retry.send(None)
            >
                "Retry all"
            </Button>
        }
    };
    let row = |problem| view! { <ProblemRow problem=problem retry=retry /> };
    let rows = rows(problems, |problem| problem.id, row);
    let heads = [
        Head::text("To"),
        Head::text("About"),
        Head::text("State"),
        Head::number("Attempts"),
        Head::text("Reason"),
        Head::text("Created"),
        Head::Hidden("Actions"),
    ];
    view! {
        <Card
            id="mail-problems"
            title="Failed deliveries"
            hint="The content is visible only to recipients."
            actions=all
            flush=true
        >
            <Table label="Delivery list" heads=heads>
                {rows}
            </Table>
        </Card>
    }
    .into_any()
}

#[component]
fn ProblemRow(problem: MailProblem, retry: Retry) -> impl IntoView {
    let MailProblem { id, to, category, state, attempts, last_error, next_attempt_at, created_at } =
        problem;
    let (tone, word) = match state {
        MailState::Parked => (Tone::Danger, "Gave up"),
        _ => (Tone::Warning, "Will retry"),
    };
    let next = next_attempt_at.map(|time| {
        view! {
            " "
            <small>"next " <Moment time=time ahead=true /></small>
        }
    });
    let name = to.clone();
    view! {
        <tr>
            <th scope="row">{to}</th>
            <td>{category.label()}</td>
            <td>
                <Badge tone=tone>{word}</Badge>
                {next}
            </td>
            <td translate="no" data-num="">
                {attempts}
            </td>
            <td class="mail-reason">{last_error}</td>
            <td>
                <Moment time=created_at />
            </td>
            <td>
                <Button small=true busy=retry.busy on_press=move |()| retry.send(Some(id))>
                    "Retry"
                    <span class="visually-hidden">" mail to " {name}</span>
                </Button>
            </td>
        </tr>
    }
    .into_any()
}

/// Trying mail again, one or all.
#[derive(Clone, Copy)]
struct Retry {
    toasts: Toasts,
    busy: RwSignal<bool>,
    again: Callback<()>,
}

impl Retry {
    fn send(self, id: Option<Uuid>) {
        self.busy.set(true);
        let body = RetryMailRequest { all: id.is_none(), ids: id.into_iter().collect() };
        spawn_local(async move {
            match Call::<RetryMail>::new((), &body).send().await {
                Ok(RetryMailAnswer { retried: 1 }) => {
                    self.toasts.show(Tone::Success, "Mail queued again.")
                }
                Ok(RetryMailAnswer { retried }) => {
                    self.toasts.show(Tone::Success, format!("{retried} mails queued again."))
                }
                Err(error) => self.toasts.show(Tone::Danger, error.error),
            }
            self.busy.set(false);
            self.again.run(());
            focus("#main");
        });
    }
}
