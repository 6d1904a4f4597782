//! The report of a month: to read, to print, and as JSON for programs.

use super::{
    address::address,
    operation_log::entry,
    panel::panel,
    refresh::{loaded, use_refresh},
    words::{count, severity_badge},
};
use crate::{
    api::{
        database::report::{ReadReport, ReportQuery, draw_report, load_report},
        operation,
    },
    domain::{
        database::{
            Alert, Recommendation, Regression, Report, ReportPlot, SizeForecast, TableGrowth,
        },
        quantity::{bytes, bytes_changed, milliseconds},
    },
    ui::{
        chart::figure,
        components::{
            Badge, Button, Card, Choice, EmptyState, IconName, Select, TableRegion, Tone, parts,
            rows,
        },
        moment::Moment,
        page_query::use_page_query,
    },
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

pub fn report_tab() -> AnyView {
    let (query, refresh) = (use_page_query(), use_refresh());
    let month = Memo::new(move |_| {
        query.with(|query| query.get("month")).filter(|month| !month.is_empty())
    });
    let read = Resource::new(
        move || (month.get(), refresh.reading.get()),
        |(month, _)| load_report(ReportQuery { month }),
    );
    let plots = Resource::new(move || month.get(), draw_report);
    view! {
        <div class="stack database-report">
            {loaded("Making the report", 12, read, |answer| report(answer.report))}
            {loaded("Drawing the plots", 6, plots, drawn)}
        </div>
    }
    .into_any()
}

fn report(report: Report) -> AnyView {
    let navigate = use_navigate();
    let month = report.month.clone();
    let mut months = report.months.clone();
    if !months.contains(&month) {
        months.insert(0, month.clone());
    }
    let choices =
        months.into_iter().map(|month| Choice::new(month.clone(), month)).collect::<Vec<_>>();
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
    let running = report
        .running
        .then(|| view! { " " <Badge tone=Tone::Info>"The month is not over yet"</Badge> });
    let query = ReportQuery { month: Some(month.clone()) };
    let json = operation::address::<ReadReport>(&(), &query);
    view! {
        <div class="toolbar database-tools">
            <Select id="report-month" label="Month" choices=choices value=month.clone() on_change=go />
            <Button small=true on_press=print>"Print"</Button>
            <a class="button" data-variant="secondary" data-size="s" rel="external" href=json>"As JSON"</a>
        </div>
        <h2>{format!("Report of {month}")} {running}</h2>
        <p class="database-made muted small">"Made " <Moment time=report.made_at /></p>
        <div class="stack">
            {section("report-recommendations", "What to do", recommendations(report.recommendations))}
            {section("report-size", "Size", panel(report.size, size))}
            {section("report-growth", "Tables that grew the most", panel(report.largest_growth, growth))}
            {section("report-regressions", "Statements that became slower", panel(report.regressions, regressions))}
            {section("report-alerts", "Alerts", alerts(report.alerts))}
            <Card id="report-operations" title="Maintenance and its effect" flush=true>
                {if report.operations.is_empty() {
                    view! { <EmptyState title="Nothing was done in this month" /> }.into_any()
                } else {
                    view! { <ul class="items">{rows(report.operations, |one| one.id, entry)}</ul> }.into_any()
                }}
            </Card>
        </div>
    }
    .into_any()
}

fn section(id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! { <Card id=id title=title>{content}</Card> }.into_any()
}

fn drawn(plots: Vec<ReportPlot>) -> AnyView {
    let plots = rows(
        plots.into_iter().enumerate(),
        |(_, plot)| plot.label.clone(),
        |(index, plot)| {
            // The sections above have these names already.
            let title = format!("{}, drawn", plot.label);
            view! { <Card id=format!("report-plot-{index}") title=title>{figure("Numbers of the plot", plot.chart)}</Card> }
        },
    );
    view! { <div class="database-charts">{plots}</div> }.into_any()
}

fn recommendations(all: Vec<Recommendation>) -> AnyView {
    if all.is_empty() {
        return view! { <p>"Nothing needs to be done."</p> }.into_any();
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
                    <span class="item-hint">{format!("Impact {}, effort {}.", size(one.impact), size(one.effort))}</span>
                </li>
            }
        },
    );
    view! { <ol class="database-recommendations">{rows}</ol> }.into_any()
}

fn size(size: SizeForecast) -> AnyView {
    let change = bytes_changed(size.end_bytes - size.start_bytes);
    let forecast = format!(
        "If it goes on like this, between {} and {} in 30 days.",
        bytes(size.forecast_low_bytes),
        bytes(size.forecast_high_bytes)
    );
    view! {
        <p class="database-figure">{format!("{}, {change}", bytes(size.end_bytes))}</p>
        <p>{forecast}</p>
    }
    .into_any()
}

fn growth(all: Vec<TableGrowth>) -> AnyView {
    let rows = rows(
        all,
        |one| one.table.clone(),
        |one| {
            view! {
                <tr>
                    <th scope="row">{one.table}</th>
                    <td translate="no" data-num="">{bytes(one.start_bytes)}</td>
                    <td translate="no" data-num="">{bytes(one.end_bytes)}</td>
                    <td translate="no" data-num="">{bytes_changed(one.end_bytes - one.start_bytes)}</td>
                </tr>
            }
        },
    );
    table("Table of growth", &["Table", "At first", "At last", "Growth"], rows.into_any())
}

fn regressions(all: Vec<Regression>) -> AnyView {
    if all.is_empty() {
        return view! { <p>"None."</p> }.into_any();
    }
    let rows = rows(
        all,
        |one| one.query.clone(),
        |one| {
            view! {
                <tr>
                    <th scope="row"><code translate="no" class="database-query">{one.query}</code></th>
                    <td translate="no" data-num="">{milliseconds(one.mean_ms_before)}</td>
                    <td translate="no" data-num="">{milliseconds(one.mean_ms_after)}</td>
                    <td translate="no" data-num="">{count(one.calls)}</td>
                </tr>
            }
        },
    );
    table("Table of slower statements", &["Statement", "Before", "After", "Calls"], rows.into_any())
}

fn table(label: &'static str, heads: &'static [&'static str], rows: AnyView) -> AnyView {
    let heads = heads.iter().enumerate().map(|(index, head)| {
        view! { <th scope="col" data-num=(index > 0).then_some("")>{*head}</th> }
    });
    view! {
        <TableRegion label=label>
            <table class="table">
                <thead>
                    <tr>{parts(heads)}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
    .into_any()
}

fn alerts(all: Vec<Alert>) -> AnyView {
    if all.is_empty() {
        return view! { <EmptyState icon=IconName::Check title="Nothing was wrong" /> }.into_any();
    }
    let rows = rows(
        all,
        |alert| alert.id,
        |alert| {
            let end = match alert.resolved_at {
                Some(time) => view! { ", resolved " <Moment time=time /> }.into_any(),
                None => ", not resolved".into_any(),
            };
            view! {
                <li>
                    {severity_badge(alert.severity)} " " <strong>{format!("{}: {}", alert.kind.label(), alert.subject)}</strong>
                    " since " <Moment time=alert.first_seen /> {end}
                </li>
            }
        },
    );
    view! { <ul class="database-list">{rows}</ul> }.into_any()
}
