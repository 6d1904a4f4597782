//! Who is connected, who blocks whom, and ending what should not go on.

mod signalling;

use super::{
    panel::{
        ConnectionMeter, Missing, PanelCard, PanelView, SmallCard, TogetherNote, as_of, oldest,
    },
    refresh::{Refreshed, use_refresh},
    sql::Sql,
    words::{count, seconds},
};
use crate::{
    api::database::health::load_connections,
    domain::{
        database::{
            BlockedSession, ConnectionGroup, Connections, Panel, PoolView, Reading, Session,
        },
        quantity::milliseconds,
        sql::on_one_line,
    },
    ui::{
        client::resource::resource,
        components::{Badge, Card, EmptyState, Head, IconName, Table, Tone, rows},
    },
};
use leptos::prelude::*;
use signalling::{Dialogs, SessionButtons, Signalling};

/// Characters of a statement that are shown.
const SHOWN: usize = 300;

#[component]
pub fn ConnectionsTab() -> impl IntoView {
    let refresh = use_refresh();
    let read = resource(move || refresh.reading.get(), |_| load_connections());
    let signalling = Signalling::default();
    view! {
        <Refreshed label="Reading the connections" lines=10 read=read let:all>
            <Cards all=all signalling=signalling />
        </Refreshed>
        <Dialogs signalling=signalling />
    }
    .into_any()
}

#[component]
fn Cards(all: Connections, signalling: Signalling) -> impl IntoView {
    let read_at = oldest([as_of(&all.usage), as_of(&all.by_state), as_of(&all.blocking)]);
    let Connections {
        usage,
        limits,
        by_state,
        by_database,
        by_user,
        active,
        idle_in_transaction,
        blocking,
        pool,
    } = all;
    view! {
        <div class="stack">
            <TogetherNote as_of=read_at />
            <div class="database-cards">
                <PanelCard title="All connections" panel=usage let:usage>
                    <ConnectionMeter id="connections-used" usage=usage limits=limits />
                </PanelCard>
                <Groups title="By state" all=by_state />
                <Groups title="By database" all=by_database />
                <Groups title="By user" all=by_user />
                <OwnPool pool=pool />
            </div>
            <Card
                id="connections-blocking"
                title="Blocking sessions"
                hint="Blockers first."
                flush=true
            >
                <FlushPanel panel=blocking let:tree>
                    <Waiting tree=tree signalling=signalling />
                </FlushPanel>
            </Card>
            <Card
                id="connections-active"
                title="Active"
                hint="Longest running first."
                flush=true
            >
                <FlushPanel panel=active let:all>
                    <Sessions
                        label="Active sessions"
                        none="No active queries"
                        all=all
                        signalling=signalling
                    />
                </FlushPanel>
            </Card>
            <Card
                id="connections-idle"
                title="Idle in a transaction"
                hint="They keep vacuum from removing rows and may hold locks."
                flush=true
            >
                <FlushPanel panel=idle_in_transaction let:all>
                    <Sessions
                        label="Idle sessions"
                        none="No idle transactions"
                        all=all
                        signalling=signalling
                    />
                </FlushPanel>
            </Card>
        </div>
    }
    .into_any()
}

