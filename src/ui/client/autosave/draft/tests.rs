mod typing;

use super::*;
use chrono::DateTime;
use serde_json::json;

fn snapshot(version: i64, own: Value) -> Snapshot {
    let layers = Layers { own: own.as_object().cloned().unwrap(), ..Layers::default() };
    Snapshot { layers, version, updated_at: DateTime::UNIX_EPOCH }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn ids(first: u128) -> impl FnMut() -> Uuid {
    let mut next = first;
    move || {
        next += 1;
        id(next - 1)
    }
}

fn shown(draft: &Draft, path: &str) -> Value {
    draft.shown(&draft.layers(), path)
}

#[test]
fn several_edits_make_one_save() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("theme", json!("dark"));
    draft.edit("theme", json!("light"));
    draft.edit("notifications.email", json!(true));
    let sending = draft.take(id(1)).unwrap();
    assert_eq!(
        Value::Object(sending.patch()),
        json!({"theme": "light", "notifications": {"email": true}})
    );
    assert_eq!(sending.base_version, 1);
}

#[test]
fn on_then_off_sends_nothing() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("sidebarCollapsed", json!(true));
    draft.edit("sidebarCollapsed", json!(false));
    assert_eq!(draft.take(id(1)), None);
    assert!(draft.is_clean());
}

#[test]
fn an_edit_during_a_save_wins_and_goes_next() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    let first = draft.take(id(1)).unwrap();
    draft.edit("rowsPerPage", json!(100));
    assert_eq!(draft.take(id(2)), Some(first), "one at a time");
    draft.acknowledge(id(1), snapshot(2, json!({"rowsPerPage": 50})));
    assert_eq!(shown(&draft, "rowsPerPage"), json!(100));
    let second = draft.take(id(2)).unwrap();
    assert_eq!((second.base_version, second.values["rowsPerPage"].clone()), (2, json!(100)));
}

#[test]
fn going_back_during_a_save_is_sent_as_well() {
    let mut draft = Draft::new(snapshot(1, json!({"theme": "light"})));
    draft.edit("theme", json!("dark"));
    draft.take(id(1));
    draft.edit("theme", json!("light"));
    draft.acknowledge(id(1), snapshot(2, json!({"theme": "dark"})));
    assert_eq!(draft.take(id(2)).unwrap().values["theme"], json!("light"));
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_id() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("theme", json!("dark"));
    let first = draft.take(id(1)).unwrap();
    assert_eq!(draft.take(id(2)), Some(first));
}

#[test]
fn older_news_is_passed_over() {
    let mut draft = Draft::new(snapshot(5, json!({"theme": "dark"})));
    draft.receive(snapshot(4, json!({"theme": "light"})));
    assert_eq!((draft.base().version, shown(&draft, "theme")), (5, json!("dark")));
}

#[test]
fn news_from_elsewhere_does_not_overwrite_what_is_being_edited() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("qualityThresholds.flagging", json!(7.0));
    draft.receive(snapshot(2, json!({"qualityThresholds": {"flagging": 5.0}, "theme": "dark"})));
    assert_eq!(shown(&draft, "qualityThresholds.flagging"), json!(7.0));
    assert_eq!(shown(&draft, "theme"), json!("dark"));
}

#[test]
fn an_invalid_edit_waits_and_does_not_hold_up_the_others() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("qualityThresholds.flagging", json!(9.0));
    draft.edit("theme", json!("dark"));
    assert!(draft.errors()["qualityThresholds.flagging"].contains("at most"));
    assert_eq!(draft.take(id(1)).unwrap().values.into_keys().collect::<Vec<_>>(), ["theme"]);
    draft.acknowledge(id(1), snapshot(2, json!({"theme": "dark"})));
    assert_eq!(shown(&draft, "qualityThresholds.flagging"), json!(9.0), "what was typed is kept");
    draft.edit("qualityThresholds.autoApproval", json!(9.5));
    assert_eq!(draft.take(id(2)).unwrap().values.len(), 2);
}

#[test]
fn a_refused_field_goes_back_and_the_others_are_tried_again() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("theme", json!("dark"));
    draft.edit("rowsPerPage", json!(50));
    draft.take(id(1));
    draft.refuse(id(1), "Refused.", &[FieldError::new("theme", "No.")]);
    assert_eq!(
        (shown(&draft, "theme"), draft.errors()["theme"].as_str()),
        (json!("system"), "No.")
    );
    assert_eq!(draft.take(id(2)).unwrap().values.into_keys().collect::<Vec<_>>(), ["rowsPerPage"]);
}

