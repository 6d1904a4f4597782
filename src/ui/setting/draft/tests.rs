use super::*;
use crate::domain::preferences::catalog::TABLE;
use serde_json::json;

struct Kept(Overrides);

impl Stored for Kept {
    type Name = u8;

    fn table() -> &'static Table {
        &TABLE
    }

    fn values(&self, _name: &u8) -> Overrides {
        self.0.clone()
    }
}

fn kept(value: Value) -> Kept {
    Kept(value.as_object().cloned().unwrap())
}

fn draft(base: Value, edits: RwSignal<Edits<u8>>) -> Draft<Kept> {
    let mistakes = |_: &Kept, _: &u8, edits: &Overrides| match edits.get("theme") {
        Some(Value::String(theme)) if theme == "pink" => vec![FieldError::new("theme", "Pink.")],
        _ => Vec::new(),
    };
    Draft::new(kept(base), edits, |_| 1, mistakes)
}

#[test]
fn edits_outlive_their_draft_and_what_others_save() {
    Owner::new().with(|| {
        let edits = RwSignal::new(Edits::default());
        let page = Owner::new();
        page.with(|| {
            let draft = draft(json!({"theme": "dark"}), edits);
            draft.edit("theme", json!("light"));
            draft.edit("rowsPerPage", json!(50));
            draft.rebase(kept(json!({"rowsPerPage": 50})));
            assert_eq!(Value::Object(draft.unsaved()), json!({"theme": "light"}));
            assert_eq!(draft.changes().len(), 1);
        });
        page.cleanup();
        let again = draft(json!({"theme": "dark"}), edits);
        assert_eq!(Value::Object(again.own.get_untracked()), json!({"theme": "light"}));
        again.discard();
        assert!(edits.with_untracked(Edits::is_empty));
        assert!(again.changes().is_empty());
    });
}

#[test]
fn a_draft_that_is_gone_learns_of_its_save() {
    Owner::new().with(|| {
        let edits = RwSignal::new(Edits::default());
        let page = Owner::new();
        let left = page.with(|| draft(json!({}), edits));
        left.edit("theme", json!("light"));
        page.cleanup();
        left.rebase(kept(json!({"theme": "light"})));
        left.forget(&1);
        assert!(edits.with_untracked(Edits::is_empty));
    });
}

#[test]
fn what_is_wrong_is_told_until_it_is_changed() {
    Owner::new().with(|| {
        let draft = draft(json!({}), RwSignal::new(Edits::default()));
        draft.edit("theme", json!("pink"));
        draft.refuse(vec![FieldError::new("", "Not today.")]);
        assert_eq!(draft.error("theme").as_deref(), Some("Pink."));
        assert_eq!(draft.unplaced_error().as_deref(), Some("Not today."));
        draft.edit("theme", json!("dark"));
        assert!(!draft.has_errors() && draft.unplaced_error().is_none());
    });
}
