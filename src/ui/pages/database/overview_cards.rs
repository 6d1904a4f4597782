//! The cards of the overview.

use super::{
    address::address,
    panel::{ConnectionMeter, PanelCard, PanelView, SmallCard},
    words::{count, seconds},
};
use crate::{
    domain::{
        database::{
            Growth, Interval, OldTransaction, Overview, PreparedTransaction, Replication,
            Wraparound, XminHolder,
        },
        quantity::{bytes, bytes_changed, percent},
    },
    ui::{
        components::{Badge, IconName, Meter, Tone, UsageMeter, parts, rows, text_rows},
        moment::Moment,
    },
};
use leptos::prelude::*;

/// Below this ratio the cache is called too small, as its alert does.
const LOW_CACHE: f64 = 0.9;

/// The cards, each with how sure it is.
#[component]
pub fn OverviewCards(overview: Overview) -> impl IntoView {
    let Overview { database, version, started_at, in_recovery, statistics_reset_at, .. } = overview;
    let standby = in_recovery.then(|| {
        view! {
            " "
            <Badge tone=Tone::Warning icon=IconName::Warning>
                "Standby: it cannot be maintained"
            </Badge>
        }
    });
    let reset = match statistics_reset_at {
        Some(time) => view! { <Moment time=time /> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <div class="database-cards">
            <SmallCard title="Server">
                <p class="database-figure">"PostgreSQL " {version} {standby}</p>
                <p class="muted small">"Database " <code translate="no">{database}</code></p>
                <p class="muted small">"Started " <Moment time=started_at /></p>
                <p class="muted small">"Statistics reset " {reset}</p>
            </SmallCard>
            <SmallCard title="Size">
                <PanelView panel=overview.size_bytes let:size>
                    <Figure text=bytes(size) />
                </PanelView>
                <PanelView panel=overview.growth let:growth>
                    <Quiet text=growth_words(growth) />
                </PanelView>
            </SmallCard>
            <PanelCard title="Connections" panel=overview.connections let:usage>
                <ConnectionMeter id="database-connections-used" usage=usage />
            </PanelCard>
            <PanelCard title="Last interval" panel=overview.interval let:interval>
                <LastInterval interval=interval />
            </PanelCard>
            <PanelCard title="Oldest transaction" panel=overview.oldest_transaction let:oldest>
                <Oldest oldest=oldest />
            </PanelCard>
            <PanelCard title="What holds back vacuum" panel=overview.oldest_xmin let:holder>
                <Holder holder=holder />
            </PanelCard>
            <PanelCard title="Wraparound" panel=overview.wraparound let:age>
                <WraparoundMeters age=age />
            </PanelCard>
            <PanelCard title="Replication" panel=overview.replication let:all>
                <Standbys all=all />
            </PanelCard>
            <PanelCard title="Prepared transactions" panel=overview.prepared_transactions let:all>
                <Prepared all=all />
            </PanelCard>
            <PanelCard title="Checksum failures" panel=overview.checksum_failures let:number>
                <Failures number=number />
            </PanelCard>
            <PanelCard title="Waiting for a restart" panel=overview.pending_restart let:settings>
                <Restart settings=settings />
            </PanelCard>
        </div>
    }
    .into_any()
}

/// The card's number, or the word in its place.
#[component]
fn Figure(#[prop(into)] text: String) -> impl IntoView {
    view! { <p class="database-figure">{text}</p> }.into_any()
}

/// What is said beneath it.
#[component]
fn Quiet(#[prop(into)] text: String) -> impl IntoView {
    view! { <p class="muted small">{text}</p> }.into_any()
}

fn growth_words(growth: Growth) -> String {
    let daily = growth.bytes_per_day().round() as i64;
    format!(
        "{} in {}, {} a day",
        bytes_changed(growth.bytes),
        seconds(growth.seconds),
        bytes_changed(daily)
    )
}

#[component]
fn LastInterval(interval: Interval) -> impl IntoView {
    let cache = match interval.cache_hit_ratio {
        Some(ratio) => view! {
            <Meter
                id="database-cache"
                label="Cache hit ratio"
                value=ratio
                max=1.0
                text=percent(ratio)
                tone=if ratio < LOW_CACHE { Tone::Warning } else { Tone::Accent }
            />
        }
        .into_any(),
        None => view! { <Quiet text="Cache hit ratio: nothing was read." /> }.into_any(),
    };
    let facts = [
        ("Commits", format!("{:.1} /s", interval.commits_per_second)),
        ("Rollbacks", format!("{:.1} /s", interval.rollbacks_per_second)),
        ("Rows read", format!("{:.0} /s", interval.tuples_read_per_second)),
        ("Rows written", format!("{:.1} /s", interval.tuples_written_per_second)),
        ("Deadlocks", count(interval.deadlocks)),
        ("Conflicts", count(interval.conflicts)),
        (
            "Temporary files",
            format!("{} ({})", count(interval.temp_files), bytes(interval.temp_bytes)),
        ),
    ];
    let facts = facts.into_iter().map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! {
        {cache}
        <dl class="database-facts">{parts(facts)}</dl>
        <Quiet text=format!("Over {}", seconds(interval.seconds)) />
    }
    .into_any()
}

#[component]
fn Oldest(oldest: Option<OldTransaction>) -> impl IntoView {
    let Some(OldTransaction { pid, user, application, state, seconds: length }) = oldest else {
        return view! { <Figure text="None is open" /> }.into_any();
    };
    let who = [user, application, state]
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>();
    view! {
        <Figure text=seconds(length) />
        <p class="muted small">
            <a href="/database/connections">{format!("Process {pid}")}</a>
            {(!who.is_empty()).then(|| format!(": {}", who.join(", ")))}
        </p>
    }
    .into_any()
}

#[component]
fn Holder(holder: Option<XminHolder>) -> impl IntoView {
    match holder {
        Some(holder) => view! {
            <Figure text=format!("{} transactions", count(holder.age)) />
            <Quiet text=holder.sentence />
        }
        .into_any(),
        None => view! { <Figure text="Nothing" /> }.into_any(),
    }
}

/// How much of the identifiers is used up.
#[component]
fn WraparoundMeters(age: Wraparound) -> impl IntoView {
    let meter = |id: &'static str, label: &'static str, share: f64, age: i64| {
        let text = format!("{} ({})", percent(share), count(age));
        view! { <UsageMeter id=id label=label used=share text=text warning=0.5 danger=0.75 /> }
    };
    let table = age.oldest_table.map(|table| {
        view! { <Quiet text=format!("Oldest row in {table}") /> }
    });
    view! {
        {meter("database-xid", "Transactions", age.xid_share, age.xid_age)}
        {meter("database-multixact", "Multixacts", age.multixact_share, age.multixact_age)}
        {table}
    }
    .into_any()
}

#[component]
fn Standbys(all: Replication) -> impl IntoView {
    if all.replicas.is_empty() && all.slots.is_empty() {
        return view! { <Figure text="No standby and no slot" /> }.into_any();
    }
    let replicas = rows(
        all.replicas,
        |replica| replica.name.clone(),
        |replica| {
            let lag = replica.lag_bytes.map(|lag| format!(", {} behind", bytes(lag)));
            let late = replica.lag_seconds.map(|late| format!(", {} late", seconds(late)));
            view! {
                <li>
                    "Standby " <strong>{replica.name}</strong>
                    {replica.state.map(|state| format!(", {state}"))} {lag} {late}
                </li>
            }
        },
    );
    let slots = rows(
        all.slots,
        |slot| slot.name.clone(),
        |slot| {
            let (tone, word) =
                if slot.active { (Tone::Success, "Active") } else { (Tone::Warning, "Inactive") };
            let kept = slot.retained_bytes.map(|kept| format!(" keeps {}", bytes(kept)));
            let status = slot.wal_status.map(|status| format!(", {status}"));
            view! {
                <li>
                    {format!("Slot ({}) ", slot.kind)} <strong>{slot.name}</strong> {kept} {status}
                    " " <Badge tone=tone>{word}</Badge>
                </li>
            }
        },
    );
    view! { <ul class="database-list">{replicas} {slots}</ul> }.into_any()
}

#[component]
fn Prepared(all: Vec<PreparedTransaction>) -> impl IntoView {
    if all.is_empty() {
        return view! { <Figure text="None" /> }.into_any();
    }
    let all = rows(
        all,
        |one| one.gid.clone(),
        |one| {
            view! {
                <li>
                    <code translate="no">{one.gid}</code>
                    {format!(" of {}, for {}", one.owner, seconds(one.seconds))}
                </li>
            }
        },
    );
    view! { <ul class="database-list">{all}</ul> }.into_any()
}

#[component]
fn Failures(number: i64) -> impl IntoView {
    if number == 0 {
        return view! { <Figure text="None" /> }.into_any();
    }
    view! {
        <Figure text=count(number) />
        <p>
            <a href=address("alerts", &[("kind", "checksum_failure")])>"What to do"</a>
        </p>
    }
    .into_any()
}

/// Settings that only count after a restart.
#[component]
fn Restart(settings: Vec<String>) -> impl IntoView {
    if settings.is_empty() {
        return view! { <Figure text="Nothing" /> }.into_any();
    }
    let settings = text_rows(settings, |name| {
        view! {
            <li>
                <code translate="no">{name}</code>
            </li>
        }
    });
    view! { <ul class="database-list">{settings}</ul> }.into_any()
}
