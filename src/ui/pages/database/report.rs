//! The report of a month: to read, to print, and as JSON for programs.

use super::{
    address::address,
    operation_log::LogEntry,
    panel::PanelView,
    refresh::{Refreshed, use_refresh},
    sql::Sql,
    words::{SeverityBadge, count},
};
use crate::{
    api::{
        database::report::{ReadReport, ReportQuery, load_report},
        operation,
    },
    domain::{
        chart::Chart,
        database::{
            Alert, DrawnReport, Month, Operation, Recommendation, Regression, SizeForecast,
        },
        quantity::{bytes, bytes_changed, milliseconds},
        sql::on_one_line,
    },
    ui::{
        chart::ChartFigure,
        client::resource::resource,
        components::{
            Badge, Button, Card, Choice, EmptyState, Head, IconName, Select, Table, Tone, rows,
        },
        moment::Moment,
        page_query::use_page_query,
        words,
    },
};
use chrono::{DateTime, Datelike, Utc};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Characters of a statement that are shown.
const SHOWN: usize = 300;

#[component]
pub fn ReportTab() -> impl IntoView {
    let (query, refresh) = (use_page_query(), use_refresh());
    let month = Memo::new(move |_| {
        query.with(|query| query.get("month")).filter(|month| !month.is_empty())
    });
    let read =
        resource(move || (month.get(), refresh.reading.get()), |(month, _)| load_report(month));
    let about = Signal::derive(move || month.get().unwrap_or_default());
    view! {
        <div class="stack database-report">
            <Refreshed label="Making the report" lines=12 read=read about=about let:drawn>
                <ReportView drawn=drawn />
            </Refreshed>
        </div>
    }
    .into_any()
}

#[component]
fn ReportView(drawn: DrawnReport) -> impl IntoView {
    let DrawnReport { report, size: size_chart, growth, alerts, operations } = drawn;
    let navigate = use_navigate();
    let month = report.month.clone();
    let mut months = report.months.clone();
    if !months.contains(&month) {
        months.insert(0, month.clone());
    }
    let choice = |month: String| Choice::new(month.clone(), month_words(&month));
    let choices = months.into_iter().map(choice).collect::<Vec<_>>();
    let go = move |month: String| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&address("report", &[("month", &month)]), options);
    };
    let print = |()| {
        if let Some(window) = web_sys::window() {
            // Refused only where nothing can be printed.
            let _ = window.print();
        }
    };
    let running = report.running.then(|| {
        view! {
            " "
            <Badge tone=Tone::Info>"Month in progress"</Badge>
        }
    });
    let query = ReportQuery { month: Some(month.clone()) };
    let json = operation::address::<ReadReport>(&(), &query);
    view! {
        <div class="toolbar database-tools">
            <Select
                id="report-month"
                label="Month"
                choices=choices
                value=month.clone()
                on_change=go
            />
            <Button small=true on_press=print>
                "Print"
            </Button>
            <a class="button" data-variant="secondary" data-size="s" rel="external" href=json>
                "As JSON"
            </a>
        </div>
        <h2>{format!("{} report", month_words(&month))} {running}</h2>
        <p class="database-made muted small">"Created " <Moment time=report.made_at /></p>
        <PrintedHead made_at=report.made_at database=report.database host=report.host />
        <div class="stack">
            <Card id="report-recommendations" title="Recommendations">
                <Recommendations all=report.recommendations />
            </Card>
            <Card id="report-size" title="Size">
                {report.size.value().map(|size| view! { <Size size=*size /> })}
                <ChartFigure label="Size of the database" chart=size_chart />
            </Card>
            <Card id="report-growth" title="Tables that grew the most">
                <ChartFigure label="Growth by table" chart=growth />
            </Card>
            <Card id="report-regressions" title="Queries that became slower">
                <PanelView panel=report.regressions let:all>
                    <Regressions all=all />
                </PanelView>
            </Card>
            <Card id="report-alerts" title="Alerts">
                <Counted label="Alerts by severity" chart=alerts />
                <Alerts all=report.alerts />
            </Card>
            <Card id="report-operations" title="Maintenance and its effect" flush=true>
                <div class="database-above">
                    <Counted label="Maintenance by result" chart=operations />
                </div>
                <Operations all=report.operations />
            </Card>
        </div>
    }
    .into_any()
}

/// "November 2026"; what is no month as it is.
fn month_words(text: &str) -> String {
    let Ok(month) = text.parse::<Month>() else { return text.to_owned() };
    let first = month.from().date_naive();
    format!("{} {}", words::month(first), first.year())
}

