//! The control that fits a field's declaration, for whoever owns its value.

use super::{shares::SharesField, shortcut_recorder::ShortcutRecorder};
use crate::{
    domain::{
        number::{NumberRule, Sign},
        settings::{Field, Kind, MAX_DOLLARS},
        words,
    },
    ui::{
        components::{
            Button, CheckboxGroup, Choice, Entered, IconName, NumberEntry, NumberField,
            PictureGroup, RangePair, SegmentedControl, Select, Slider, Switch, Typing,
            format_number,
        },
        form::focus,
    },
};
use leptos::prelude::*;
use serde_json::{Value, json};

/// A control for one setting, inside of its row.
///
/// `on_edit` gets each value in the form of the wire; `on_commit` says that the person is done with
/// it (blur, Enter).
#[component]
pub fn SettingControl(
    field: &'static Field,
    #[prop(into)] value: Signal<Value>,
    #[prop(into)] on_edit: Callback<Value>,
    #[prop(optional, into)] on_commit: Option<Callback<()>>,
    /// For an owner that stores each value: those of a text that turns out to be none are taken
    /// back.
    #[prop(optional)]
    typing: Option<Typing>,
    /// The owner judges what it keeps before anything is stored, so it gets what is no number as
    /// the text that it is.
    #[prop(optional)]
    keeps_text: bool,
    /// What the declaration cannot list: the models.
    #[prop(optional)]
    choices: Vec<Choice>,
    /// For buttons, which the row around them does not know.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The id of the row.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    let control = Control { field, value, on_edit, on_commit, typing, disabled };
    match field.kind {
        Kind::Flag => control.flag(),
        Kind::OneOf(choices) => control.one_of(choices),
        Kind::OneOfNumbers(numbers) => control.one_of_numbers(numbers),
        Kind::Whole { min, max } if keeps_text => {
            control.entry(NumberRule::whole(min as f64, max as f64), 1.0)
        }
        Kind::Whole { min, max } => control.number(min as f64, max as f64),
        Kind::Dollars => {
            let rule = NumberRule::within(0.0, MAX_DOLLARS as f64).with_sign(Sign::Dollars);
            control.entry(rule, 0.01)
        }
        Kind::Steps { max, parts, offered: None } => control.slider(max, parts),
        Kind::Steps { max, parts, offered: Some(offered) } => {
            control.optional_slider(max, parts, offered, &id)
        }
        Kind::Range { .. } => control.range(),
        Kind::Shares => view! { <SharesField value=value on_edit=on_edit /> }.into_any(),
        Kind::AllOrSome(choices) => control.all_or_some(choices, &id),
        Kind::Shortcut => {
            let text = control.text();
            view! {
                <ShortcutRecorder
                    label=field.label
                    value=text
                    on_edit=on_edit
                    disabled=disabled
                />
            }
            .into_any()
        }
        Kind::Model => control.select(choices),
    }
}

#[derive(Clone, Copy)]
struct Control {
    field: &'static Field,
    value: Signal<Value>,
    on_edit: Callback<Value>,
    on_commit: Option<Callback<()>>,
    typing: Option<Typing>,
    disabled: Signal<bool>,
}

impl Control {
    fn text(self) -> Signal<String> {
        let value = self.value;
        Signal::derive(move || value.with(|value| value.as_str().unwrap_or_default().to_owned()))
    }

    fn real(self) -> Signal<f64> {
        let value = self.value;
        Signal::derive(move || value.with(|value| value.as_f64().unwrap_or_default()))
    }

    /// In the stored form where there is one.
    fn edit(self, value: Value) {
        self.on_edit.run(self.field.canonical_or_typed(value));
    }

    fn commit(self) {
        if let Some(on_commit) = self.on_commit {
            on_commit.run(());
        }
    }

    fn flag(self) -> AnyView {
        let value = self.value;
        view! {
            <Switch
                value=Signal::derive(move || value.with(|value| *value == Value::Bool(true)))
                on_change=move |on| self.on_edit.run(Value::Bool(on))
            />
        }
        .into_any()
    }

    fn one_of(self, choices: &'static [words::Choice]) -> AnyView {
        if self.field.pictured {
            return view! {
                <PictureGroup
                    name=self.field.path
                    choices=shown(choices)
                    value=self.text()
                    on_change=move |word| self.on_edit.run(Value::String(word))
                />
            }
            .into_any();
        }
        view! {
            <SegmentedControl
                name=self.field.path
                choices=shown(choices)
                value=self.text()
                on_change=move |word| self.on_edit.run(Value::String(word))
            />
        }
        .into_any()
    }

