//! What the quality thresholds would make of a person's conversations: their scores over a track
//! with its zones, as the sliders stand now.

mod rerate;

use crate::{
    api::conversations::load_scores,
    domain::{
        generation::scores::{BARS, Counted, HIGHEST, OUTCOMES, ScoresAnswer, ranges, zones},
        money::grouped,
        preferences::values::QualityThresholds,
    },
    ui::{
        client::{preferences::use_preferences, resource::resource},
        components::{Card, Head, Rows, Table, parts},
        loaded::Loaded,
        tab_code::{TabCode, lazy_tab},
    },
};
use leptos::prelude::*;
use rerate::Rerate;

lazy_tab!(SettingsScoresTab, view! { <EffectCard /> });

/// What the thresholds would do. Its code comes for itself, because no other section needs it.
pub const SCORES_CODE: TabCode = TabCode::of::<SettingsScoresTab>();

#[component]
fn EffectCard() -> impl IntoView {
    let done = RwSignal::new(0_u32);
    let scores = resource(move || done.get(), |_| load_scores());
    let preferences = use_preferences();
    let unsaved = Signal::derive(move || {
        preferences.saver.draft.with(|draft| draft.as_ref().is_none_or(|draft| !draft.is_clean()))
    });
    view! {
        <Card
            id="quality-preview"
            title="Effect on your conversations"
            hint="By the scores they have now."
        >
            <Loaded read=scores label="Counting the scores" lines=5 let:scores>
                <Preview scores=scores />
            </Loaded>
            <Rerate unsaved=unsaved on_done=move |()| done.update(|done| *done += 1) />
        </Card>
    }
    .into_any()
}

/// The sentence, the picture, and both as tables.
#[component]
fn Preview(scores: ScoresAnswer) -> impl IntoView {
    let preferences = use_preferences();
    let shown = |path| preferences.shown(path);
    let (approval, flagging, acceptable) = (
        shown("qualityThresholds.autoApproval"),
        shown("qualityThresholds.flagging"),
        shown("qualityThresholds.minimumAcceptable"),
    );
    let thresholds = Memo::new(move |_| {
        let score = |value: Memo<serde_json::Value>| value.with(|value| value.as_f64());
        QualityThresholds {
            auto_approval: score(approval).unwrap_or_default(),
            flagging: score(flagging).unwrap_or_default(),
            minimum_acceptable: score(acceptable).unwrap_or_default(),
        }
    });
    let has_scores = scores.total > 0;
    // No threshold changes it.
    let highest = highest(&scores.histogram(&thresholds.get_untracked()));
    let axis = has_scores.then(|| view! { <Axis highest=highest /> });
    let table = has_scores.then(|| view! { <ByScore scores=scores.clone() /> });
    let scores = StoredValue::new(scores);
    let sentence = move || scores.with_value(|scores| scores.sentence(&thresholds.get()));
    let bars = move || scores.with_value(|scores| bars(scores, &thresholds.get()));
    let zones_of = move || scores.with_value(|scores| zone_rows(scores, &thresholds.get()));
    view! {
        <figure class="chart">
            <figcaption class="quality-sentence">{sentence}</figcaption>
            <div class="quality-picture" aria-hidden="true">
                {axis} {has_scores.then(|| view! { <svg class="quality-bars">{bars}</svg> })}
                <svg class="quality-track">{move || track(&thresholds.get())}</svg>
                <svg class="chart-x">{scale()}</svg>
            </div>
            <Table
                label="Effect of the thresholds"
                heads=[Head::text("Status"), Head::text("Scores"), Head::number("Conversations")]
            >
                {zones_of}
            </Table>
            {table}
        </figure>
    }
    .into_any()
}

/// Conversations of the highest bar.
fn highest(bars: &[Counted]) -> i64 {
    bars.iter().map(|bar| bar.iter().sum::<i64>()).max().unwrap_or_default().max(1)
}

/// The words beside the bars.
#[component]
fn Axis(highest: i64) -> impl IntoView {
    view! {
        <div class="chart-y">
            <span>{grouped(&highest.to_string())}</span>
            <span>"0"</span>
        </div>
    }
    .into_any()
}

/// A bar for each half point, divided where a threshold is within it.
fn bars(scores: &ScoresAnswer, thresholds: &QualityThresholds) -> Rows {
    const ROOM: f64 = 100.0 / BARS as f64;
    let bars = scores.histogram(thresholds);
    let highest = highest(&bars);
    let pieces = bars.into_iter().enumerate().flat_map(|(index, bar)| {
        let mut below = 0;
        OUTCOMES.into_iter().zip(bar).filter(|(_, count)| *count > 0).map(move |(status, count)| {
            below += count;
            let percent = |count: i64| format!("{:.2}%", 100.0 * count as f64 / highest as f64);
            view! {
                <rect
                    x=format!("{:.2}%", ROOM * (index as f64 + 0.1))
                    width=format!("{:.2}%", ROOM * 0.8)
                    y=percent(highest - below)
                    height=percent(count)
                    data-zone=status.as_str()
                />
            }
        })
    });
    parts(pieces)
}

/// The zones from 0 to 10, beside each other.
fn track(thresholds: &QualityThresholds) -> Rows {
    let zones = OUTCOMES.into_iter().zip(zones(thresholds)).map(|(status, (from, to))| {
        let percent = |score: f64| format!("{:.2}%", 100.0 * score / HIGHEST);
        view! {
            <rect
                x=percent(from)
                width=percent(to - from)
                height="100%"
                data-zone=status.as_str()
            />
        }
    });
    parts(zones)
}

/// The words below the track.
fn scale() -> Rows {
    let words = (0..=5).map(|step| {
        let anchor = match step {
            0 => "start",
            5 => "end",
            _ => "middle",
        };
        view! {
            <text x=format!("{}%", step * 20) y="1em" text-anchor=anchor>
                {step * 2}
            </text>
        }
    });
    parts(words)
}

/// What each status is given for, and to how many.
fn zone_rows(scores: &ScoresAnswer, thresholds: &QualityThresholds) -> Rows {
    let counted = scores.outcome(thresholds);
    let zones = OUTCOMES.into_iter().zip(ranges(thresholds)).zip(counted);
    let rows = zones.map(|((status, range), count)| {
        view! {
            <tr>
                <th scope="row">
                    <svg class="quality-swatch" aria-hidden="true" width="10" height="10">
                        <rect width="10" height="10" rx="2" data-zone=status.as_str() />
                    </svg>
                    {status.label()}
                </th>
                <td>{range}</td>
                <td translate="no" data-num="">
                    {grouped(&count.to_string())}
                </td>
            </tr>
        }
    });
    parts(rows)
}

/// The bars as a table.
#[component]
fn ByScore(scores: ScoresAnswer) -> impl IntoView {
    let rows = scores.scores.into_iter().map(|one| {
        view! {
            <tr>
                <th scope="row" translate="no">
                    {format!("{:.1}", one.score)}
                </th>
                <td translate="no" data-num="">
                    {grouped(&one.count.to_string())}
                </td>
            </tr>
        }
    });
    let rows = parts(rows);
    view! {
        <details>
            <summary>"Scores as a table"</summary>
            <Table
                label="Conversations by score"
                heads=[Head::text("Score"), Head::number("Conversations")]
            >
                {rows}
            </Table>
        </details>
    }
    .into_any()
}