/// What paper has to say by itself: when, of which database, and of which installation.
#[component]
fn PrintedHead(made_at: DateTime<Utc>, database: String, host: String) -> impl IntoView {
    // Known to the browser alone, by which name people reach it.
    let installation = RwSignal::new(String::new());
    Effect::new(move |_| {
        let name = web_sys::window().and_then(|window| window.location().host().ok());
        installation.set(name.map(|name| format!(" · {name}")).unwrap_or_default());
    });
    view! {
        <p class="database-printed small">
            {words::absolute(made_at)} " · " <span translate="no">{host} "/" {database}</span>
            <span translate="no">{installation}</span>
        </p>
    }
    .into_any()
}

#[component]
fn Operations(all: Vec<Operation>) -> impl IntoView {
    if all.is_empty() {
        return view! { <EmptyState title="No maintenance this month" /> }.into_any();
    }
    let entries = rows(all, |one| one.id, |one| view! { <LogEntry one=one /> });
    view! { <ul class="items">{entries}</ul> }.into_any()
}

/// How many there are of each; nothing where there are none, which the list below it says.
#[component]
fn Counted(label: &'static str, chart: Chart) -> impl IntoView {
    match chart {
        Chart::Bars(bars) if bars.rows.is_empty() => ().into_any(),
        chart => view! { <ChartFigure label=label chart=chart /> }.into_any(),
    }
}

#[component]
fn Recommendations(all: Vec<Recommendation>) -> impl IntoView {
    if all.is_empty() {
        return view! { <p>"Nothing to do."</p> }.into_any();
    }
    let size = |number: u8| match number {
        0 | 1 => "small",
        2 => "medium",
        _ => "large",
    };
    let rows = rows(
        all,
        |one| one.sentence.clone(),
        |one| {
            let sentence = match one.href {
                Some(href) => view! { <a href=href>{one.sentence}</a> }.into_any(),
                None => one.sentence.into_any(),
            };
            view! {
                <li>
                    <span>{sentence}</span>
                    <span class="item-hint">
                        {format!("Impact {}, effort {}.", size(one.impact), size(one.effort))}
                    </span>
                </li>
            }
        },
    );
    view! { <ol class="database-recommendations">{rows}</ol> }.into_any()
}

/// Where it stands; where it leads, the picture says.
#[component]
fn Size(size: SizeForecast) -> impl IntoView {
    let change = bytes_changed(size.end_bytes - size.start_bytes);
    view! { <p class="database-figure">{format!("{}, {change}", bytes(size.end_bytes))}</p> }
        .into_any()
}

#[component]
fn Regressions(all: Vec<Regression>) -> impl IntoView {
    if all.is_empty() {
        return view! { <p>"No query became slower."</p> }.into_any();
    }
    let rows = rows(
        all,
        |one| one.query.clone(),
        |one| {
            view! {
                <tr>
                    <th scope="row">
                        <code translate="no" class="database-query">
                            <Sql text=on_one_line(&one.query, SHOWN) />
                        </code>
                    </th>
                    <td translate="no" data-num="">
                        {milliseconds(one.mean_ms_before)}
                    </td>
                    <td translate="no" data-num="">
                        {milliseconds(one.mean_ms_after)}
                    </td>
                    <td translate="no" data-num="">
                        {count(one.calls)}
                    </td>
                </tr>
            }
        },
    );
    let heads =
        [Head::text("Query"), Head::number("Before"), Head::number("After"), Head::number("Calls")];
    view! {
        <Table label="Slower queries" heads=heads>
            {rows}
        </Table>
    }
    .into_any()
}

#[component]
fn Alerts(all: Vec<Alert>) -> impl IntoView {
    if all.is_empty() {
        return view! { <EmptyState icon=IconName::Check title="No alerts this month" /> }
            .into_any();
    }
    let rows = rows(
        all,
        |alert| alert.id,
        |alert| {
            let end = match alert.resolved_at {
                Some(time) => view! {
                    ", resolved "
                    <Moment time=time />
                }
                .into_any(),
                None => ", not resolved".into_any(),
            };
            view! {
                <li>
                    <SeverityBadge severity=alert.severity />
                    " "
                    <strong>{alert.title()}</strong>
                    " since "
                    <Moment time=alert.first_seen />
                    {end}
                </li>
            }
        },
    );
    view! { <ul class="database-list">{rows}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_told_by_its_name() {
        assert_eq!(month_words("2026-11"), "November 2026");
        assert_eq!(month_words("nonsense"), "nonsense");
    }
}