#[test]
fn a_collision_is_put_to_the_person_and_the_rest_goes_on() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("theme", json!("dark"));
    draft.edit("rowsPerPage", json!(50));
    draft.take(id(1));
    let collision =
        Collision { path: "theme".into(), mine: Some(json!("dark")), theirs: Some(json!("light")) };
    draft.collide(id(1), snapshot(2, json!({"theme": "light"})), vec![collision]);
    assert_eq!((shown(&draft, "theme"), draft.collisions().len()), (json!("light"), 1));
    assert_eq!(draft.take(id(2)).unwrap().values.into_keys().collect::<Vec<_>>(), ["rowsPerPage"]);
    draft.acknowledge(id(2), snapshot(3, json!({"theme": "light", "rowsPerPage": 50})));
    draft.decide("theme", true);
    assert_eq!(draft.take(id(3)).unwrap().values["theme"], json!("dark"));
    assert!(draft.collisions().is_empty());
}

#[test]
fn undo_takes_back_to_own_or_inherited() {
    let mut draft = Draft::new(snapshot(1, json!({"rowsPerPage": 10})));
    draft.edit("theme", json!("dark"));
    draft.edit("rowsPerPage", json!(50));
    draft.take(id(1));
    let undo = draft.acknowledge(id(1), snapshot(2, json!({"theme": "dark", "rowsPerPage": 50})));
    assert_eq!(
        undo,
        Values::from([("theme".into(), Value::Null), ("rowsPerPage".into(), json!(10))])
    );
}

#[test]
fn undo_knows_what_was_before_also_when_the_news_of_a_save_comes_before_its_answer() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("theme", json!("dark"));
    draft.take(id(1));
    draft.receive(snapshot(2, json!({"theme": "dark"})));
    let undo = draft.acknowledge(id(1), snapshot(2, json!({"theme": "dark"})));
    assert_eq!(undo, Values::from([("theme".into(), Value::Null)]));
}

#[test]
fn taking_a_choice_back_sends_null_even_when_the_value_stays() {
    let mut draft = Draft::new(snapshot(1, json!({"theme": "system"})));
    draft.edit("theme", Value::Null);
    assert_eq!(draft.take(id(1)).unwrap().values["theme"], Value::Null);
}

#[test]
fn what_a_closed_tab_left_is_sent_once_and_first() {
    let mut draft = Draft::new(snapshot(3, json!({})));
    let left = Sending {
        mutation_id: id(7),
        base_version: 2,
        values: Values::from([("theme".into(), json!("dark"))]),
    };
    draft.adopt(left.clone());
    draft.adopt(left.clone());
    draft.edit("rowsPerPage", json!(50));
    assert_eq!(draft.take(id(8)), Some(left));
    draft.acknowledge(id(7), snapshot(4, json!({"theme": "dark"})));
    assert_eq!(draft.take(id(8)).unwrap().values.into_keys().collect::<Vec<_>>(), ["rowsPerPage"]);
}

#[test]
fn leaving_during_a_save_sends_the_later_edit_on_top_of_it() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    draft.take(id(1));
    draft.edit("rowsPerPage", json!(100));
    draft.edit("theme", json!("dark"));
    let rest = draft.take_rest(ids(2), Leaving::ForGood);
    let rest: Vec<_> =
        rest.iter().map(|save| (save.base_version, Value::Object(save.patch()))).collect();
    // Whoever else changed the theme since version 1 is not overwritten unasked.
    assert_eq!(rest, [(2, json!({"rowsPerPage": 100})), (1, json!({"theme": "dark"}))]);
    assert_eq!(draft.take_rest(ids(4), Leaving::ForGood), []);
}

#[test]
fn an_edit_that_somebody_was_quicker_with_is_asked_about() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    draft.edit("theme", json!("dark"));
    draft.receive(snapshot(2, json!({"rowsPerPage": 10})));
    assert_eq!(shown(&draft, "rowsPerPage"), json!(50), "not while the person is at it");
    let sending = draft.take(id(1)).unwrap();
    assert_eq!(Value::Object(sending.patch()), json!({"theme": "dark"}));
    let asked =
        Collision { path: "rowsPerPage".into(), mine: Some(json!(50)), theirs: Some(json!(10)) };
    assert_eq!(draft.collisions(), [asked]);
    draft.acknowledge(id(1), snapshot(3, json!({"rowsPerPage": 10, "theme": "dark"})));
    draft.decide("rowsPerPage", true);
    assert_eq!(draft.take(id(2)).unwrap().values["rowsPerPage"], json!(50));
}

#[test]
fn an_event_of_ones_own_save_before_its_answer_asks_nothing() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    draft.take(id(1));
    draft.edit("rowsPerPage", json!(100));
    draft.receive(snapshot(2, json!({"rowsPerPage": 50})));
    draft.acknowledge(id(1), snapshot(2, json!({"rowsPerPage": 50})));
    assert_eq!(draft.take(id(2)).unwrap().values["rowsPerPage"], json!(100));
    assert!(draft.collisions().is_empty());
}

