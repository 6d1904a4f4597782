use super::*;
use std::{fs, path::Path};

fn sources(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            sources(&entry.path(), found);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            found.push((entry.path().display().to_string(), text));
        }
    }
}

#[test]
fn issue_13_2_1_no_page_has_the_browser_s_own_input_for_numbers() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut found);
    let number = ["type=", "\"number\""].concat();
    for (path, text) in found {
        assert!(!text.contains(&number) && !text.contains("(\"number\""), "{path}");
    }
}

/// A budget that shows 5.00 until something is typed.
fn budget() -> Editing {
    Editing {
        input: NumberInput {
            id: "budget".into(),
            name: None,
            aria_label: None,
            aria_labelledby: None,
            placeholder: None,
            rule: NumberRule::within(0.0, 1e6).with_sign(Sign::Dollars),
            step: 0.01,
            snaps: false,
            optional: false,
            shown: "5.00".to_owned().into(),
            on_edit: Callback::new(|_| ()),
            on_commit: None,
            typing: None,
        },
        naming: Naming::new("budget", false, MaybeProp::default(), Signal::from(false)),
        own_error: RwSignal::new(None),
        understood: RwSignal::new(Understood::default()),
        unread: RwSignal::new(false),
        typed: StoredValue::new(0),
        started: StoredValue::new(false),
    }
}

fn said(editing: &Editing) -> (Option<String>, Understood, bool) {
    let Editing { own_error, understood, unread, .. } = editing;
    (own_error.get_untracked(), understood.get_untracked(), unread.get_untracked())
}

#[test]
fn what_was_said_of_a_text_ends_when_another_takes_its_place() {
    let owner = Owner::new();
    owner.set();
    let nothing = (None, Understood::AsTyped, false);
    for typed in ["abc", "1,234", "7,5", "2000000"] {
        let editing = budget();
        editing.typed(typed);
        editing.changed(typed);
        assert_ne!(said(&editing), nothing, "{typed}");
        editing.written("5.00");
        assert_eq!(said(&editing), nothing, "{typed}");
    }
}

#[test]
fn what_more_digits_do_not_mend_is_said_while_it_is_typed() {
    let owner = Owner::new();
    owner.set();
    let editing = budget();
    editing.typed("7,");
    assert_eq!(said(&editing).0, None, "it may become 7,5");
    editing.typed("2000000");
    assert_eq!(said(&editing).0.as_deref(), Some("Enter a number from 0 to 1,000,000."));
    editing.typed("200000");
    assert_eq!(said(&editing).0, None);
}

#[test]
fn a_text_that_could_not_be_read_says_so_again_when_it_comes_back() {
    let owner = Owner::new();
    owner.set();
    let (typed, came_back) = (budget(), budget());
    typed.typed("1,234");
    typed.changed("1,234");
    came_back.written("1,234");
    assert_eq!(said(&came_back), said(&typed));
    assert!(matches!(said(&typed), (Some(_), Understood::Either(_), true)));
    came_back.written("");
    assert_eq!(said(&came_back), (None, Understood::AsTyped, false));
}

#[test]
fn one_end_of_a_span_does_not_take_back_what_is_said_of_the_other() {
    let owner = Owner::new();
    owner.set();
    let low = budget();
    let high = Editing { own_error: low.own_error, ..budget() };
    low.typed("abc");
    low.changed("abc");
    high.typed("7");
    high.written("8.00");
    assert!(said(&low).0.is_some());
}

#[test]
fn what_was_told_of_the_beginning_of_a_text_is_withdrawn_when_the_whole_cannot_be_read() {
    let owner = Owner::new();
    owner.set();
    let recorded = StoredValue::new(Vec::<String>::new());
    let record = move |what: String| recorded.update_value(|recorded| recorded.push(what));
    let mut editing = budget();
    editing.input.rule = NumberRule::whole(1.0, 10_000.0);
    editing.input.on_edit = Callback::new(move |entered| record(format!("{entered:?}")));
    editing.input.typing = Some(Typing {
        started: Callback::new(move |()| record("started".to_owned())),
        withdrawn: Callback::new(move |()| record("withdrawn".to_owned())),
    });
    for text in ["1", "1,", "1,5"] {
        editing.typed(text);
    }
    let expected = ["started", "Number(1.0)", "withdrawn", "withdrawn"];
    assert_eq!(recorded.get_value(), expected);
    // Mended, it is one edit with what was typed before; finished, the next one begins anew.
    recorded.set_value(Vec::new());
    editing.typed("15");
    editing.finished("15");
    editing.typed("150");
    assert_eq!(recorded.get_value(), ["Number(15.0)", "started", "Number(150.0)"]);
    // What was never told needs no withdrawal; that it is too large is told at once.
    recorded.set_value(Vec::new());
    editing.finished("150");
    editing.typed("99999");
    assert_eq!(recorded.get_value(), [r#"Unread("99999")"#]);
}
