//! The token target, which can be left empty.

use super::draft::PolicyDraft;
use crate::{
    domain::{conversation_policy::catalog::TARGETS, number::NumberRule, settings::Field},
    ui::components::{Entered, NumberEntry, format_number},
};
use leptos::prelude::*;
use serde_json::{Value, json};

/// A number, or nothing.
#[component]
pub fn TokenTarget(field: &'static Field, draft: PolicyDraft) -> impl IntoView {
    let value = draft.shown(field.path);
    let shown = Signal::derive(move || {
        value.with(|value| match value {
            Value::Null => String::new(),
            Value::String(typed) => typed.clone(),
            value => format_number(value.as_f64().unwrap_or_default(), 1.0),
        })
    });
    let entered = move |entered| {
        let value = match entered {
            Entered::Number(number) => json!(number),
            Entered::Empty => Value::Null,
            Entered::Unread(text) => Value::from(text),
        };
        draft.edit(field.path, value);
    };
    let (min, max) = TARGETS;
    view! {
        <NumberEntry
            value=shown
            rule=NumberRule::whole(min as f64, max as f64)
            optional=true
            unit=field.unit
            on_edit=entered
        />
    }
}
