//! `/admin`: the installation, for its administrators. Whether mail gets through, what to do when
//! it does not, and how the periodic jobs are doing.

pub(super) mod jobs;

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
            Badge, Banner, Button, Card, EmptyState, Head, IconName, LinkButton, PageHeader,
            PageTitle, Table, Tone, rows, text_rows,
        },
        form::focus,
        loaded::Loaded,
        moment::Moment,
    },
};
use jobs::PeriodicJobs;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{LazyRoute, lazy_route};
use uuid::Uuid;

/// The page, loaded when it is visited.
pub struct AdminPage;

#[lazy_route]
impl LazyRoute for AdminPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Admin />
            </div>
        }
        .into_any()
    }
}

#[component]
fn Admin() -> impl IntoView {
    let status = resource(|| (), |()| load_mail_status());
    let again = Callback::new(move |()| status.refetch());
    view! {
        <PageTitle text="Administration" />
        <PageHeader
            title="Administration"
            hint="The installation as a whole, for its administrators."
        />
        <Loaded
            read=status
            label="Loading the state of mail"
            lines=6
            refused=|error| view! { <NotAllowed error=error /> }.into_any()
            let:status
        >
            <Mail status=status again=again />
        </Loaded>
        <PeriodicJobs />
    }
}

#[component]
fn NotAllowed(error: ApiError) -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Shield
            title="This page is for administrators"
            text=error.error
            actions=|| {
                view! { <LinkButton href="/settings/display">"Go to your settings"</LinkButton> }
            }
        />
    }
}

/// How mail goes.
#[component]
fn Mail(status: MailStatusAnswer, again: Callback<()>) -> impl IntoView {
    let MailStatusAnswer { configured, missing, server, from, links, counts, problems } = status;
    let state = move || {
        let (tone, word) =
            if configured { (Tone::Success, "Set up") } else { (Tone::Warning, "Not set up") };
        view! { <Badge tone=tone>{word}</Badge> }
    };
    let missing = (!missing.is_empty()).then(|| {
        view! {
            <Banner tone=Tone::Warning>
                <p>"No mail is sent. Before the next start of the server:"</p>
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
            hint="Notifications for those who want them by mail."
            actions=state
        >
            {missing}
            <dl class="history-facts">
                {fact("Handed in at", server)} {fact("Sender", from)}
                {fact("Links begin with", Some(links))}
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
        ("Waiting", queued),
        ("Being sent", counts.sending.to_string()),
        ("To be tried again", counts.failed.to_string()),
        ("Given up", counts.parked.to_string()),
        ("Sent within 24 hours", counts.sent_last_day.to_string()),
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
                        {format!("The mail server took it. Look into the mailbox of {to}.")}
                    </Banner>
                }
            }
            Ok(TestMailAnswer { problem, .. }) => {
                view! {
                    <Banner tone=Tone::Danger>
                        {problem.unwrap_or_else(|| "The mail was not taken.".into())}
                    </Banner>
                }
            }
            Err(error) => view! { <Banner tone=Tone::Danger>{error.error}</Banner> },
        })
    };
    view! {
        <div class="mail-test">
            <Button icon=IconName::Mail busy=busy on_press=send>
                "Send a test mail to me"
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
            <Card id="mail-problems" title="Mail that did not get through">
                <EmptyState
                    icon=IconName::Check
                    title="Nothing is stuck"
                    text="What a mail server refuses stands here, with its reason."
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
                "Try all again"
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
        Head::text("Since"),
        Head::Hidden("Actions"),
    ];
    view! {
        <Card
            id="mail-problems"
            title="Mail that did not get through"
            hint="What they say is for their readers only."
            actions=all
            flush=true
        >
            <Table label="Table of mail that did not get through" heads=heads>
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
        MailState::Parked => (Tone::Danger, "Given up"),
        _ => (Tone::Warning, "Tried again"),
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
                    "Try again"
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
                    self.toasts.show(Tone::Success, "The mail is tried again.")
                }
                Ok(RetryMailAnswer { retried }) => {
                    self.toasts.show(Tone::Success, format!("{retried} mails are tried again."))
                }
                Err(error) => self.toasts.show(Tone::Danger, error.error),
            }
            self.busy.set(false);
            self.again.run(());
            focus("#main");
        });
    }
}
