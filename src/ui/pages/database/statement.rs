//! One statement: its text, and what it did over a part of the history that the address names.

use super::{
    address::{Asked, address},
    panel::Code,
    range::{RangeChoice, asked, in_words},
    refresh::{Refreshed, use_refresh},
};
use crate::{
    api::database::health::load_statement,
    domain::{chart::Chart, database::StatementHistory},
    ui::{
        chart::ChartFigure,
        client::resource::resource,
        components::{Card, LinkButton},
        page_query::use_page_query,
    },
};
use leptos::prelude::*;

/// The name of the part of the address.
const STATEMENT: &str = "statement";

/// The statement that the address names.
pub fn use_statement() -> Memo<Option<String>> {
    let query = use_page_query();
    Memo::new(move |_| query.with(|query| query.get(STATEMENT)).filter(|id| !id.is_empty()))
}

/// Where a statement is told of.
pub fn address_of(id: &str) -> String {
    address("queries", &[(STATEMENT, id)])
}

#[component]
pub fn Statement(id: String) -> impl IntoView {
    let (query, refresh) = (use_page_query(), use_refresh());
    let range = Memo::new(move |_| query.with(asked));
    let about = Signal::derive(move || range.with(in_words));
    let place = Signal::derive(move || {
        query.with(|query| Asked::read("database", "queries", &[STATEMENT], query))
    });
    let read = resource(
        move || (id.clone(), refresh.reading.get(), range.get()),
        |(id, _, range)| load_statement(id, range),
    );
    view! {
        <section class="stack" aria-label="History of the statement">
            <div class="toolbar">
                <LinkButton href="/database/queries" small=true>
                    "All statements"
                </LinkButton>
                <RangeChoice range=range place=place />
            </div>
            <Refreshed
                label="Reading the history of the statement"
                lines=10
                read=read
                about=about
                let:history
            >
                <History history=history />
            </Refreshed>
        </section>
    }
    .into_any()
}

#[component]
fn History(history: StatementHistory) -> impl IntoView {
    let StatementHistory { query, calls, mean_time } = history;
    let text = match query {
        Some(query) => view! { <Code text=query sql=true /> }.into_any(),
        None => {
            view! { <p>"Neither PostgreSQL nor a snapshot knows this statement."</p> }.into_any()
        }
    };
    let chart = |id: &'static str, title: &'static str, chart: Chart| {
        view! {
            <Card id=id title=title>
                <ChartFigure label=title chart=chart />
            </Card>
        }
    };
    view! {
        <Card id="database-statement" title="Statement">
            {text}
        </Card>
        <div class="database-charts">
            {chart("database-statement-calls", "Calls over time", calls)}
            {chart("database-statement-mean", "Mean time over time", mean_time)}
        </div>
    }
    .into_any()
}
