//! The pauses before retries, drawn.

use crate::{
    domain::{
        ai::{catalog::Section, values::RetryStrategy},
        chart::{Plot, Unit},
        generation::retry::retry_delays,
        quantity::milliseconds,
    },
    server::foundation::{
        charts::{self, Series, Subject},
        error::ServiceError,
    },
};
use serde_json::json;

/// The pauses before each retry.
///
/// # Errors
/// 400 for values that no configuration has: a million retries would be drawn one by one.
pub fn draw_retries(strategy: &RetryStrategy) -> Result<Plot, ServiceError> {
    let values = json!(strategy);
    for field in Section::RetryStrategy.fields() {
        field
            .canonical(&values[field.name()])
            .map_err(|message| ServiceError::field(field.path, message))?;
    }
    let delays = retry_delays(strategy);
    let total = milliseconds(delays.iter().sum::<u64>() as f64);
    let summary = match delays.len() {
        0 => "Retries are switched off.".to_owned(),
        1 => format!("One retry, after {total}."),
        count => format!("{count} retries, after pauses of {total} in all."),
    };
    let amounts = delays.iter().map(|delay| Some(*delay as f64));
    let labels = (1..=delays.len()).map(|retry| format!("Retry {retry}")).collect();
    let subject = Subject {
        summary,
        unit: Unit::Milliseconds,
        place: "Retry",
        series: vec![Series::new("Pause", Unit::Milliseconds, amounts)],
        thresholds: Vec::new(),
    };
    charts::bars(subject, labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::{AiConfig, models::Catalog};

    fn usual() -> RetryStrategy {
        AiConfig::defaults(Catalog::built_in()).retry_strategy
    }

    #[test]
    fn the_retries_are_drawn_and_told() {
        let plot = draw_retries(&usual()).unwrap();
        assert_eq!(plot.summary, "3 retries, after pauses of 7.00 s in all.");
        let cells: Vec<_> = plot.points.iter().map(|point| point.cells.join(" ")).collect();
        assert_eq!(cells, ["Retry 1 1.00 s", "Retry 2 2.00 s", "Retry 3 4.00 s"]);
        assert_eq!(plot.y_axis, ["0 s", "1 s", "2 s", "3 s", "4 s"]);
        assert!(plot.svg.starts_with("<svg") && !plot.svg.contains("style="), "{}", plot.svg);
    }

    #[test]
    fn a_short_pause_is_said_as_every_duration() {
        let short = RetryStrategy { max_retries: 1, base_delay: 50, ..usual() };
        let plot = draw_retries(&short).unwrap();
        assert_eq!(plot.summary, "One retry, after 50.0 ms.");
        assert_eq!(plot.points[0].cells, ["Retry 1", "50.0 ms"]);
    }

    #[test]
    fn what_no_configuration_has_is_not_drawn() {
        for strategy in [
            RetryStrategy { max_retries: u32::MAX, ..usual() },
            RetryStrategy { base_delay: 60_001, ..usual() },
            RetryStrategy { max_delay: u32::MAX, ..usual() },
        ] {
            let refused = draw_retries(&strategy);
            assert!(matches!(refused, Err(ServiceError::Validation(_))), "{strategy:?}");
        }
    }

    #[test]
    fn nothing_to_draw_is_no_drawing() {
        let plot = draw_retries(&RetryStrategy { max_retries: 0, ..usual() }).unwrap();
        assert_eq!((plot.summary.as_str(), plot.svg.as_str()), ("Retries are switched off.", ""));
        assert!(plot.points.is_empty());
    }
}