    fn one_of_numbers(self, numbers: &'static [i64]) -> AnyView {
        let value = self.value;
        let choices =
            numbers.iter().map(|number| Choice::new(number.to_string(), number.to_string()));
        let chosen = move |word: String| {
            self.on_edit.run(word.parse::<i64>().map_or(Value::Null, Value::from))
        };
        view! {
            <Select
                choices=choices.collect()
                value=Signal::derive(move || value.with(ToString::to_string))
                on_change=chosen
            />
        }
        .into_any()
    }

    fn select(self, choices: Vec<Choice>) -> AnyView {
        view! {
            <Select
                choices=choices
                value=self.text()
                on_change=move |word| self.on_edit.run(Value::String(word))
            />
        }
        .into_any()
    }

    fn number(self, min: f64, max: f64) -> AnyView {
        view! {
            <NumberField
                value=self.real()
                min=min
                max=max
                on_change=move |number: f64| self.edit(json!(number))
                on_commit=move |_| self.commit()
                typing=self.typing
            />
        }
        .into_any()
    }

    /// What is no number goes to the owner as the text that it is, so that it cannot be saved
    /// unseen.
    fn entry(self, rule: NumberRule, step: f64) -> AnyView {
        let value = self.value;
        let shown = Signal::derive(move || {
            value.with(|value| match value {
                Value::String(typed) => typed.clone(),
                value => format_number(value.as_f64().unwrap_or_default(), step),
            })
        });
        let entered = move |entered| {
            self.on_edit.run(match entered {
                Entered::Number(number) => json!(number),
                Entered::Empty => Value::from(""),
                Entered::Unread(text) => Value::from(text),
            })
        };
        let unit = self.field.unit;
        view! { <NumberEntry value=shown rule=rule step=step unit=unit on_edit=entered /> }
            .into_any()
    }

    fn slider(self, max: u32, parts: u32) -> AnyView {
        view! {
            <Slider
                value=self.real()
                max=f64::from(max)
                step=1.0 / f64::from(parts)
                on_change=move |number: f64| self.edit(json!(number))
                on_commit=move |_| self.commit()
                typing=self.typing
            />
        }
        .into_any()
    }

    /// A slider; or, while nothing is sent, the way to one.
    fn optional_slider(self, max: u32, parts: u32, offered: f64, id: &str) -> AnyView {
        let value = self.value;
        let sent = Memo::new(move |_| value.with(|value| !value.is_null()));
        let control = format!("#{id}-control");
        let begin = move |()| {
            self.on_edit.run(json!(offered));
            focus(control.clone());
        };
        let begin = Callback::new(begin);
        let shown = move || {
            if sent.get() {
                return self.slider(max, parts);
            }
            view! {
                <span class="muted">"Not sent"</span>
                <Button small=true icon=IconName::Pencil disabled=self.disabled on_press=begin>
                    "Set"
                    <span class="visually-hidden">" " {self.field.label}</span>
                </Button>
            }
            .into_any()
        };
        shown.into_any()
    }

    fn range(self) -> AnyView {
        let value = self.value;
        view! {
            <RangePair
                value=Signal::derive(move || value.with(ends))
                on_change=move |(low, high): (f64, f64)| self.edit(json!([low, high]))
                on_commit=move |_| self.commit()
                typing=self.typing
            />
        }
        .into_any()
    }

    /// Everything, or a chosen set.
    fn all_or_some(self, choices: &'static [words::Choice], id: &str) -> AnyView {
        let Self { field, value, disabled, .. } = self;
        let all = Memo::new(move |_| value.with(Value::is_string));
        let mode = Signal::derive(move || if all.get() { "all" } else { "some" }.to_owned());
        let chosen = Signal::derive(move || {
            value.with(|value| {
                let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
                list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
            })
        });
        let every =
            move || Value::Array(choices.iter().map(|choice| Value::from(choice.value)).collect());
        let choose = move |words: Vec<String>| self.edit(json!(words));
        let id = StoredValue::new(format!("{id}-choices"));
        view! {
            <SegmentedControl
                name=format!("{}.mode", field.path)
                choices=vec![Choice::new("all", "All"), Choice::new("some", "Only these")]
                value=mode
                on_change=move |word: String| {
                    self.on_edit.run(if word == "all" { Value::from("all") } else { every() });
                }
                disabled=disabled
            />
            <Show when=move || !all.get()>
                <div class="bare-label">
                    <CheckboxGroup
                        id=id.get_value()
                        label=field.label
                        choices=shown(choices)
                        value=chosen
                        on_change=choose
                        inline=true
                        disabled=disabled
                    />
                </div>
            </Show>
        }
        .into_any()
    }
}

fn shown(choices: &[words::Choice]) -> Vec<Choice> {
    choices.iter().map(|choice| Choice::new(choice.value, choice.label)).collect()
}

fn ends(value: &Value) -> (f64, f64) {
    let end = |index: usize| value.get(index).and_then(Value::as_f64);
    (end(0).unwrap_or_default(), end(1).unwrap_or(10.0))
}