/// A panel in a card without padding.
#[component]
fn FlushPanel<T, V>(panel: Panel<T>, children: impl FnOnce(T) -> V) -> impl IntoView
where
    T: 'static,
    V: IntoView + 'static,
{
    match panel {
        Panel::Reading(Reading { value, .. }) => children(value).into_any(),
        Panel::Unavailable { unavailable: why } => view! {
            <div class="database-foot">
                <Missing why=why />
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Groups(title: &'static str, all: Panel<Vec<ConnectionGroup>>) -> impl IntoView {
    let row = |group: ConnectionGroup| {
        view! {
            <div>
                <dt>{group.name}</dt>
                <dd>{count(group.count)}</dd>
            </div>
        }
    };
    view! {
        <SmallCard title=title>
            <PanelView panel=all let:all>
                <dl class="database-facts">{rows(all, |group| group.name.clone(), row)}</dl>
            </PanelView>
        </SmallCard>
    }
    .into_any()
}

#[component]
fn OwnPool(pool: PoolView) -> impl IntoView {
    let wait = pool.wait_ms.map(|wait| {
        view! {
            <div>
                <dt>"Wait time"</dt>
                <dd>{milliseconds(wait)}</dd>
            </div>
        }
    });
    view! {
        <SmallCard title="This server’s pool">
            <dl class="database-facts">
                <div>
                    <dt>"Open"</dt>
                    <dd>{format!("{} of {}", pool.size, pool.max)}</dd>
                </div>
                <div>
                    <dt>"Idle"</dt>
                    <dd>{pool.idle}</dd>
                </div>
                {wait}
            </dl>
        </SmallCard>
    }
    .into_any()
}

/// Those that block, each with those that wait for it.
#[component]
fn Waiting(tree: Vec<BlockedSession>, signalling: Signalling) -> impl IntoView {
    if tree.is_empty() {
        return view! { <EmptyState title="No blocked sessions" /> }.into_any();
    }
    let about = |row: &BlockedSession| (row.session.pid, row.session.started_at);
    let rows = rows(tree, about, |BlockedSession { session, depth, blocked_by, relation }| {
        let pid = session.pid;
        let sentence = if depth == 0 {
            "Blocks others and waits for nobody.".to_owned()
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
                        {(depth == 0)
                            .then(|| {
                                view! {
                                    " "
                                    <Badge tone=Tone::Danger icon=IconName::Warning>
                                        "Blocks"
                                    </Badge>
                                }
                            })}
                        " "
                        {who(&session)}
                    </span>
                    <span class="item-hint">{sentence}</span>
                    {session
                        .query
                        .clone()
                        .map(|query| {
                            view! {
                                <code translate="no" class="database-query">
                                    <Sql text=on_one_line(&query, SHOWN) />
                                </code>
                            }
                        })}
                </div>
                <div class="item-actions">
                    <SessionButtons session=session signalling=signalling />
                </div>
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

#[component]
fn Sessions(
    /// Name of the table's region.
    label: &'static str,
    /// What is said when there is none.
    none: &'static str,
    all: Vec<Session>,
    signalling: Signalling,
) -> impl IntoView {
    if all.is_empty() {
        return view! { <EmptyState title=none /> }.into_any();
    }
    let about = |session: &Session| (session.pid, session.started_at);
    let rows = rows(all, about, |session| {
        let who = who(&session);
        let statement = on_one_line(session.query.as_deref().unwrap_or_default(), SHOWN);
        let length = |time: Option<f64>| time.map(seconds);
        view! {
            <tr>
                <th scope="row">{session.pid}</th>
                <td>{who}</td>
                <td>
                    {session.state.clone()}
                    {session
                        .wait
                        .clone()
                        .map(|wait| view! { <small class="muted">" " {wait}</small> })}
                </td>
                <td translate="no" data-num="" class="nowrap">
                    {length(session.state_seconds)}
                </td>
                <td translate="no" data-num="" class="nowrap">
                    {length(session.transaction_seconds)}
                </td>
                <td>
                    <code translate="no" class="database-query">
                        <Sql text=statement />
                    </code>
                </td>
                <td>
                    <span class="database-actions">
                        <SessionButtons session=session signalling=signalling />
                    </span>
                </td>
            </tr>
        }
    });
    let heads = [
        Head::text("Process"),
        Head::text("Who"),
        Head::text("State"),
        Head::number("For"),
        Head::number("Transaction"),
        Head::text("Statement"),
        Head::text("Actions"),
    ];
    view! {
        <Table label=label class="table database-table" heads=heads>
            {rows}
        </Table>
    }
    .into_any()
}
