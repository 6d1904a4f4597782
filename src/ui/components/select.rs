//! One of many, from a list that opens.

use super::{Choice, Icon, IconName, dom::Resets, naming::ControlText, rows};
use leptos::{html, prelude::*};

/// One of many. For two to five short values a [`super::SegmentedControl`] is quicker to use.
#[component]
pub fn Select(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] name: Option<String>,
    choices: Vec<Choice>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let node = NodeRef::<html::Select>::new();
    let edited = naming.clone();
    let controlled = on_change.is_some();
    Resets::on_change(move |_| {
        let value = value.get();
        if let Some(select) = node.get()
            && controlled
        {
            select.set_value(&value);
        }
    });
    let chosen = value.get_untracked();
    let options = rows(
        choices,
        |choice| choice.value.clone(),
        |choice| {
            let (selected, translate) = (choice.value == chosen, choice.translate());
            view! {
                <option
                    translate=translate
                    value=choice.value
                    selected=selected
                    disabled=choice.disabled
                >
                    {choice.label}
                </option>
            }
        },
    );
    let select = view! {
        <span class="select-box">
            <select
                class="select"
                id=naming.id.clone()
                name=name
                node_ref=node
                autocomplete="off"
                disabled=naming.disabled
                aria-describedby=naming.described_by.clone()
                aria-invalid=naming.invalid()
                on:change:target=move |event| {
                    edited.edit();
                    if let Some(on_change) = on_change {
                        let select = event.target();
                        on_change.run(select.value());
                        select.set_value(&value.get_untracked());
                    }
                }
            >
                {options}
            </select>
            <Icon name=IconName::ChevronDown size="s" />
        </span>
    };
    text.frame(&naming, false, select.into_any())
}
