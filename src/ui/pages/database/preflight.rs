//! Everything to know before an operation, as the server found it.

use super::{
    panel::cell,
    words::{count, seconds, verdict_badge},
};
use crate::{
    domain::{
        database::{Measurement, Preflight},
        quantity::{bytes, percent},
    },
    ui::components::parts,
};
use leptos::prelude::*;

pub fn preflight(found: &Preflight) -> AnyView {
    let checks = found.checks.iter().map(|check| {
        let (name, sentence) = (check.name.clone(), check.sentence.clone());
        view! { <li>{verdict_badge(check.verdict)} <span><strong>{name} ": "</strong> {sentence}</span></li> }
    });
    let expected = match found.expected_seconds {
        Some(length) => format!("About {}, as it took before.", seconds(length)),
        None => "Unknown: it was never done from here.".to_owned(),
    };
    view! {
        <h3>"What will run"</h3>
        {super::panel::code(found.statements.join("\n"))}
        <dl class="database-facts database-wide">
            <div><dt>"Lock"</dt><dd>{found.lock.clone()}</dd></div>
            <div><dt>"Duration"</dt><dd>{expected}</dd></div>
        </dl>
        <h3>"Checks"</h3>
        <ul class="database-checks">{parts(checks)}</ul>
        <h3>"Now"</h3>
        {measurement(found.before.clone())}
    }
    .into_any()
}

/// Size, rows and bloat.
pub fn measurement(of: Measurement) -> AnyView {
    let rows = |number: Option<i64>| number.map_or_else(|| "–".to_owned(), count);
    view! {
        <dl class="database-facts database-wide">
            <div><dt>"Size"</dt><dd>{cell(of.size_bytes, bytes)}</dd></div>
            <div><dt>"Rows"</dt><dd>{rows(of.live_rows)}</dd></div>
            <div><dt>"Dead rows"</dt><dd>{rows(of.dead_rows)}</dd></div>
            <div><dt>"Bloat"</dt><dd>{cell(of.bloat, |bloat| format!("{}, {}", percent(bloat.share), bytes(bloat.bytes)))}</dd></div>
        </dl>
    }
    .into_any()
}
