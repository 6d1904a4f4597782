//! How a version is divided.

use crate::{
    domain::data_sets::Shares,
    ui::{components::NumberField, form::FormState},
};
use leptos::prelude::*;

#[component]
pub fn SharesFields(form: FormState, shares: RwSignal<Shares>) -> impl IntoView {
    let sum = Memo::new(move |_| {
        shares.with(|all| [all.train, all.validation, all.test].map(u32::from).iter().sum::<u32>())
    });
    let told = move || {
        let sum = sum.get();
        let wrong = (sum != 100).then_some(" They have to add up to 100 %.");
        format!("Together {sum} %.{}", wrong.unwrap_or_default())
    };
    // That the sum is wrong is told where it was changed last.
    let changed = RwSignal::new("train");
    let (whole, train) = (form.error("rules.shares"), form.error("rules.shares.train"));
    let field = move |name: &'static str, label: &'static str, at: fn(&mut Shares) -> &mut u8| {
        let error = Signal::derive(move || {
            let whole = whole.get().filter(|_| changed.get() == name && sum.get() != 100);
            whole.or_else(|| train.get().filter(|_| name == "train"))
        });
        let change = move |part: f64| {
            if let Some(part) = percent(part) {
                changed.set(name);
                shares.update(|all| *at(all) = part);
            }
        };
        view! {
            <NumberField
                id=format!("version-{name}")
                label=label
                value=Signal::derive(move || f64::from(*at(&mut shares.get())))
                max=100.0
                unit="%"
                on_change=change
                error=error
            />
        }
    };
    view! {
        <div class="control" role="group" aria-labelledby="version-shares">
            <span class="control-label" id="version-shares">
                "Parts"
            </span>
            <div class="data-set-parts">
                {field("train", "Train", |all| &mut all.train)}
                {field("validation", "Validation", |all| &mut all.validation)}
                {field("test", "Test", |all| &mut all.test)}
            </div>
            <p class="small muted" role="status">
                {told}
            </p>
        </div>
    }
    .into_any()
}

/// The number as a share; `None` of one that is none.
fn percent(number: f64) -> Option<u8> {
    (0..=100).find(|share| f64::from(*share) == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_percents_are_shares() {
        assert_eq!([0.0, 90.0, 100.0].map(percent), [Some(0), Some(90), Some(100)]);
        assert_eq!([-1.0, 0.5, 101.0, 300.0, f64::NAN].map(percent), [None; 5]);
    }
}
