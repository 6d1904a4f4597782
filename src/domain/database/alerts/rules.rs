//! When an alert is raised: thresholds for each kind, which administrators may change.

use super::{AlertKind, AlertRule, Severity};
use crate::domain::field_error::{FieldError, FieldErrors};
use serde_json::{Map, Value, json};

/// How the value that was seen is held against a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Above,
    AtLeast,
    Below,
}

/// An alert stays until the value is this much better than what raised it, as a part of the
/// threshold: a value that wavers around the threshold raises one alert, not one a minute.
const MARGIN: f64 = 0.05;
/// The same where small values are bad, and 100 % is all there is.
const MARGIN_BELOW: f64 = 0.01;
/// The longest time that something may have to last before it is told.
const LONGEST_WAIT: i64 = 86_400;
/// Larger than any sensible threshold.
const LARGEST: f64 = 1e9;

/// What one kind's rule is when nobody changed it.
struct Usual {
    unit: &'static str,
    comparison: Comparison,
    info: Option<f64>,
    warning: Option<f64>,
    critical: Option<f64>,
    for_seconds: i64,
    /// How many looks in a row must find it gone.
    clean_looks: u32,
}

impl AlertKind {
    fn usual(self) -> Usual {
        use Comparison::{Above, AtLeast, Below};
        let rule = |unit, comparison, info, warning, critical, for_seconds, clean_looks| Usual {
            unit,
            comparison,
            info,
            warning,
            critical,
            for_seconds,
            clean_looks,
        };
        match self {
            Self::HighBloat => rule("%", Above, None, Some(20.0), Some(50.0), 0, 2),
            // Of the last interval, in which a statement may not have run at all: ten minutes
            // without it.
            Self::SlowQuery => rule("ms", Above, Some(500.0), Some(1000.0), Some(2000.0), 0, 20),
            Self::UnusedIndex => rule("MiB", AtLeast, Some(10.0), None, None, 0, 2),
            Self::DuplicateIndex => rule("count", AtLeast, Some(1.0), None, None, 0, 2),
            Self::InvalidIndex => rule("count", AtLeast, None, Some(1.0), None, 0, 2),
            Self::LowCacheHitRatio => rule("%", Below, None, Some(90.0), None, 300, 4),
            Self::HighConnectionUsage => rule("%", Above, None, Some(80.0), Some(90.0), 60, 2),
            // Of the threshold from which on autovacuum acts. Half an hour, because it needs time
            // to come by.
            Self::VacuumOverdue => rule("%", AtLeast, None, Some(100.0), None, 1800, 2),
            Self::AnalyzeOverdue => rule("days", AtLeast, None, Some(7.0), None, 1800, 2),
            Self::IdleInTransaction => rule("s", Above, None, Some(300.0), Some(900.0), 0, 2),
            Self::LongQuery => rule("s", Above, None, Some(300.0), Some(1800.0), 0, 2),
            Self::Blocking => rule("s", Above, None, Some(30.0), Some(300.0), 0, 2),
            Self::Wraparound => rule("%", Above, None, Some(50.0), Some(75.0), 0, 2),
            Self::SequenceExhaustion => rule("%", Above, None, Some(75.0), Some(90.0), 0, 2),
            // Seen in one interval and not in the next, whatever is wrong.
            Self::Deadlocks => rule("count", AtLeast, None, Some(1.0), None, 0, 20),
            Self::ChecksumFailure => rule("count", AtLeast, None, None, Some(1.0), 0, 2),
            // A standby or consumer that is restarted is away for a moment.
            Self::InactiveSlot => rule("count", AtLeast, None, Some(1.0), None, 300, 2),
            Self::PreparedTransaction => rule("s", Above, None, Some(3600.0), None, 0, 2),
            Self::MaintenanceFailed => rule("count", AtLeast, None, Some(1.0), None, 0, 1),
        }
    }

    /// How its value is held against its thresholds.
    pub fn comparison(self) -> Comparison {
        self.usual().comparison
    }

    /// How many looks in a row must find nothing before an alert resolves itself.
    pub fn clean_looks(self) -> u32 {
        self.usual().clean_looks
    }

    /// Its value only ever grows, so that more of it is news even when it was resolved by hand.
    pub fn counts_up(self) -> bool {
        self == Self::ChecksumFailure
    }

    /// The largest threshold that makes sense.
    fn most(self) -> f64 {
        if self.usual().unit == "%" && self != Self::VacuumOverdue { 100.0 } else { LARGEST }
    }
}

impl AlertRule {
    /// The rule of the program.
    pub fn usual(kind: AlertKind) -> Self {
        let Usual { unit, info, warning, critical, for_seconds, .. } = kind.usual();
        Self { kind, enabled: true, info, warning, critical, unit: unit.to_owned(), for_seconds }
    }

