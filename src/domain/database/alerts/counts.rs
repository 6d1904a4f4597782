//! How many alerts are open: the verdict, the first page, the navigation and the metrics all count
//! by this. An alert that somebody acknowledged is known, and open no more; the list still has it.

use super::Severity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Open alerts about the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertCounts {
    pub critical: i64,
    pub warning: i64,
    pub info: i64,
    /// The sentence of the worst one.
    pub worst: Option<String>,
}

impl AlertCounts {
    pub fn total(&self) -> i64 {
        self.critical + self.warning + self.info
    }

    /// The worst severity of an open one.
    pub fn severity(&self) -> Option<Severity> {
        let counts = [
            (self.critical, Severity::Critical),
            (self.warning, Severity::Warning),
            (self.info, Severity::Info),
        ];
        counts.into_iter().find(|(count, _)| *count > 0).map(|(_, severity)| severity)
    }

    /// How the database does, in a few words: "Healthy", "1 critical, 2 warnings".
    pub fn verdict(&self) -> String {
        let several = |count: i64, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {more}")),
        };
        let urgent = [
            several(self.critical, "critical", "critical"),
            several(self.warning, "warning", "warnings"),
        ];
        let urgent: Vec<_> = urgent.into_iter().flatten().collect();
        match several(self.info, "info", "info") {
            _ if !urgent.is_empty() => urgent.join(", "),
            Some(info) => format!("Healthy, {info}"),
            None => "Healthy".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_counts_what_is_urgent_and_the_worst_severity_counts() {
        let of = |critical, warning, info| {
            let open = AlertCounts { critical, warning, info, worst: None };
            (open.verdict(), open.severity(), open.total())
        };
        assert_eq!(of(0, 0, 0), ("Healthy".into(), None, 0));
        assert_eq!(of(0, 0, 2), ("Healthy, 2 info".into(), Some(Severity::Info), 2));
        assert_eq!(of(0, 1, 2), ("1 warning".into(), Some(Severity::Warning), 3));
        assert_eq!(of(1, 2, 0), ("1 critical, 2 warnings".into(), Some(Severity::Critical), 3));
    }
}
