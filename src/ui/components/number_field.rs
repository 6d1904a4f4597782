//! One number, with its label.

use super::{
    naming::ControlText,
    number::format_number,
    number_input::{Entered, NumberInput, Typing},
};
use crate::domain::number::{NumberRule, Sign};
use leptos::prelude::*;

/// One number within limits; without decimals where `step` has none.
///
/// `on_change` receives only numbers that are allowed. A text that is none stays in the field,
/// marked, until it is mended; nothing is reported meanwhile, and a form around it is not sent.
#[component]
pub fn NumberField(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(into)] value: Signal<f64>,
    #[prop(default = 0.0)] min: f64,
    #[prop(default = f64::INFINITY)] max: f64,
    #[prop(default = 1.0)] step: f64,
    /// Stands after the number: `seconds`, `USD`.
    #[prop(optional, into)]
    unit: Option<String>,
    #[prop(optional, into)] on_change: Option<Callback<f64>>,
    /// A finished edit: focus left the field, or Enter.
    #[prop(optional, into)]
    on_commit: Option<Callback<f64>>,
    #[prop(optional_no_strip)] typing: Option<Typing>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let rule = NumberRule {
        min,
        max,
        whole: step.fract() == 0.0,
        sign: if unit.as_deref() == Some("USD") { Sign::Dollars } else { Sign::None },
    };
    let input = NumberInput {
        id: naming.id.clone(),
        name,
        aria_label: None,
        aria_labelledby: Some(naming.label_id.clone()),
        placeholder: None,
        rule,
        step,
        snaps: false,
        optional: false,
        shown: Signal::derive(move || format_number(value.get(), step)),
        on_edit: Callback::new(move |entered| {
            if let (Some(on_change), Entered::Number(number)) = (on_change, entered) {
                on_change.run(number);
            }
        }),
        on_commit,
        typing,
    };
    let input = input.view(&naming);
    let control = match unit {
        Some(unit) => view! { <span class="input-unit">{input} {unit}</span> }.into_any(),
        None => input,
    };
    text.frame(&naming, false, control)
}

/// A number whose owner keeps its text: it may be left empty, and an owner that judges what it
/// keeps gets what is no number as well.
#[component]
pub fn NumberEntry(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    /// Instead of a label: in a table, where row and column name it.
    #[prop(optional, into)]
    aria_label: Option<String>,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] name: Option<String>,
    /// The text to show, as `TypedNumber::spelled` writes it, or what was typed instead of one.
    #[prop(into)]
    value: Signal<String>,
    rule: NumberRule,
    #[prop(default = 1.0)] step: f64,
    /// It may be left empty.
    #[prop(optional)]
    optional: bool,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional, into)] unit: String,
    #[prop(into)] on_edit: Callback<Entered>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let alone = aria_label.is_some();
    let input = NumberInput {
        id: naming.id.clone(),
        name,
        aria_labelledby: (!alone).then(|| naming.label_id.clone()),
        aria_label,
        placeholder,
        rule,
        step,
        snaps: false,
        optional,
        shown: value,
        on_edit,
        on_commit: None,
        typing: None,
    };
    let input = input.view(&naming);
    let error = alone.then(|| naming.error_line("control-error"));
    let control = view! {
        <span class="input-unit">{input} {unit}</span>
        {error}
    }
    .into_any();
    text.frame(&naming, false, control)
}
