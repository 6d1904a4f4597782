//! The control that fits a field's kind, for whoever owns its value.

use super::shortcut_recorder::ShortcutRecorder;
use crate::{
    domain::preferences::catalog::{self, Field, Kind},
    ui::components::{
        CheckboxGroup, Choice, NumberField, RangePair, SegmentedControl, Select, Slider, Switch,
        Typing,
    },
};
use leptos::prelude::*;
use serde_json::{Value, json};

/// A control for one preference.
///
/// `on_edit` gets each value in the form of the wire; `on_commit` says that the person is done with
/// it (blur, Enter).
#[component]
pub fn FieldControl(
    field: &'static Field,
    #[prop(into)] value: Signal<Value>,
    #[prop(into)] on_edit: Callback<Value>,
    #[prop(into)] on_commit: Callback<()>,
    /// For an owner that stores each value: those of a text that turns out to be none are taken
    /// back.
    #[prop(optional)]
    typing: Option<Typing>,
    /// For the shortcuts, whose buttons the row around them does not know.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let number = Signal::derive(move || value.get().as_f64().unwrap_or_default());
    let text = Signal::derive(move || value.get().as_str().unwrap_or_default().to_owned());
    match field.kind {
        Kind::Flag => view! {
            <Switch
                value=Signal::derive(move || value.get() == Value::Bool(true))
                on_change=move |on| on_edit.run(Value::Bool(on))
            />
        }
        .into_any(),
        Kind::OneOf(choices) => view! {
            <SegmentedControl
                name=field.path.clone()
                choices=choices.iter().map(|choice| Choice::new(choice.value, choice.label)).collect()
                value=text
                on_change=move |word| on_edit.run(Value::String(word))
            />
        }
        .into_any(),
        Kind::OneOfNumbers(numbers) => view! {
            <Select
                choices=numbers.iter().map(|number| Choice::new(number.to_string(), number.to_string())).collect()
                value=Signal::derive(move || value.get().to_string())
                on_change=move |word: String| on_edit.run(word.parse::<i64>().map_or(Value::Null, Value::from))
            />
        }
        .into_any(),
        Kind::Whole { min, max } => view! {
            <NumberField
                value=number
                min=min as f64
                max=max as f64
                on_change=move |number: f64| on_edit.run(canonical(field, json!(number)))
                on_commit=move |_| on_commit.run(())
                typing=typing
            />
        }
        .into_any(),
        Kind::Score => view! {
            <Slider
                value=number
                on_change=move |number: f64| on_edit.run(canonical(field, json!(number)))
                on_commit=move |_| on_commit.run(())
                typing=typing
            />
        }
        .into_any(),
        Kind::ScoreRange => view! {
            <RangePair
                value=Signal::derive(move || ends(&value.get()))
                on_change=move |(low, high): (f64, f64)| on_edit.run(canonical(field, json!([low, high])))
                on_commit=move |_| on_commit.run(())
                typing=typing
            />
        }
        .into_any(),
        Kind::AllOrSome(choices) => {
            view! { <AllOrSome field=field choices=choices value=value on_edit=on_edit disabled=disabled /> }.into_any()
        }
        Kind::Shortcut => {
            view! { <ShortcutRecorder label=field.label value=text on_edit=on_edit disabled=disabled /> }.into_any()
        }
    }
}

/// The stored form where there is one, so that going back and forth compares equal; else what was
/// typed, to be told what is wrong.
fn canonical(field: &Field, value: Value) -> Value {
    field.canonical(&value).unwrap_or(value)
}

fn ends(value: &Value) -> (f64, f64) {
    let end = |index: usize| value.get(index).and_then(Value::as_f64);
    (end(0).unwrap_or_default(), end(1).unwrap_or(10.0))
}

/// Everything, or a chosen set.
#[component]
fn AllOrSome(
    field: &'static Field,
    choices: &'static [catalog::Choice],
    value: Signal<Value>,
    on_edit: Callback<Value>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let all = Memo::new(move |_| value.with(Value::is_string));
    let mode = Signal::derive(move || if all.get() { "all" } else { "some" }.to_owned());
    let chosen = Signal::derive(move || {
        value.with(|value| {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        })
    });
    let choose = move |words: Vec<String>| on_edit.run(canonical(field, json!(words)));
    let every =
        move || Value::Array(choices.iter().map(|choice| Value::from(choice.value)).collect());
    view! {
        <SegmentedControl
            name=format!("{}.mode", field.path)
            choices=vec![Choice::new("all", "All"), Choice::new("some", "Only these")]
            value=mode
            on_change=move |word: String| on_edit.run(if word == "all" { Value::from("all") } else { every() })
            disabled=disabled
        />
        <Show when=move || !all.get()>
            <div class="bare-label">
                <CheckboxGroup
                    id=format!("{}-choices", field.anchor())
                    label=field.label
                    choices=choices.iter().map(|choice| Choice::new(choice.value, choice.label)).collect()
                    value=chosen
                    on_change=choose
                    inline=true
                    disabled=disabled
                />
            </div>
        </Show>
    }
}
