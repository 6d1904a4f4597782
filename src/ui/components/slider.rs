//! A number chosen by sliding, with a field for the exact value.

use super::{
    dom::{follow, is_enter, settle},
    naming::ControlText,
    number::{format_number, limits, read, snap},
};
use leptos::{html, prelude::*};

/// A number within limits, by slider and by typing. The number field alone takes part in plain forms.
#[component]
pub fn Slider(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(into)] value: Signal<f64>,
    #[prop(default = 0.0)] min: f64,
    #[prop(default = 10.0)] max: f64,
    #[prop(default = 0.1)] step: f64,
    #[prop(optional, into)] on_change: Option<Callback<f64>>,
    /// A finished edit: focus left the control, or Enter.
    #[prop(optional, into)]
    on_commit: Option<Callback<f64>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let own_error = naming.own_error;
    let (range, number) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let shown = Signal::derive(move || format_number(value.get(), step));
    follow(range, shown);
    follow(number, shown);
    let change = move |wish: f64| {
        own_error.set(None);
        if let Some(on_change) = on_change {
            on_change.run(wish);
        }
    };
    let commit = move |text: &str| {
        if let (Some(on_commit), Some(wish)) = (on_commit, read(text, min, max)) {
            on_commit.run(snap(wish, min, max, step));
        }
    };
    let filled = move || format!("{:.2}", 100.0 * (value.get() - min) / (max - min));

    let control = view! {
        <div class="slider">
            <div class="slider-track">
                <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                    <rect width=filled height="4" />
                </svg>
                <input
                    class="range"
                    type="range"
                    id=format!("{}-range", naming.id)
                    value=shown.get_untracked()
                    min=min.to_string()
                    max=max.to_string()
                    step=step.to_string()
                    node_ref=range
                    autocomplete="off"
                    disabled=naming.disabled
                    aria-labelledby=naming.label_id.clone()
                    aria-describedby=naming.described_by.clone()
                    on:input:target=move |event| {
                        if let Some(wish) = read(&event.target().value(), min, max) {
                            change(snap(wish, min, max, step));
                        }
                    }
                    on:change:target=move |event| settle(&event.target(), &shown.get_untracked())
                    on:blur:target=move |event| {
                        commit(&event.target().value());
                        // It was left alone while it had focus, whatever became of its value.
                        settle(&event.target(), &shown.get_untracked());
                    }
                />
            </div>
            <input
                class="input"
                type="number"
                inputmode="decimal"
                id=naming.id.clone()
                name=name
                value=shown.get_untracked()
                min=min.to_string()
                max=max.to_string()
                step=step.to_string()
                node_ref=number
                autocomplete="off"
                disabled=naming.disabled
                aria-labelledby=naming.label_id.clone()
                aria-describedby=naming.described_by.clone()
                aria-invalid=naming.invalid()
                on:input:target=move |event| {
                    if let Some(wish) = read(&event.target().value(), min, max) {
                        change(snap(wish, min, max, step));
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
        </div>
    };
    text.frame(&naming, false, control.into_any())
}
