//! The cards of the overview.

use super::{
    address::address,
    panel::panel,
    words::{count, seconds},
};
use crate::{
    domain::{
        database::{
            Growth, Interval, OldTransaction, Overview, PreparedTransaction, Replication, Usage,
            Wraparound, XminHolder,
        },
        quantity::{bytes, bytes_changed, percent},
    },
    ui::{
        components::{Badge, IconName, Meter, Tone, parts, rows, text_rows},
        moment::Moment,
    },
};
use leptos::prelude::*;

/// Below this ratio the cache is called too small, as its alert does.
const LOW_CACHE: f64 = 0.9;

pub fn cards(overview: Overview) -> AnyView {
    let Overview { database, version, started_at, in_recovery, statistics_reset_at, .. } = overview;
    let standby = in_recovery.then(|| {
        view! { " " <Badge tone=Tone::Warning icon=IconName::Warning>"Standby: it cannot be maintained"</Badge> }
    });
    let reset = match statistics_reset_at {
        Some(time) => view! { <Moment time=time /> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <div class="database-cards">
            {card(
                "Server",
                view! {
                    <p class="database-figure">"PostgreSQL " {version} {standby}</p>
                    <p class="muted small">"Database " <code translate="no">{database}</code></p>
                    <p class="muted small">"Started " <Moment time=started_at /></p>
                    <p class="muted small">"Statistics reset " {reset}</p>
                },
            )}
            {card("Size", (panel(overview.size_bytes, |size| figure(bytes(size))), panel(overview.growth, growth)))}
            {card("Connections", panel(overview.connections, usage))}
            {card("Last interval", panel(overview.interval, interval))}
            {card("Oldest transaction", panel(overview.oldest_transaction, oldest))}
            {card("What holds back vacuum", panel(overview.oldest_xmin, holder))}
            {card("Wraparound", panel(overview.wraparound, wraparound))}
            {card("Replication", panel(overview.replication, replication))}
            {card("Prepared transactions", panel(overview.prepared_transactions, prepared))}
            {card("Checksum failures", panel(overview.checksum_failures, failures))}
            {card("Waiting for a restart", panel(overview.pending_restart, restart))}
        </div>
    }
    .into_any()
}

fn card(title: &'static str, content: impl IntoView + 'static) -> AnyView {
    view! {
        <section class="database-card" aria-label=title>
            <h2>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

fn figure(text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <p class="database-figure">{text}</p> }.into_any()
}

fn quiet(text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <p class="muted small">{text}</p> }.into_any()
}

fn growth(growth: Growth) -> AnyView {
    let daily = growth.bytes_per_day().round() as i64;
    quiet(format!(
        "{} in {}, {} a day",
        bytes_changed(growth.bytes),
        seconds(growth.seconds),
        bytes_changed(daily)
    ))
}

fn usage(usage: Usage) -> AnyView {
    let tone = match usage.share() {
        share if share > 0.9 => Tone::Danger,
        share if share > 0.8 => Tone::Warning,
        _ => Tone::Accent,
    };
    view! {
        <Meter
            id="database-connections-used"
            label="In use"
            value=usage.used as f64
            max=usage.available as f64
            text=format!("{} of {}, {}", count(usage.used), count(usage.available), percent(usage.share()))
            tone=tone
        />
    }
    .into_any()
}

fn interval(interval: Interval) -> AnyView {
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
        None => quiet("Cache hit ratio: nothing was read."),
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
    let facts =
        facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! {
        {cache}
        <dl class="database-facts">{parts(facts)}</dl>
        {quiet(format!("Over {}", seconds(interval.seconds)))}
    }
    .into_any()
}

fn oldest(oldest: Option<OldTransaction>) -> AnyView {
    let Some(OldTransaction { pid, user, application, state, seconds: length }) = oldest else {
        return figure("None is open");
    };
    let who = [user, application, state]
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>();
    view! {
        {figure(seconds(length))}
        <p class="muted small">
            <a href="/database/connections">{format!("Process {pid}")}</a>
            {(!who.is_empty()).then(|| format!(": {}", who.join(", ")))}
        </p>
    }
    .into_any()
}

fn holder(holder: Option<XminHolder>) -> AnyView {
    match holder {
        Some(holder) => view! {
            {figure(format!("{} transactions", count(holder.age)))}
            {quiet(holder.sentence)}
        }
        .into_any(),
        None => figure("Nothing"),
    }
}

fn wraparound(wraparound: Wraparound) -> AnyView {
    let meter = |id: &'static str, label: &'static str, share: f64, age: i64| {
        let tone = match share {
            share if share > 0.75 => Tone::Danger,
            share if share > 0.5 => Tone::Warning,
            _ => Tone::Accent,
        };
        let text = format!("{} ({})", percent(share), count(age));
        view! { <Meter id=id label=label value=share max=1.0 text=text tone=tone /> }
    };
    let table = wraparound.oldest_table.map(|table| quiet(format!("Oldest row in {table}")));
    view! {
        {meter("database-xid", "Transactions", wraparound.xid_share, wraparound.xid_age)}
        {meter("database-multixact", "Multixacts", wraparound.multixact_share, wraparound.multixact_age)}
        {table}
    }
    .into_any()
}

fn replication(replication: Replication) -> AnyView {
    if replication.replicas.is_empty() && replication.slots.is_empty() {
        return figure("No standby and no slot");
    }
    let replicas = rows(
        replication.replicas,
        |replica| replica.name.clone(),
        |replica| {
            let lag = replica.lag_bytes.map(|lag| format!(", {} behind", bytes(lag)));
            let late = replica.lag_seconds.map(|late| format!(", {} late", seconds(late)));
            view! { <li>"Standby " <strong>{replica.name}</strong> {replica.state.map(|state| format!(", {state}"))} {lag} {late}</li> }
        },
    );
    let slots = rows(
        replication.slots,
        |slot| slot.name.clone(),
        |slot| {
            let (tone, word) =
                if slot.active { (Tone::Success, "Active") } else { (Tone::Warning, "Inactive") };
            let kept = slot.retained_bytes.map(|kept| format!(" keeps {}", bytes(kept)));
            let status = slot.wal_status.map(|status| format!(", {status}"));
            view! { <li>{format!("Slot ({}) ", slot.kind)} <strong>{slot.name}</strong> {kept} {status} " " <Badge tone=tone>{word}</Badge></li> }
        },
    );
    view! { <ul class="database-list">{replicas} {slots}</ul> }.into_any()
}

fn prepared(all: Vec<PreparedTransaction>) -> AnyView {
    if all.is_empty() {
        return figure("None");
    }
    let all = rows(
        all,
        |one| one.gid.clone(),
        |one| {
            view! { <li><code translate="no">{one.gid}</code> {format!(" of {}, for {}", one.owner, seconds(one.seconds))}</li> }
        },
    );
    view! { <ul class="database-list">{all}</ul> }.into_any()
}

fn failures(failures: i64) -> AnyView {
    if failures == 0 {
        return figure("None");
    }
    view! {
        {figure(count(failures))}
        <p><a href=address("alerts", &[("kind", "checksum_failure")])>"What to do"</a></p>
    }
    .into_any()
}

fn restart(settings: Vec<String>) -> AnyView {
    if settings.is_empty() {
        return figure("Nothing");
    }
    let settings =
        text_rows(settings, |name| view! { <li><code translate="no">{name}</code></li> });
    view! { <ul class="database-list">{settings}</ul> }.into_any()
}
