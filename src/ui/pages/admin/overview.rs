//! How the installation is doing: its program and servers, its keys, and whether its history is
//! whole.

use super::overview_cards::{EnvironmentCard, RetentionCard, VaultCard, WebhookCard};
use crate::{
    api::{
        admin::{VerifyHistory, load_installation},
        error::ApiError,
        operation::Nothing,
    },
    domain::admin::{InstallationAnswer, ServerView, Verification, VerificationAnswer},
    ui::{
        client::{resource::resource, rest::Call},
        components::{
            Badge, Banner, Button, Card, EmptyState, Head, IconName, Table, Tone, rows, text_rows,
        },
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub fn OverviewTab() -> impl IntoView {
    let read = resource(|| (), |()| load_installation());
    view! {
        <Loaded read=read label="Loading the overview" lines=12 let:answer>
            <Cards answer=answer />
        </Loaded>
    }
    .into_any()
}

#[component]
fn Cards(answer: InstallationAnswer) -> impl IntoView {
    let InstallationAnswer {
        version,
        commit,
        started_at,
        postgres_version,
        servers,
        vault,
        environment,
        webhook,
        retention,
        verification,
    } = answer;
    let commit = commit.map(|commit| {
        view! {
            <dt>"Commit"</dt>
            <dd>
                <code translate="no">{commit}</code>
            </dd>
        }
    });
    view! {
        <div class="stack">
            <Card id="installation" title="Installation">
                <dl class="history-facts">
                    <dt>"Version"</dt>
                    <dd translate="no">{version}</dd>
                    {commit}
                    <dt>"PostgreSQL"</dt>
                    <dd translate="no">{postgres_version}</dd>
                    <dt>"This server started"</dt>
                    <dd>
                        <Moment time=started_at />
                    </dd>
                </dl>
            </Card>
            <ServersCard servers=servers />
            <VerificationCard last=verification />
            <VaultCard vault=vault />
            <WebhookCard webhook=webhook />
            <EnvironmentCard variables=environment />
            <RetentionCard tables=retention />
        </div>
    }
    .into_any()
}

#[component]
fn ServersCard(servers: Vec<ServerView>) -> impl IntoView {
    if servers.is_empty() {
        return view! {
            <Card id="servers" title="Servers">
                <EmptyState
                    icon=IconName::Device
                    title="No server answers from memory"
                    text="Servers appear here a moment after they start."
                />
            </Card>
        }
        .into_any();
    }
    let heads = [
        Head::text("Server"),
        Head::text("Address"),
        Head::text("Version"),
        Head::text("Started"),
        Head::text("Last sign of life"),
    ];
    let lines = rows(servers, |it| it.id, |it| view! { <ServerRow server=it /> });
    view! {
        <Card id="servers" title="Servers" hint="They share the database." flush=true>
            <Table label="List of servers" heads=heads>
                {lines}
            </Table>
        </Card>
    }
    .into_any()
}

#[component]
fn ServerRow(server: ServerView) -> impl IntoView {
    let name = server.name.unwrap_or_else(|| server.id.to_string());
    let own = server.own.then(|| view! { <Badge tone=Tone::Accent>"This one"</Badge> });
    let gone = (!server.alive).then(|| view! { <Badge tone=Tone::Warning>"Silent"</Badge> });
    view! {
        <tr>
            <th scope="row">
                <span translate="no">{name}</span>
                " "
                {own}
                " "
                {gone}
            </th>
            <td translate="no">{server.address}</td>
            <td translate="no">{server.version}</td>
            <td class="nowrap">
                <Moment time=server.started_at />
            </td>
            <td class="nowrap">
                <Moment time=server.seen_at />
            </td>
        </tr>
    }
    .into_any()
}

/// Whether anybody altered the history, as it was seen last, and looking again.
#[component]
fn VerificationCard(last: Option<Verification>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let last = RwSignal::new(last);
    let found = RwSignal::new(Vec::<String>::new());
    let problem = RwSignal::new(None::<ApiError>);
    let verify = move |()| {
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match Call::<VerifyHistory>::new((), &Nothing {}).send().await {
                Ok(VerificationAnswer { verification, problems }) => {
                    found.set(problems);
                    last.set(Some(verification));
                }
                Err(error) => problem.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let action = move || {
        view! {
            <Button small=true icon=IconName::Shield busy=busy on_press=verify>
                "Verify now"
            </Button>
        }
    };
    let outcome = move || match last.get() {
        Some(verification) => view! { <Outcome verification=verification /> }.into_any(),
        None => view! { <p class="muted">"Not verified here yet."</p> }.into_any(),
    };
    let failed = move || {
        problem.get().map(|error| view! { <Banner tone=Tone::Danger>{error.error}</Banner> })
    };
    view! {
        <Card
            id="history-verification"
            title="Integrity of the history"
            hint="Every change is chained to the one before it."
            actions=action
        >
            <div class="stack" data-gap="s" role="status">
                {failed}
                {outcome}
                <ul class="stack" data-gap="s" translate="no">
                    {move || text_rows(found.get(), |line| view! { <li>{line}</li> })}
                </ul>
            </div>
        </Card>
    }
    .into_any()
}

#[component]
fn Outcome(verification: Verification) -> impl IntoView {
    let Verification { at, by, rows, findings } = verification;
    let (tone, words) = match findings {
        0 => (Tone::Success, format!("Whole: {rows} changes, none altered or removed.")),
        1 => (Tone::Danger, "1 finding: something was altered or removed.".to_owned()),
        _ => (Tone::Danger, format!("{findings} findings: the history was altered.")),
    };
    view! {
        <Banner tone=tone>{words}</Banner>
        <p class="small muted">
            "Verified " <Moment time=at /> " by " <span translate="no">{by}</span> "."
        </p>
    }
    .into_any()
}
