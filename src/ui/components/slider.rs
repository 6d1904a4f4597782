//! A number chosen by sliding, with a field for the exact value.

use super::{
    dom::{follow, settle},
    naming::ControlText,
    number::{format_number, snap},
    number_input::{Entered, NumberInput, Typing},
};
use crate::domain::number::NumberRule;
use leptos::{html, prelude::*};
use web_sys::HtmlInputElement;

/// A number within limits, by slider and by typing. The number field alone takes part in plain
/// forms.
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
    #[prop(optional_no_strip)] typing: Option<Typing>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let own_error = naming.own_error;
    let range = NodeRef::<html::Input>::new();
    let shown = Signal::derive(move || format_number(value.get(), step));
    follow(range, shown, |_| ());
    let change = move |wish: f64| {
        own_error.set(None);
        if let Some(on_change) = on_change {
            on_change.run(wish);
        }
    };
    let filled = move || format!("{:.2}", 100.0 * (value.get() - min) / (max - min));
    let number = NumberInput {
        id: naming.id.clone(),
        name,
        aria_label: None,
        aria_labelledby: Some(naming.label_id.clone()),
        placeholder: None,
        rule: NumberRule::within(min, max),
        step,
        snaps: true,
        optional: false,
        shown,
        on_edit: Callback::new(move |entered| {
            if let Entered::Number(number) = entered {
                change(number);
            }
        }),
        on_commit,
        typing,
    };
    let slid = move |input: HtmlInputElement| slid_to(&input, min, max, step);

    // While it has focus the slider is left alone, whatever becomes of its value: blur makes up
    // for that.
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
                        if let Some(wish) = slid(event.target()) {
                            change(wish);
                        }
                    }
                    on:change:target=move |event| {
                        settle(&event.target(), &shown.get_untracked());
                    }
                    on:blur:target=move |event| {
                        let wish = slid(event.target());
                        if let (Some(on_commit), Some(wish)) = (on_commit, wish) {
                            on_commit.run(wish);
                        }
                        settle(&event.target(), &shown.get_untracked());
                    }
                />
            </div>
            {number.view(&naming)}
        </div>
    };
    text.frame(&naming, false, control.into_any())
}

/// The number that a slider stands on, which the browser itself reads.
pub(super) fn slid_to(input: &HtmlInputElement, min: f64, max: f64, step: f64) -> Option<f64> {
    let number = Some(input.value_as_number()).filter(|number| number.is_finite())?;
    Some(snap(number, min, max, step))
}
