//! The pictures of a report, each with the same numbers as text.

use super::history::Size;
use crate::{
    domain::{
        chart::{Bar, Bars, Chart, Unit},
        database::{DrawnReport, OperationStatus, Report, Severity},
        quantity::{bytes, bytes_changed},
    },
    server::foundation::{
        charts::{self, Series, Span, Subject},
        error::ServiceError,
    },
};
use chrono_tz::Tz;

pub(super) fn draw(report: Report, sizes: &[Size], zone: Tz) -> Result<DrawnReport, ServiceError> {
    Ok(DrawnReport {
        size: size(&report, sizes, zone)?,
        growth: growth(&report),
        alerts: alerts(&report),
        operations: operations(&report),
        report,
    })
}

fn size(report: &Report, sizes: &[Size], zone: Tz) -> Result<Chart, ServiceError> {
    let summary = match report.size.value() {
        Some(size) => format!(
            "{} at the beginning, {} at the end of what is known; in 30 days between {} and {} if \
                it goes on like this.",
            bytes(size.start_bytes),
            bytes(size.end_bytes),
            bytes(size.forecast_low_bytes),
            bytes(size.forecast_high_bytes)
        ),
        None => report.size.reason().unwrap_or_default().to_owned(),
    };
    let amounts = sizes.iter().map(|(_, size)| Some(*size as f64));
    let series = vec![Series::new("Size", Unit::Bytes, amounts)];
    let subject =
        Subject { summary, unit: Unit::Bytes, place: "Time", series, thresholds: Vec::new() };
    let times = sizes.iter().map(|(time, _)| *time).collect::<Vec<_>>();
    let span = Span { from: report.from, to: report.to, zone };
    charts::lines(subject, &times, span).map(Chart::Plot)
}

fn growth(report: &Report) -> Chart {
    let tables = report.largest_growth.value().map_or(&[][..], Vec::as_slice);
    let summary = match (report.largest_growth.reason(), tables) {
        (Some(reason), _) => reason.to_owned(),
        (None, []) => "No table grew.".to_owned(),
        (None, [first, ..]) => format!(
            "{} grew the most, by {}.",
            first.table,
            bytes(first.end_bytes - first.start_bytes)
        ),
    };
    let amounts: Vec<f64> =
        tables.iter().map(|table| (table.end_bytes - table.start_bytes) as f64).collect();
    let cells = tables.iter().map(|table| {
        vec![
            table.table.clone(),
            bytes(table.start_bytes),
            bytes(table.end_bytes),
            bytes_changed(table.end_bytes - table.start_bytes),
        ]
    });
    bars(summary, &["Table", "Start", "End", "Growth"], &amounts, cells)
}

fn alerts(report: &Report) -> Chart {
    let counts = Severity::ALL.map(|severity| {
        (
            severity.label().to_owned(),
            report.alerts.iter().filter(|alert| alert.severity == severity).count(),
        )
    });
    counted("alert", "Severity", &counts)
}

fn operations(report: &Report) -> Chart {
    let counts = OperationStatus::ALL.map(|status| {
        (
            status.label().to_owned(),
            report.operations.iter().filter(|one| one.status == status).count(),
        )
    });
    counted("operation", "Result", &counts)
}

fn counted(what: &str, column: &str, counts: &[(String, usize)]) -> Chart {
    let summary = match counts.iter().map(|(_, count)| count).sum() {
        0 => format!("No {what} in this month."),
        1 => format!("One {what} in this month."),
        all => format!("{all} {what}s in this month."),
    };
    let seen: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    let amounts: Vec<f64> = seen.iter().map(|(_, count)| *count as f64).collect();
    let cells = seen.iter().map(|(name, count)| vec![name.clone(), count.to_string()]);
    bars(summary, &[column, "Count"], &amounts, cells)
}

fn bars(
    summary: String,
    columns: &[&str],
    amounts: &[f64],
    cells: impl Iterator<Item = Vec<String>>,
) -> Chart {
    let longest = amounts.iter().copied().fold(0.0, f64::max);
    let rows = amounts.iter().zip(cells).map(|(amount, cells)| Bar {
        share: if longest > 0.0 { (amount / longest).max(0.0) } else { 0.0 },
        cells,
    });
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    Chart::Bars(Bars { summary, columns, rows: rows.collect() })
}
