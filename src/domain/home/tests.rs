use super::*;
use crate::domain::{
    ai::{Clamp, ScopeType, values::Enforcement},
    jobs::JobName,
};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;

fn nothing_done() -> Facts {
    Facts {
        is_administrator: true,
        managed_by_others: None,
        has_key: Some(false),
        has_conversation: Some(false),
        has_budget: Some(false),
        has_people: Some(false),
        has_backups: Some(false),
        has_mail: Some(false),
    }
}

fn states(facts: &Facts) -> Vec<(StepKind, StepState)> {
    steps(facts).into_iter().map(|step| (step.kind, step.state)).collect()
}

#[test]
fn an_administrator_has_all_steps_and_a_member_their_own() {
    let all = nothing_done();
    assert_eq!(states(&all), StepKind::ALL.map(|kind| (kind, StepState::Open)));
    let member = Facts { is_administrator: false, ..all };
    let own = [StepKind::Key, StepKind::Conversation, StepKind::Budget];
    assert_eq!(states(&member), own.map(|kind| (kind, StepState::Open)));
}

#[test]
fn what_is_not_known_is_no_step() {
    let facts = Facts { has_key: None, has_mail: None, has_backups: Some(true), ..nothing_done() };
    let expected = [
        (StepKind::Conversation, StepState::Open),
        (StepKind::Budget, StepState::Open),
        (StepKind::People, StepState::Open),
        (StepKind::Backups, StepState::Done),
    ];
    assert_eq!(states(&facts), expected);
}

#[test]
fn a_member_leaves_key_and_budget_to_those_who_manage_their_organization() {
    let facts = Facts {
        is_administrator: false,
        managed_by_others: Some("Review team".into()),
        has_conversation: Some(true),
        ..nothing_done()
    };
    let found = steps(&facts);
    let expected = [StepState::NotYours, StepState::Done, StepState::NotYours];
    assert_eq!(found.iter().map(|step| step.state).collect::<Vec<_>>(), expected);
    for step in [&found[0], &found[2]] {
        assert!(step.sentence.contains("owner or admin of Review team"), "{}", step.sentence);
    }
    let served = Facts { has_key: Some(true), ..facts };
    assert_eq!(steps(&served)[0].state, StepState::Done);
}

#[test]
fn the_list_is_closed_when_nothing_is_left_or_by_hand() {
    let mut steps = steps(&nothing_done());
    assert!(!are_steps_closed(&steps, false));
    assert!(are_steps_closed(&steps, true));
    assert_eq!(steps_done(&steps), 0);
    for step in &mut steps[1..] {
        step.state = StepState::Done;
    }
    assert!(!are_steps_closed(&steps, false));
    steps[0].state = StepState::NotYours;
    assert!(are_steps_closed(&steps, false));
    assert_eq!(steps_done(&steps), 5);
}

#[test]
fn every_step_says_what_it_is_for_and_leads_somewhere() {
    for step in steps(&nothing_done()) {
        assert!(step.link.starts_with('/') && step.sentence.ends_with('.'), "{step:?}");
        assert!(step.kind.done().ends_with('.'));
    }
}

#[test]
fn a_budget_is_set_by_any_layer_above_the_default_and_by_a_ceiling() {
    let field = |layer, clamped| Explain { value: json!(100), layer, shadows: Vec::new(), clamped };
    let of = |path: &str, field| BTreeMap::from([(path.to_owned(), field)]);
    assert!(!has_budget(&BTreeMap::new()));
    assert!(!has_budget(&of(BUDGETS[0], field(Layer::Default, None))));
    for layer in [Layer::Environment, Layer::Organization, Layer::Person] {
        assert!(has_budget(&of(BUDGETS[2], field(layer, None))), "{layer:?}");
    }
    assert!(!has_budget(&of("costBudget.enforcement", field(Layer::Person, None))));
    let clamp = |by| Clamp {
        by,
        unclamped: json!(500),
        unclamped_layer: Layer::Default,
        message: String::new(),
    };
    let clamped = |by| has_budget(&of(BUDGETS[1], field(Layer::Default, Some(clamp(by)))));
    assert!(clamped(ClampedBy::Ceiling));
    assert!(!clamped(ClampedBy::Rule));
}

fn budget(period: Period, spend: i64, reserved: i64) -> BudgetView {
    BudgetView {
        scope: ScopeType::Person,
        period,
        window_start: DateTime::UNIX_EPOCH,
        window_end: DateTime::UNIX_EPOCH,
        limit: Money::from_dollars(100),
        spend: Money::from_dollars(spend),
        reserved: Money::from_dollars(reserved),
        projection: None,
        enforcement: Enforcement::Block,
        alert_thresholds: Vec::new(),
    }
}

#[test]
fn a_budget_says_what_is_used_and_what_is_left() {
    let budgets = [Period::Day, Period::Week, Period::Month].map(|period| budget(period, 4, 0));
    let shown = shown_budgets(budgets.to_vec());
    let periods: Vec<_> = shown.iter().map(|budget| budget.period).collect();
    assert_eq!(periods, [Period::Day, Period::Month]);
    assert_eq!(budget_words(&shown[0]), "$4.00 of $100.00 · $96.00 left");
    let reserved = budget_words(&budget(Period::Day, 4, 1));
    assert_eq!(reserved, "$5.00 of $100.00 · $95.00 left · $1.00 reserved");
}

#[test]
fn jobs_that_need_somebody_come_first_then_those_that_ran_last() {
    let now = DateTime::<Utc>::UNIX_EPOCH + Duration::days(1);
    let job = |place: usize, state, ago: Option<i64>| JobStatus {
        name: JobName::ALL[place],
        state,
        period_seconds: 60,
        last_started_at: ago.map(|minutes| now - Duration::minutes(minutes)),
        last_finished_at: None,
        duration_ms: None,
        error: None,
        runs: 0,
        failures_in_a_row: 0,
        server: None,
        lease_until: None,
        next_due_at: now,
    };
    let jobs = vec![
        job(0, JobState::Succeeded, Some(9)),
        job(1, JobState::Waiting, None),
        job(2, JobState::Succeeded, Some(1)),
        job(3, JobState::Failed, Some(50)),
        job(4, JobState::Overdue, None),
        job(5, JobState::Running, Some(0)),
        job(6, JobState::Succeeded, Some(3)),
        job(7, JobState::Succeeded, Some(4)),
    ];
    let shown: Vec<_> = last_jobs(jobs).into_iter().map(|job| job.name).collect();
    assert_eq!(shown, [3, 4, 5, 2, 6].map(|place| JobName::ALL[place]));
}
