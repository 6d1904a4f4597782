//! The drawings of a report, each with the same numbers as text.

use super::history::Size;
use crate::{
    domain::{
        chart::Chart,
        database::{OperationStatus, Report, ReportPlot, Severity},
    },
    server::foundation::{charts, error::ServiceError},
};
use charts_rs::{Color, LineChart};

const MIB: f64 = 1024.0 * 1024.0;

pub(super) fn draw(report: &Report, sizes: &[Size]) -> Result<Vec<ReportPlot>, ServiceError> {
    let plot = |label: &str, chart| ReportPlot { label: label.to_owned(), chart };
    Ok(vec![
        plot("Size of the database", size(report, sizes)?),
        plot("Tables that grew the most", growth(report)?),
        plot("Alerts", alerts(report)?),
        plot("Maintenance", operations(report)?),
    ])
}

fn size(report: &Report, sizes: &[Size]) -> Result<Chart, ServiceError> {
    let summary = match (report.size.value(), sizes) {
        (Some(size), _) => format!(
            "{} at the beginning, {} at the end of what is known; in 30 days between {} and {} if \
                it goes on like this.",
            bytes(size.start_bytes),
            bytes(size.end_bytes),
            bytes(size.forecast_low_bytes),
            bytes(size.forecast_high_bytes)
        ),
        (None, _) => report.size.reason().unwrap_or_default().to_owned(),
    };
    let rows = sizes
        .iter()
        .map(|(day, size)| vec![day.format("%Y-%m-%d").to_string(), bytes(*size)])
        .collect();
    let svg = if sizes.len() < 2 {
        String::new()
    } else {
        let values: Vec<f32> = sizes.iter().map(|(_, size)| mib(*size)).collect();
        let names = sizes.iter().map(|(day, _)| day.format("%d").to_string()).collect();
        let mut chart = LineChart::new(vec![("MiB", values).into()], names);
        (chart.width, chart.height) = (charts::WIDTH, charts::HEIGHT);
        chart.background_color = Color::transparent();
        chart.legend.show = Some(false);
        chart.svg().map_err(charts::drawing)?
    };
    Ok(Chart { summary, svg, columns: vec!["Day".into(), "Size".into()], rows })
}

fn growth(report: &Report) -> Result<Chart, ServiceError> {
    let tables = report.largest_growth.value().map_or(&[][..], Vec::as_slice);
    let summary = match (report.largest_growth.reason(), tables) {
        (Some(reason), _) => reason.to_owned(),
        (None, []) => "No table grew.".to_owned(),
        (None, [first, ..]) => format!(
            "{} grew the most, by {}. The bars are in MiB.",
            first.table,
            bytes(first.end_bytes - first.start_bytes)
        ),
    };
    let values = tables.iter().map(|table| mib(table.end_bytes - table.start_bytes)).collect();
    let names = tables.iter().map(|table| table.table.clone()).collect();
    let rows = tables
        .iter()
        .map(|table| vec![table.table.clone(), bytes(table.start_bytes), bytes(table.end_bytes)])
        .collect();
    let columns = ["Table", "Before", "After"].map(str::to_owned).to_vec();
    Ok(Chart { summary, svg: charts::rows_of_bars("MiB", values, names)?, columns, rows })
}

fn alerts(report: &Report) -> Result<Chart, ServiceError> {
    let counts = Severity::ALL.map(|severity| {
        (
            severity.as_str().to_owned(),
            report.alerts.iter().filter(|alert| alert.severity == severity).count(),
        )
    });
    counted("alert", "Severity", &counts)
}

fn operations(report: &Report) -> Result<Chart, ServiceError> {
    let counts = OperationStatus::ALL.map(|status| {
        (
            status.label().to_owned(),
            report.operations.iter().filter(|one| one.status == status).count(),
        )
    });
    counted("operation", "Result", &counts)
}

fn counted(what: &str, column: &str, counts: &[(String, usize)]) -> Result<Chart, ServiceError> {
    let summary = match counts.iter().map(|(_, count)| count).sum() {
        0 => format!("No {what} in this month."),
        1 => format!("One {what} in this month."),
        all => format!("{all} {what}s in this month."),
    };
    let seen: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    let values = seen.iter().map(|(_, count)| *count as f32).collect();
    let svg = charts::bars("Count", values, seen.iter().map(|(name, _)| name.clone()).collect())?;
    let rows = seen.iter().map(|(name, count)| vec![name.clone(), count.to_string()]).collect();
    Ok(Chart { summary, svg, columns: vec![column.to_owned(), "Count".into()], rows })
}

/// For the length of a bar only; the text has the number.
fn mib(bytes: i64) -> f32 {
    (bytes as f64 / MIB) as f32
}

fn bytes(bytes: i64) -> String {
    match bytes as f64 / MIB {
        gib if gib.abs() >= 1024.0 => format!("{:.1} GiB", gib / 1024.0),
        mib if mib.abs() >= 1.0 => format!("{mib:.1} MiB"),
        mib => format!("{:.0} KiB", mib * 1024.0),
    }
}
