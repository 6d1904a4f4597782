//! Any of a few.

use super::{Choice, dom::Resets, naming::ControlText, rows};
use leptos::{html, prelude::*};

/// A set of values: any of the choices. `on_change` receives the whole new set, in the order of the
/// choices.
#[component]
pub fn CheckboxGroup(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// Name of the form entries, one for each checked value.
    #[prop(optional, into)]
    name: Option<String>,
    choices: Vec<Choice>,
    #[prop(into)] value: Signal<Vec<String>>,
    #[prop(optional, into)] on_change: Option<Callback<Vec<String>>>,
    /// Beside each other instead of below.
    #[prop(optional)]
    inline: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let order =
        StoredValue::new(choices.iter().map(|choice| choice.value.clone()).collect::<Vec<_>>());
    let toggled = move |own: &str, on: bool| {
        let now = value.get_untracked();
        let wanted = |it: &String| if it == own { on } else { now.contains(it) };
        order.with_value(|order| order.iter().filter(|it| wanted(it)).cloned().collect::<Vec<_>>())
    };
    let boxes = rows(
        choices,
        |choice| choice.value.clone(),
        |choice| {
            let translate = choice.translate();
            let node = NodeRef::<html::Input>::new();
            let Choice { value: own, label, hint, disabled: off, .. } = choice;
            let (name, disabled, same, form_value) =
                (name.clone(), naming.disabled, own.clone(), own.clone());
            let again = own.clone();
            Resets::on_change(move |reset| {
                if let Some(input) = node.get()
                    && reset
                    && on_change.is_some()
                {
                    input.set_checked(value.with_untracked(|set| set.contains(&again)));
                }
            });
            view! {
                <label class="choice">
                    <input
                        node_ref=node
                        class="check"
                        type="checkbox"
                        name=name
                        value=form_value
                        autocomplete="off"
                        checked=value.with_untracked(|set| set.contains(&own))
                        prop:checked=move || value.with(|set| set.contains(&same))
                        disabled=move || off || disabled.get()
                        on:change:target=move |event| {
                            if let Some(on_change) = on_change {
                                let input = event.target();
                                on_change.run(toggled(&own, input.checked()));
                                input.set_checked(value.with_untracked(|set| set.contains(&own)));
                            }
                        }
                    />
                    <span translate=translate>
                        {label} {hint.map(|hint| view! { <small>{hint}</small> })}
                    </span>
                </label>
            }
        },
    );
    let edited = naming.clone();
    let control = view! {
        <div
            class="choice-group"
            data-inline=inline.then_some("")
            role="group"
            id=naming.id.clone()
            aria-labelledby=naming.label_id.clone()
            aria-describedby=naming.described_by.clone()
            on:change=move |_| edited.edit()
        >
            {boxes}
        </div>
    };
    text.frame(&naming, true, control.into_any())
}
