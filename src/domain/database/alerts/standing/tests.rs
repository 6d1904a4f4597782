use super::*;
use crate::domain::database::AlertKind;
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn connections() -> AlertRule {
    AlertRule::usual(AlertKind::HighConnectionUsage)
}

fn look(rule: &AlertRule, value: f64) -> Look {
    match rule.holds(value) {
        Some(holds) => Look::Seen { severity: rule.severity(value), holds, value },
        None => Look::Clean,
    }
}

/// Looks every 30 seconds; answers each stage that followed, with the severity and `!` where people
/// were told.
fn course(rule: &AlertRule, looks: &[Look]) -> Vec<String> {
    let mut before: Option<Standing> = None;
    let mut said = Vec::new();
    for (number, look) in looks.iter().enumerate() {
        let now = at(i64::try_from(number).unwrap() * 30);
        said.push(match step(before.as_ref(), *look, rule, now) {
            Step::Nothing => "-".to_owned(),
            Step::Keep { standing, notify } | Step::Begin { standing, notify } => {
                before = Some(standing);
                format!(
                    "{:?} {:?}{}",
                    standing.stage,
                    standing.severity,
                    if notify { "!" } else { "" }
                )
            }
            Step::Resolve => {
                before = None;
                "resolved".to_owned()
            }
            Step::Forget => {
                before = None;
                "forgotten".to_owned()
            }
        });
    }
    said
}

#[test]
fn it_opens_when_it_lasts_and_resolves_when_it_is_really_gone() {
    let rule = connections();
    let looks = [50.0, 85.0, 85.0, 85.0, 78.0, 70.0, 79.0, 70.0, 70.0, 70.0]
        .map(|value| look(&rule, value));
    assert_eq!(
        course(&rule, &looks),
        [
            "-",
            "Pending Warning",
            "Pending Warning",
            "Open Warning!",
            // Below the threshold, but not by enough.
            "Open Warning",
            "Open Warning",
            "Open Warning",
            "Open Warning",
            "resolved",
            "-",
        ]
    );
}

#[test]
fn a_short_one_is_never_told() {
    let rule = connections();
    let looks = [95.0, 79.0, 95.0, 70.0].map(|value| look(&rule, value));
    assert_eq!(
        course(&rule, &looks),
        ["Pending Critical", "forgotten", "Pending Critical", "forgotten"]
    );
}

#[test]
fn rising_is_told_again_and_falling_is_not() {
    let rule = connections();
    let looks = [85.0, 85.0, 85.0, 95.0, 85.0, 95.0, 95.0, 95.0, 87.0, 84.0]
        .map(|value| look(&rule, value));
    assert_eq!(
        course(&rule, &looks)[2..],
        [
            "Open Warning!",
            "Open Warning",
            "Open Warning",
            "Open Warning",
            "Open Warning",
            "Open Critical!",
            "Open Critical",
            "Open Warning"
        ]
    );
}

#[test]
fn what_cannot_be_looked_at_neither_raises_nor_resolves() {
    let rule = connections();
    assert_eq!(step(None, Look::Unknown, &rule, at(0)), Step::Nothing);
    let open = look(&rule, 85.0);
    let looks = [open, open, open, Look::Clean, Look::Unknown, Look::Unknown, Look::Clean];
    assert_eq!(course(&rule, &looks)[3..], ["Open Warning", "-", "-", "resolved"]);
}

#[test]
fn an_acknowledged_one_is_told_when_it_gets_worse() {
    let rule = AlertRule { for_seconds: 0, ..connections() };
    let before = Standing {
        stage: Stage::Acknowledged,
        severity: Severity::Warning,
        value: 85.0,
        pending_since: None,
        clean_looks: 0,
        last_seen: at(0),
    };
    let same = step(Some(&before), look(&rule, 86.0), &rule, at(30));
    assert!(
        matches!(
            same,
            Step::Keep { standing, notify: false } if standing.stage == Stage::Acknowledged
        ),
        "{same:?}"
    );
    let worse = step(Some(&before), look(&rule, 95.0), &rule, at(30));
    assert!(
        matches!(worse, Step::Keep { standing, notify: true } if standing.stage == Stage::Open),
        "{worse:?}"
    );
}

#[test]
fn what_was_resolved_by_hand_stays_quiet_until_it_is_worse_or_was_gone() {
    let rule = AlertRule { for_seconds: 0, ..connections() };
    let quiet = Standing {
        stage: Stage::Quiet,
        severity: Severity::Warning,
        value: 85.0,
        pending_since: None,
        clean_looks: 0,
        last_seen: at(0),
    };
    let same = step(Some(&quiet), look(&rule, 86.0), &rule, at(30));
    assert!(
        matches!(same, Step::Keep { standing, notify: false } if standing.stage == Stage::Quiet),
        "{same:?}"
    );
    let worse = step(Some(&quiet), look(&rule, 95.0), &rule, at(30));
    assert!(
        matches!(worse, Step::Begin { standing, notify: true } if standing.stage == Stage::Open),
        "{worse:?}"
    );
    let cleaner = Standing { clean_looks: 1, ..quiet };
    assert_eq!(step(Some(&cleaner), Look::Clean, &rule, at(30)), Step::Forget);

    let checksum = AlertRule::usual(AlertKind::ChecksumFailure);
    let counted = Standing { severity: Severity::Critical, value: 3.0, ..quiet };
    assert!(matches!(
        step(Some(&counted), look(&checksum, 3.0), &checksum, at(30)),
        Step::Keep { notify: false, .. }
    ));
    assert!(matches!(
        step(Some(&counted), look(&checksum, 4.0), &checksum, at(30)),
        Step::Begin { notify: true, .. }
    ));
}

fn any_look() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), (60.0..100.0_f64).prop_map(Some)]
}

proptest! {
    /// Whatever is seen: nobody is told of an alert that did not last, twice of the same severity,
    /// or of its end before its beginning.
    #[test]
    fn is_told_once_for_each_severity(
        values in prop::collection::vec(any_look(), 1..60), for_seconds in 0..120_i64,
    ) {
        let rule = AlertRule { for_seconds, ..connections() };
        let mut before: Option<Standing> = None;
        let mut highest: Option<Severity> = None;
        let mut bad_since: Option<i64> = None;
        for (number, value) in values.iter().enumerate() {
            let seconds = i64::try_from(number).unwrap() * 30;
            let seen = value.map_or(Look::Unknown, |value| look(&rule, value));
            if let Some(value) = value {
                bad_since = rule.severity(*value).and(bad_since.or(Some(seconds)));
            }
            match step(before.as_ref(), seen, &rule, at(seconds)) {
                Step::Keep { standing, notify } => {
                    if notify {
                        let notified = before.filter(|one| one.stage != Stage::Pending);
                        prop_assert!(Some(standing.severity) > notified.map(|one| one.severity));
                        let lasted = bad_since.map(|since| seconds - since);
                        prop_assert!(lasted >= Some(for_seconds), "{lasted:?}");
                        prop_assert_eq!(standing.stage, Stage::Open);
                    }
                    highest = Some(standing.severity);
                    before = Some(standing);
                }
                Step::Resolve => {
                    prop_assert!(highest.is_some());
                    prop_assert!(before.is_some_and(|one| one.stage == Stage::Open));
                    prop_assert_eq!(seen, Look::Clean);
                    before = None;
                }
                Step::Forget => {
                    prop_assert!(before.is_some_and(|one| one.stage == Stage::Pending));
                    before = None;
                }
                Step::Nothing => {}
                Step::Begin { .. } => prop_assert!(false, "nothing was quiet"),
            }
        }
    }
}
