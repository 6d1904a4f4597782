//! The four figures of the overview in large letters, and what else is told of the server.

use super::{
    panel::{Cell, ConnectionMeter, Missing, PanelCard, PanelView, SmallCard},
    words::{count, seconds},
};
use crate::{
    domain::{
        database::{Growth, Interval, Overview, Panel, Reading, UsageLimits},
        quantity::{bytes, bytes_changed, milliseconds, percent},
    },
    ui::{
        components::{Badge, IconName, Tone, parts},
        moment::Moment,
    },
};
use leptos::prelude::*;

/// Below this ratio the cache is called too small, as its alert does.
const LOW_CACHE: f64 = 0.9;

/// Size, cache, connections and time of a query.
#[component]
pub fn Tiles(overview: Overview, limits: UsageLimits) -> impl IntoView {
    let Overview { size_bytes, growth, interval, connections, mean_query_ms, .. } = overview;
    let length = interval.value().map(|interval| seconds(interval.seconds));
    let over = length.map(|length| view! { <Quiet text=format!("Over {length}") /> });
    let (cache, tone) = match interval {
        Panel::Reading(reading) => match reading.value.cache_hit_ratio {
            Some(ratio) => {
                let tone = if ratio < LOW_CACHE { Tone::Warning } else { Tone::Neutral };
                let Reading { as_of, quality, .. } = reading;
                (Panel::Reading(Reading { value: percent(ratio), as_of, quality }), tone)
            }
            None => (Panel::unavailable("Nothing was read in the last interval."), Tone::Neutral),
        },
        Panel::Unavailable { unavailable } => (Panel::Unavailable { unavailable }, Tone::Neutral),
    };
    let used = connections.clone().map(|usage| percent(usage.share()));
    let meter = connections.value().map(|usage| {
        view! { <ConnectionMeter id="database-connections-used" usage=*usage limits=limits /> }
    });
    let since =
        mean_query_ms.value().map(|_| view! { <Quiet text="Between the last snapshots" /> });
    view! {
        <div class="database-tiles">
            <Tile title="Size" figure=size_bytes.map(bytes)>
                <PanelView panel=growth let:growth>
                    <Quiet text=growth_words(growth) />
                </PanelView>
            </Tile>
            <Tile title="Cache hit ratio" figure=cache tone=tone>
                {over}
            </Tile>
            <Tile title="Connections" figure=used>
                {meter}
            </Tile>
            <Tile title="Mean query time" figure=mean_query_ms.map(milliseconds)>
                {since}
            </Tile>
        </div>
    }
    .into_any()
}

/// One figure, and beneath it what is said of it.
#[component]
fn Tile(
    title: &'static str,
    figure: Panel<String>,
    #[prop(optional)] tone: Tone,
    children: Children,
) -> impl IntoView {
    let shown = match figure {
        Panel::Unavailable { unavailable: why } => view! { <Missing why=why /> }.into_any(),
        known => view! {
            <p class="database-tile-figure" data-tone=tone.name() translate="no">
                <Cell panel=known />
            </p>
        }
        .into_any(),
    };
    view! {
        <section class="database-card" aria-label=title>
            <h2>{title}</h2>
            {shown}
            {children()}
        </section>
    }
    .into_any()
}

/// What is said beneath a figure.
#[component]
fn Quiet(#[prop(into)] text: String) -> impl IntoView {
    view! { <p class="muted small">{text}</p> }.into_any()
}

fn growth_words(growth: Growth) -> String {
    let watched = format!("{} in {}", bytes_changed(growth.bytes), seconds(growth.seconds));
    match growth.bytes_per_day() {
        Some(daily) => {
            format!("{watched}, ≈ {} a day (estimate)", bytes_changed(daily.round() as i64))
        }
        None => watched,
    }
}

/// Which server it is, and what it did lately.
#[component]
pub fn ServerCards(overview: Overview) -> impl IntoView {
    let Overview {
        database, version, started_at, in_recovery, statistics_reset_at, interval, ..
    } = overview;
    let standby = in_recovery.then(|| {
        view! {
            " "
            <Badge tone=Tone::Warning icon=IconName::Warning>
                "Standby: it cannot be maintained"
            </Badge>
        }
    });
    let reset = match statistics_reset_at {
        Some(time) => view! {
            "Statistics reset "
            <Moment time=time />
        }
        .into_any(),
        None => "Statistics never reset".into_any(),
    };
    view! {
        <div class="database-cards">
            <SmallCard title="Server">
                <p class="database-figure">"PostgreSQL " {version} {standby}</p>
                <p class="muted small">"Database " <code translate="no">{database}</code></p>
                <p class="muted small">"Started " <Moment time=started_at /></p>
                <p class="muted small">{reset}</p>
            </SmallCard>
            <PanelCard title="Last interval" panel=interval let:interval>
                <LastInterval interval=interval />
            </PanelCard>
        </div>
    }
    .into_any()
}

#[component]
fn LastInterval(interval: Interval) -> impl IntoView {
    let facts = [
        ("Commits", format!("{:.1} /s", interval.commits_per_second)),
        ("Rollbacks", format!("{:.1} /s", interval.rollbacks_per_second)),
        ("Rows read", format!("{:.0} /s", interval.tuples_read_per_second)),
        ("Rows written", format!("{:.1} /s", interval.tuples_written_per_second)),
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
        <dl class="database-facts">{parts(facts)}</dl>
        <Quiet text=format!("Over {}", seconds(interval.seconds)) />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_an_estimate_and_needs_a_day() {
        let words = |seconds| growth_words(Growth { bytes: 2_202_010, seconds });
        assert_eq!(words(3_240.0), "+2.1 MiB in 54 min 0 s");
        assert_eq!(words(172_800.0), "+2.1 MiB in 48 h 0 min, ≈ +1.1 MiB a day (estimate)");
    }
}