#[test]
fn leaving_for_good_asks_nothing_and_the_later_value_wins() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    draft.receive(snapshot(2, json!({"rowsPerPage": 10})));
    let rest = draft.take_rest(ids(1), Leaving::ForGood);
    assert_eq!(
        (rest.len(), rest[0].base_version, rest[0].values["rowsPerPage"].clone()),
        (1, 2, json!(50))
    );
}

#[test]
fn looking_at_another_tab_leaves_the_question_open() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    draft.receive(snapshot(2, json!({"rowsPerPage": 10})));
    assert_eq!(draft.take_rest(ids(1), Leaving::ForNow), []);
    assert_eq!(draft.collisions().len(), 1);
}

#[test]
fn a_question_that_a_closed_tab_left_is_asked_again_about_what_stands_now() {
    let left = |mine: Value| Collision {
        path: "theme".into(),
        mine: Some(mine),
        theirs: Some(json!("light")),
    };
    let mut draft = Draft::new(snapshot(3, json!({"theme": "system"})));
    draft.adopt_question(left(json!("dark")));
    draft.adopt_question(left(json!("dark")));
    let asked = Collision {
        path: "theme".into(),
        mine: Some(json!("dark")),
        theirs: Some(json!("system")),
    };
    assert_eq!(draft.collisions(), [asked]);

    let mut draft = Draft::new(snapshot(3, json!({"theme": "dark"})));
    draft.adopt_question(left(json!("dark")));
    assert!(draft.collisions().is_empty(), "it is what the person chose by now");

    let mut draft = Draft::new(snapshot(3, json!({})));
    draft.edit("theme", json!("light"));
    draft.adopt_question(left(json!("dark")));
    assert!(draft.collisions().is_empty(), "the person has chosen again");
}

#[test]
fn a_version_that_the_server_does_not_know_is_given_up() {
    let mut draft = Draft::new(snapshot(9, json!({"rowsPerPage": 10})));
    draft.edit("theme", json!("dark"));
    draft.take(id(1));
    // The database is an older one again.
    draft.collide(id(1), snapshot(4, json!({})), Vec::new());
    let again = draft.take(id(2)).unwrap();
    assert_eq!((again.base_version, Value::Object(again.patch())), (4, json!({"theme": "dark"})));
    assert_eq!(shown(&draft, "rowsPerPage"), json!(25));
}

#[test]
fn taking_back_restores_a_choice_that_equals_the_default() {
    let mut draft = Draft::new(snapshot(2, json!({})));
    draft.put_back("rowsPerPage".into(), json!(25));
    assert_eq!(Value::Object(draft.take(id(1)).unwrap().patch()), json!({"rowsPerPage": 25}));
}

#[test]
fn a_save_of_a_closed_tab_that_no_longer_fits_is_the_servers_to_refuse() {
    let mut draft = Draft::new(snapshot(4, json!({"qualityThresholds": {"flagging": 7.5}})));
    let values = Values::from([("qualityThresholds.autoApproval".to_owned(), json!(7.0))]);
    let left = Sending { mutation_id: id(1), base_version: 3, values };
    draft.adopt(left.clone());
    assert_eq!(draft.take(id(2)), Some(left));
}

#[test]
fn a_refusal_does_not_stay_beside_a_newer_edit() {
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit("rowsPerPage", json!(50));
    draft.take(id(1));
    draft.edit("rowsPerPage", json!(100));
    draft.refuse(id(1), "Refused.", &[FieldError::new("rowsPerPage", "Not this one.")]);
    assert!(draft.errors().is_empty());
    assert_eq!(draft.take(id(2)).unwrap().values["rowsPerPage"], json!(100));
}

#[test]
fn what_a_closed_tab_left_is_sent_without_what_was_never_valid() {
    let mut draft = Draft::new(snapshot(4, json!({})));
    let left = |values: Value| serde_json::from_value::<Values>(values).unwrap();
    let values = left(json!({"theme": "dark", "qualityThresholds.flagging": 9.9}));
    draft.adopt_edits(Sending { mutation_id: id(1), base_version: 2, values });
    draft.adopt_edits(Sending {
        mutation_id: id(2),
        base_version: 2,
        values: left(json!({"qualityThresholds.flagging": 9.9})),
    });
    let sending = draft.take(id(3)).unwrap();
    assert_eq!((sending.mutation_id, sending.base_version), (id(1), 2));
    assert_eq!(Value::Object(sending.patch()), json!({"theme": "dark"}));
    assert_eq!(draft.outbox().len(), 1);
}
