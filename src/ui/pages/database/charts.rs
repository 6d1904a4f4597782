//! The history of the database as charts, over a range that the address names.

use super::{
    address::Asked,
    range::{RangeChoice, asked, in_words},
    refresh::{Refreshed, use_refresh},
};
use crate::{
    api::database::health::draw_health,
    domain::database::HealthChart,
    ui::{
        chart::ChartFigure,
        client::resource::resource,
        components::{Card, parts},
        page_query::use_page_query,
    },
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

const CHARTS: [(HealthChart, &str, &str); 4] = [
    (HealthChart::Size, "database-chart-size", "Size over time"),
    (HealthChart::CacheHitRatio, "database-chart-cache", "Cache hits over time"),
    (HealthChart::Connections, "database-chart-connections", "Connections over time"),
    (HealthChart::QueryTime, "database-chart-query-time", "Query time over time"),
];

#[component]
pub fn HealthCharts() -> impl IntoView {
    let (query, refresh) = (use_page_query(), use_refresh());
    let range = Memo::new(move |_| query.with(asked));
    let about = Signal::derive(move || range.with(in_words));
    let place = Signal::derive(|| Asked::read("database", "overview", &[], &ParamsMap::new()));
    let charts = CHARTS.into_iter().map(|(kind, id, title)| {
        let drawn = resource(
            move || (refresh.reading.get(), range.get()),
            move |(_, range)| draw_health(kind, range),
        );
        view! {
            <Card id=id title=title>
                <Refreshed
                    label="Drawing the chart"
                    lines=5
                    read=drawn
                    about=about
                    let:chart
                >
                    <ChartFigure label=title chart=chart />
                </Refreshed>
            </Card>
        }
    });
    view! {
        <section class="stack" aria-label="History">
            <RangeChoice range=range place=place />
            <div class="database-charts">{parts(charts)}</div>
        </section>
    }
    .into_any()
}