    /// The threshold of a severity, if it is ever raised.
    pub fn threshold(&self, severity: Severity) -> Option<f64> {
        match severity {
            Severity::Info => self.info,
            Severity::Warning => self.warning,
            Severity::Critical => self.critical,
        }
    }

    /// How bad a value is; `None` for a good one.
    pub fn severity(&self, value: f64) -> Option<Severity> {
        self.worst(|threshold| match self.kind.comparison() {
            Comparison::Above => value > threshold,
            Comparison::AtLeast => value >= threshold,
            Comparison::Below => value < threshold,
        })
    }

    /// The severity that an alert which was raised already keeps at this value: a little less than
    /// what raised it is enough.
    pub fn holds(&self, value: f64) -> Option<Severity> {
        self.worst(|threshold| match self.kind.comparison() {
            Comparison::Above | Comparison::AtLeast => value >= threshold * (1.0 - MARGIN),
            Comparison::Below => value <= threshold * (1.0 + MARGIN_BELOW),
        })
    }

    fn worst(&self, meets: impl Fn(f64) -> bool) -> Option<Severity> {
        let raised = |severity: &Severity| self.threshold(*severity).is_some_and(&meets);
        Severity::ALL.into_iter().rev().find(raised)
    }
}

/// The rules of the program, one for each kind.
pub fn default_rules() -> Vec<AlertRule> {
    AlertKind::ALL.into_iter().map(AlertRule::usual).collect()
}

/// The rules with what was changed: `{kind: {enabled, info, warning, critical, forSeconds}}`, each
/// of them only where it differs. What this version does not understand is passed over.
pub fn effective_rules(overrides: &Value) -> Vec<AlertRule> {
    let changed = |usual: AlertRule| {
        let Some(fields) = overrides.get(usual.kind.as_str()).and_then(Value::as_object) else {
            return usual;
        };
        let mut rule = json!(usual);
        for name in CHANGEABLE {
            if let Some(value) = fields.get(name) {
                rule[name] = value.clone();
            }
        }
        serde_json::from_value(rule).unwrap_or(usual)
    };
    default_rules().into_iter().map(changed).collect()
}

const CHANGEABLE: [&str; 5] = ["enabled", "info", "warning", "critical", "forSeconds"];

/// What of the rules differs from the program's own, in the form that [`effective_rules`] reads.
pub fn sparse_overrides(rules: &[AlertRule]) -> Value {
    let mut overrides = Map::new();
    for rule in rules {
        let (usual, changed) = (json!(AlertRule::usual(rule.kind)), json!(rule));
        let differing = CHANGEABLE.into_iter().filter(|name| usual[*name] != changed[*name]);
        let fields: Map<String, Value> =
            differing.map(|name| (name.to_owned(), changed[name].clone())).collect();
        if !fields.is_empty() {
            overrides.insert(rule.kind.as_str().to_owned(), Value::Object(fields));
        }
    }
    Value::Object(overrides)
}

/// Everything that is wrong with rules somebody wants, by paths such as `rules.high_bloat.warning`.
pub fn check_rules(rules: &[AlertRule]) -> Vec<FieldError> {
    let mut errors = FieldErrors::default();
    for (index, rule) in rules.iter().enumerate() {
        let label = rule.kind.label();
        let path = |field: &str| format!("rules.{}{field}", rule.kind.as_str());
        if rules[..index].iter().any(|earlier| earlier.kind == rule.kind) {
            errors.add(path(""), format!("{label} is there twice; name each kind once."));
        }
        let most = rule.kind.most();
        for severity in Severity::ALL {
            if let Some(value) = rule.threshold(severity)
                && !(value > 0.0 && value <= most)
            {
                let unit = AlertRule::usual(rule.kind).unit;
                let sentence =
                    format!("{label}: {severity:?} must be more than 0 and at most {most} {unit}.");
                errors.add(path(&format!(".{}", severity.as_str())), sentence);
            }
        }
        order(rule, path, &mut errors);
        if rule.enabled && Severity::ALL.iter().all(|severity| rule.threshold(*severity).is_none())
        {
            errors.add(
                path(""),
                format!("{label} has no threshold: set one, or switch the rule off."),
            );
        }
        if !(0..=LONGEST_WAIT).contains(&rule.for_seconds) {
            errors.add(
                path(".forSeconds"),
                format!("{label} may have to last 0 to {LONGEST_WAIT} seconds."),
            );
        }
    }
    errors.into_vec()
}

