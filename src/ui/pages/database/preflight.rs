//! Everything to know before an operation, as the server found it.

use super::{
    panel::{Cell, Code, bloat_words},
    words::{VerdictBadge, count, seconds},
};
use crate::{
    domain::{
        database::{Measurement, Preflight},
        quantity::bytes,
    },
    ui::components::parts,
};
use leptos::prelude::*;

#[component]
pub fn PreflightView(found: Preflight) -> impl IntoView {
    let checks = found.checks.into_iter().map(|check| {
        view! {
            <li>
                <VerdictBadge verdict=check.verdict />
                <span>
                    <strong>{check.name} ": "</strong>
                    {check.sentence}
                </span>
            </li>
        }
    });
    let expected = match found.expected_seconds {
        Some(length) => format!("About {}, as last time.", seconds(length)),
        None => "Unknown: never run from here.".to_owned(),
    };
    view! {
        <h3>"What will run"</h3>
        <Code text=found.statements.join("\n") sql=true />
        <dl class="database-facts database-wide">
            <div>
                <dt>"Lock"</dt>
                <dd>{found.lock}</dd>
            </div>
            <div>
                <dt>"Duration"</dt>
                <dd>{expected}</dd>
            </div>
        </dl>
        <h3>"Checks"</h3>
        <ul class="database-checks">{parts(checks)}</ul>
        <h3>"Now"</h3>
        <MeasurementView of=found.before />
    }
    .into_any()
}

/// Size, rows and bloat.
#[component]
pub fn MeasurementView(of: Measurement) -> impl IntoView {
    let rows = |number: Option<i64>| number.map_or_else(|| "–".to_owned(), count);
    view! {
        <dl class="database-facts database-wide">
            <div>
                <dt>"Size"</dt>
                <dd>
                    <Cell panel=of.size_bytes.map(bytes) />
                </dd>
            </div>
            <div>
                <dt>"Rows"</dt>
                <dd>{rows(of.live_rows)}</dd>
            </div>
            <div>
                <dt>"Dead rows"</dt>
                <dd>{rows(of.dead_rows)}</dd>
            </div>
            <div>
                <dt>"Bloat"</dt>
                <dd>
                    <Cell panel=of.bloat.map(bloat_words) />
                </dd>
            </div>
        </dl>
    }
    .into_any()
}
