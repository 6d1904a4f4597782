//! Two-step verification: its state, and what can be done about it.

pub mod dialog;
mod recovery_codes;
pub mod step;

use super::opened::Opened;
use crate::{
    api::accounts::second_factor::load_second_factor,
    domain::accounts::SecondFactorView,
    ui::{
        client::resource::resource,
        components::{Badge, Button, Card, Tone},
        loaded::Loaded,
        moment::Day,
    },
};
use leptos::prelude::*;
use step::Step;

/// Whether signing in asks for a code; setting it up, new recovery codes, turning it off.
#[component]
pub fn SecondFactorCard(opened: Opened) -> impl IntoView {
    let Opened { factor_step, factor_changes, .. } = opened;
    let state = resource(move || factor_changes.get(), |_| load_second_factor());
    view! {
        <Card
            id="second-factor"
            title="Two-step verification"
            hint="When you sign in, a code of an authenticator app on your phone is asked for, too."
        >
            <Loaded read=state label="Loading two-step verification" lines=1 let:answer>
                <State state=answer.second_factor step=factor_step />
            </Loaded>
        </Card>
    }
}

#[component]
fn State(state: SecondFactorView, step: RwSignal<Option<Step>>) -> impl IntoView {
    let Some(since) = state.confirmed_at else {
        return view! {
            <div class="button-row">
                <Button on_press=move |()| step.set(Some(Step::Begin))>"Set up…"</Button>
            </div>
        }
        .into_any();
    };
    let left = match state.recovery_codes {
        0 => "no recovery codes left".to_owned(),
        1 => "1 recovery code left".to_owned(),
        left => format!("{left} recovery codes left"),
    };
    view! {
        <div class="stack">
            <p>
                <Badge tone=Tone::Success>"On"</Badge>
                " since "
                <Day time=since />
                " · "
                {left}
            </p>
            <div class="button-row">
                <Button on_press=move |()| step.set(Some(Step::Renew))>
                    "New recovery codes…"
                </Button>
                <Button on_press=move |()| step.set(Some(Step::TurnOff))>"Turn off…"</Button>
            </div>
        </div>
    }
    .into_any()
}
