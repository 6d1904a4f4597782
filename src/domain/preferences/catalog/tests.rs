//! The table of preferences, held against their types and defaults.

use super::*;
use crate::domain::{merge_patch, preferences::defaults};
use serde_json::json;
use std::collections::HashSet;

#[test]
fn the_table_and_the_defaults_name_the_same_fields() {
    let described: HashSet<_> = FIELDS.iter().map(|field| field.path.to_owned()).collect();
    let typed: HashSet<_> =
        merge_patch::leaves(defaults()).into_iter().map(|(path, _)| path).collect();
    assert_eq!(described, typed);
}

#[test]
fn every_default_is_allowed_and_in_its_canonical_form() {
    for (path, value) in merge_patch::leaves(defaults()) {
        assert_eq!(field_at(&path).unwrap().canonical(&value).as_ref(), Ok(&value), "{path}");
    }
}

#[test]
fn anchors_are_unique_within_a_section() {
    let links: HashSet<_> = FIELDS.iter().map(link).collect();
    assert_eq!(links.len(), FIELDS.len());
    assert_eq!(link(field_at("tableDensity").unwrap()), "/settings/display#table-density");
}

#[test]
fn accepts_each_end_and_refuses_what_lies_beyond() {
    for (path, good, bad) in [
        (
            "rowsPerPage",
            vec![json!(10), json!(100), json!(25.0)],
            vec![json!(11), json!("25"), json!(25.5), json!(null)],
        ),
        (
            "qualityThresholds.flagging",
            vec![json!(0), json!(10), json!(7.3)],
            vec![json!(10.1), json!(-0.1), json!(7.35), json!("7")],
        ),
        (
            "exportPreferences.autoCompressionThreshold",
            vec![json!(1), json!(10000)],
            vec![json!(0), json!(10001), json!(1e300)],
        ),
        (
            "defaultFilters.qualityRange",
            vec![json!([0, 10]), json!([5.5, 5.5])],
            vec![json!([6, 5]), json!([0.3, 5]), json!([1]), json!([1, 2, 3]), json!(5)],
        ),
        (
            "defaultFilters.tier",
            vec![json!("all"), json!(["scenario"])],
            vec![json!([]), json!(["gold"]), json!("scenario"), json!([1])],
        ),
        ("theme", vec![json!("dark")], vec![json!("Dark"), json!(1), json!(["dark"])]),
        ("notifications.email", vec![json!(true)], vec![json!("true"), json!(1)]),
        (
            "keyboardShortcuts.customBindings.approve",
            vec![json!("none"), json!("Y")],
            vec![json!("Ctrl+W"), json!(""), json!(3)],
        ),
    ] {
        let field = field_at(path).unwrap();
        for value in good {
            assert!(field.canonical(&value).is_ok(), "{path} {value}");
        }
        for value in bad {
            assert!(field.canonical(&value).is_err(), "{path} {value}");
        }
    }
}

#[test]
fn a_value_has_one_stored_form() {
    assert_eq!(
        field_at("qualityThresholds.flagging").unwrap().canonical(&json!(7)).unwrap().to_string(),
        "7.0"
    );
    assert_eq!(
        field_at("defaultFilters.tier")
            .unwrap()
            .canonical(&json!(["scenario", "template", "scenario"])),
        Ok(json!(["template", "scenario"]))
    );
}

#[test]
fn no_device_keeps_a_number_that_is_typed() {
    // What was typed would have to be withdrawn there as well when it turns out to be none.
    let typed =
        |kind: Kind| matches!(kind, Kind::Whole { .. } | Kind::Steps { .. } | Kind::Range { .. });
    assert!(!FIELDS.iter().any(|field| field.per_device && typed(field.kind)));
}

#[test]
fn what_waits_for_batches_says_so_and_nothing_else_does() {
    for field in &FIELDS {
        let action = ACTIONS.iter().find(|action| action.path == field.path);
        let waits = action.is_some_and(|action| action.name == "generateAll");
        assert_eq!(field.pending, waits, "{}", field.path);
    }
    assert_eq!(ACTIONS.iter().filter(|action| action.pending).count(), 1);
}

#[test]
fn what_stands_under_one_heading_stands_together() {
    for section in Section::ALL {
        let fields: Vec<_> = section.fields().collect();
        let groups: Vec<_> = fields.chunk_by(|a, b| a.group == b.group).collect();
        let headings: HashSet<_> = groups.iter().map(|group| group[0].group).collect();
        assert_eq!(groups.len(), headings.len(), "{}", section.label());
    }
}

#[test]
fn a_refusal_groups_its_numbers() {
    let threshold = field_at("exportPreferences.autoCompressionThreshold").unwrap();
    assert_eq!(
        threshold.refusal(),
        "Compression threshold must be a whole number from 1 to 10,000."
    );
}
