use super::*;

const COMPRESS_FROM: &str = "exportPreferences.autoCompressionThreshold";

fn export(threshold: i64) -> Value {
    json!({"exportPreferences": {"autoCompressionThreshold": threshold}})
}

#[test]
fn the_beginning_of_a_text_that_cannot_be_read_is_not_sent() {
    let mut draft = Draft::new(snapshot(1, export(500)));
    draft.begin(COMPRESS_FROM);
    draft.edit(COMPRESS_FROM, json!(1));
    draft.withdraw(COMPRESS_FROM);
    assert!(draft.is_clean());
    assert_eq!((draft.take(id(1)), shown(&draft, COMPRESS_FROM)), (None, json!(500)));
    // Mended, it is an edit like any other.
    draft.edit(COMPRESS_FROM, json!(15));
    assert_eq!(draft.take(id(2)).unwrap().values[COMPRESS_FROM], json!(15));
}

#[test]
fn the_beginning_of_a_text_that_was_sent_already_is_taken_back() {
    // Stored, or on its way; over a value of one's own, or an inherited one.
    for (before, back) in [(export(500), json!(500)), (json!({}), Value::Null)] {
        for is_stored in [true, false] {
            let mut draft = Draft::new(snapshot(1, before.clone()));
            draft.begin(COMPRESS_FROM);
            draft.edit(COMPRESS_FROM, json!(1));
            draft.take(id(1));
            if is_stored {
                draft.acknowledge(id(1), snapshot(2, export(1)));
            }
            draft.edit(COMPRESS_FROM, json!(15));
            draft.withdraw(COMPRESS_FROM);
            draft.withdraw(COMPRESS_FROM);
            if !is_stored {
                draft.acknowledge(id(1), snapshot(2, export(1)));
            }
            let sending = draft.take(id(2)).unwrap();
            assert_eq!(sending.values, Values::from([(COMPRESS_FROM.into(), back.clone())]));
            assert!(draft.only_takes_back(&[COMPRESS_FROM.to_owned()]));
            draft.acknowledge(id(2), snapshot(3, before.clone()));
            assert!(draft.is_clean());
        }
    }
}

#[test]
fn an_edit_that_waited_before_typing_began_comes_back() {
    let flagging = "qualityThresholds.flagging";
    let mut draft = Draft::new(snapshot(1, json!({})));
    draft.edit(flagging, json!(9.0));
    draft.begin(flagging);
    draft.edit(flagging, json!(7.0));
    draft.withdraw(flagging);
    assert_eq!(shown(&draft, flagging), json!(9.0));
    assert!(draft.errors()[flagging].contains("at most"));
}

#[test]
fn withdrawing_leaves_what_somebody_else_has_set_meanwhile() {
    let mut draft = Draft::new(snapshot(1, export(500)));
    draft.begin(COMPRESS_FROM);
    draft.edit(COMPRESS_FROM, json!(1));
    draft.take(id(1));
    draft.acknowledge(id(1), snapshot(2, export(1)));
    draft.edit(COMPRESS_FROM, json!(15));
    draft.receive(snapshot(3, export(700)));
    draft.withdraw(COMPRESS_FROM);
    assert!(draft.is_clean());
    assert_eq!((draft.take(id(2)), draft.collisions().len()), (None, 0));
    assert_eq!(shown(&draft, COMPRESS_FROM), json!(700));
}

#[test]
fn a_value_that_was_taken_back_while_typing_is_not_put_back() {
    let mut draft = Draft::new(snapshot(1, export(500)));
    draft.begin(COMPRESS_FROM);
    draft.edit(COMPRESS_FROM, json!(1));
    draft.withdraw(COMPRESS_FROM);
    draft.edit(COMPRESS_FROM, Value::Null);
    draft.edit(COMPRESS_FROM, json!(7));
    draft.take(id(1));
    draft.withdraw(COMPRESS_FROM);
    draft.acknowledge(id(1), snapshot(2, export(7)));
    assert_eq!(draft.take(id(2)).unwrap().values[COMPRESS_FROM], Value::Null);
}

#[test]
fn what_somebody_else_sets_before_a_beginning_is_stored_is_gone_back_to() {
    let mut draft = Draft::new(snapshot(1, export(500)));
    draft.begin(COMPRESS_FROM);
    draft.receive(snapshot(2, export(700)));
    draft.edit(COMPRESS_FROM, json!(1));
    draft.take(id(1));
    draft.acknowledge(id(1), snapshot(3, export(1)));
    draft.withdraw(COMPRESS_FROM);
    assert_eq!(shown(&draft, COMPRESS_FROM), json!(700));
}

#[test]
fn only_the_save_that_takes_back_goes_unannounced() {
    let paths = [COMPRESS_FROM.to_owned()];
    let mut draft = Draft::new(snapshot(1, export(500)));
    draft.begin(COMPRESS_FROM);
    draft.edit(COMPRESS_FROM, json!(1));
    draft.take(id(1));
    draft.withdraw(COMPRESS_FROM);
    draft.acknowledge(id(1), snapshot(2, export(1)));
    draft.settle_withdrawn(&paths);
    draft.take(id(2));
    draft.acknowledge(id(2), snapshot(3, export(500)));
    assert!(draft.only_takes_back(&paths), "it is the save that takes back");
    draft.settle_withdrawn(&paths);
    assert!(!draft.only_takes_back(&paths), "that is over");
}
