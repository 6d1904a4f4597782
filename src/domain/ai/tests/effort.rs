//! The effort that applies.

use super::*;

#[test]
fn only_an_effort_that_the_model_takes_is_left() {
    let effort = |organization: Value, person: Value| {
        let effective = applied(
            &layers(json!({}), json!({"model": organization}), json!({"model": person})),
            json!({}),
        );
        let why = effective.explain["model.effort"].clone();
        (effective.config.model.effort, why.layer, why.clamped.map(|clamp| clamp.unclamped))
    };
    let thinks = json!({"model": "claude-opus-5"});
    assert_eq!(
        effort(json!({}), thinks.clone()),
        (Some(Effort::Low), Layer::Default, None),
        "the lowest, where it thinks unless told otherwise"
    );
    assert_eq!(effort(json!({}), json!({})), (None, Layer::Default, None), "which thinks never");
    let high = json!({"effort": "xhigh"});
    assert_eq!(effort(high.clone(), thinks), (Some(Effort::ExtraHigh), Layer::Organization, None));
    let was = Some(json!("xhigh"));
    assert_eq!(
        effort(high.clone(), json!({"model": "claude-opus-4-5"})),
        (Some(Effort::High), Layer::Organization, was.clone())
    );
    assert_eq!(
        effort(high.clone(), json!({"model": "claude-haiku-4-5"})),
        (None, Layer::Organization, was.clone())
    );
    assert_eq!(effort(high, json!({"model": "claude-9"})), (None, Layer::Organization, was));
}
