//! One number.

use super::{
    dom::{follow, is_enter, settle},
    naming::ControlText,
    number::{format_number, limits, read},
};
use leptos::{html, prelude::*};

/// One number within limits.
///
/// `on_change` hears only numbers that are allowed. A text that is none stays in the field, marked, until it is
/// mended; nothing is reported meanwhile.
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
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let own_error = naming.own_error;
    let node = NodeRef::<html::Input>::new();
    let shown = Signal::derive(move || format_number(value.get(), step));
    follow(node, shown);
    let commit = move |text: &str| {
        if let (Some(on_commit), Some(number)) = (on_commit, read(text, min, max)) {
            on_commit.run(number);
        }
    };

    let input = view! {
        <input
            class="input"
            type="number"
            inputmode=if step.fract() == 0.0 { "numeric" } else { "decimal" }
            id=naming.id.clone()
            name=name
            value=shown.get_untracked()
            min=min.to_string()
            max=max.is_finite().then(|| max.to_string())
            step=step.to_string()
            node_ref=node
            autocomplete="off"
            disabled=naming.disabled
            aria-labelledby=naming.label_id.clone()
            aria-describedby=naming.described_by.clone()
            aria-invalid=naming.invalid()
            on:input:target=move |event| {
                if let Some(number) = read(&event.target().value(), min, max) {
                    own_error.set(None);
                    if let Some(on_change) = on_change {
                        on_change.run(number);
                    }
                }
            }
            on:change:target=move |event| {
                if read(&event.target().value(), min, max).is_none() {
                    own_error.set(Some(limits(min, max, step)));
                }
            }
            on:keydown:target=move |event| {
                if is_enter(&event) {
                    commit(&event.target().value());
                }
            }
            on:blur:target=move |event| {
                commit(&event.target().value());
                if own_error.with_untracked(Option::is_none) {
                    settle(&event.target(), &shown.get_untracked());
                }
            }
        />
    };
    let control = match unit {
        Some(unit) => view! { <span class="input-unit">{input} {unit}</span> }.into_any(),
        None => input.into_any(),
    };
    text.frame(&naming, false, control)
}