/// A more urgent severity needs a worse value.
fn order(rule: &AlertRule, path: impl Fn(&str) -> String, errors: &mut FieldErrors) {
    let mut before: Option<(Severity, f64)> = None;
    for severity in Severity::ALL {
        let Some(value) = rule.threshold(severity) else { continue };
        if let Some((lesser, threshold)) = before {
            let (worse, word) = match rule.kind.comparison() {
                Comparison::Below => (value < threshold, "below"),
                Comparison::Above | Comparison::AtLeast => (value > threshold, "above"),
            };
            if !worse {
                let label = rule.kind.label();
                let sentence =
                    format!("{label}: {severity:?} must be {word} {lesser:?}, {threshold}.");
                errors.add(path(&format!(".{}", severity.as_str())), sentence);
            }
        }
        before = Some((severity, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(kind: AlertKind) -> AlertRule {
        AlertRule::usual(kind)
    }

    #[test]
    fn the_usual_thresholds_are_those_of_the_specification() {
        let bloat = rule(AlertKind::HighBloat);
        let said = |value| bloat.severity(value);
        assert_eq!(
            [20.0, 20.1, 50.0, 50.1].map(said),
            [None, Some(Severity::Warning), Some(Severity::Warning), Some(Severity::Critical)]
        );
        let slow = rule(AlertKind::SlowQuery);
        assert_eq!(
            [500.0, 501.0, 1001.0, 2001.0].map(|value| slow.severity(value)),
            [None, Some(Severity::Info), Some(Severity::Warning), Some(Severity::Critical)]
        );
        let cache = rule(AlertKind::LowCacheHitRatio);
        assert_eq!(
            [90.0, 89.9].map(|value| cache.severity(value)),
            [None, Some(Severity::Warning)]
        );
        assert_eq!(rule(AlertKind::UnusedIndex).severity(10.0), Some(Severity::Info));
        for (kind, warning, critical) in [
            (AlertKind::HighConnectionUsage, 80.0, Some(90.0)),
            (AlertKind::IdleInTransaction, 300.0, Some(900.0)),
            (AlertKind::Wraparound, 50.0, Some(75.0)),
            (AlertKind::SequenceExhaustion, 75.0, Some(90.0)),
            (AlertKind::AnalyzeOverdue, 7.0, None),
            (AlertKind::PreparedTransaction, 3600.0, None),
        ] {
            assert_eq!(
                (rule(kind).warning, rule(kind).critical),
                (Some(warning), critical),
                "{kind:?}"
            );
        }
        assert_eq!(check_rules(&default_rules()), []);
    }

    #[test]
    fn a_raised_alert_holds_a_little_below_its_threshold() {
        let usage = rule(AlertKind::HighConnectionUsage);
        assert_eq!((usage.severity(78.0), usage.holds(78.0)), (None, Some(Severity::Warning)));
        assert_eq!(usage.holds(75.9), None);
        let cache = rule(AlertKind::LowCacheHitRatio);
        assert_eq!((cache.severity(90.5), cache.holds(90.5)), (None, Some(Severity::Warning)));
        assert_eq!(cache.holds(91.0), None);
    }

    #[test]
    fn only_what_differs_is_kept() {
        assert_eq!(sparse_overrides(&default_rules()), json!({}));
        let mut rules = default_rules();
        rules[0].warning = None;
        rules[1].enabled = false;
        let kept = sparse_overrides(&rules);
        assert_eq!(
            kept,
            json!({"high_bloat": {"warning": null}, "slow_query": {"enabled": false}})
        );
        assert_eq!(effective_rules(&kept), rules);
        let foreign = json!({
            "from_the_future": {"warning": 1}, "high_bloat": {"warning": "much"}, "slow_query": 5,
        });
        assert_eq!(effective_rules(&foreign), default_rules());
    }

    #[test]
    fn tells_everything_that_is_wrong_at_once() {
        let mut rules = default_rules();
        rules[0].warning = Some(60.0);
        rules[1].info = Some(-1.0);
        rules[5].critical = Some(95.0);
        rules[6].warning = Some(f64::NAN);
        rules[6].critical = Some(101.0);
        rules[7].warning = None;
        rules[8].for_seconds = -1;
        rules.push(rule(AlertKind::Deadlocks));
        let errors = check_rules(&rules);
        let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "rules.high_bloat.critical",
                "rules.slow_query.info",
                "rules.low_cache_hit_ratio.critical",
                "rules.high_connection_usage.warning",
                "rules.high_connection_usage.critical",
                "rules.vacuum_overdue",
                "rules.analyze_overdue.forSeconds",
                "rules.deadlocks",
            ]
        );
        assert_eq!(errors[0].message, "High bloat: Critical must be above Warning, 60.");
        assert_eq!(errors[2].message, "Low cache hit ratio: Critical must be below Warning, 90.");
    }

    proptest! {
        #[test]
        fn what_raises_an_alert_also_holds_it(
            index in 0..AlertKind::ALL.len(), value in 0.0..1e6_f64,
        ) {
            let rule = rule(AlertKind::ALL[index]);
            prop_assert!(rule.holds(value) >= rule.severity(value));
        }
    }
}
