//! Who may make an account.

use crate::{
    api::admin::{ChangeSignUpRule, load_sign_up_rule},
    domain::{
        accounts::SignUp,
        admin::{SignUpRule, SignUpRuleAnswer, SignUpRuleRequest},
    },
    ui::{
        call_dialog::CallDialog,
        client::{resource::resource, rest::Call, toasts::use_toasts},
        components::{Button, Card, Tone},
        form::focus,
        loaded::Loaded,
    },
};
use leptos::prelude::*;

#[component]
pub fn SignUpCard() -> impl IntoView {
    let read = resource(|| (), |()| load_sign_up_rule());
    view! {
        <Card id="sign-up" title="Sign-up" hint="Who may make an account.">
            <Loaded read=read label="Loading who may make an account" let:answer>
                <Rule rule=answer.rule />
            </Loaded>
        </Card>
    }
    .into_any()
}

fn words(sign_up: SignUp) -> &'static str {
    match sign_up {
        SignUp::Open => "Open: anybody who reaches this site can make an account.",
        SignUp::Closed => "Closed: only invited e-mail addresses can make an account.",
    }
}

#[component]
fn Rule(rule: SignUpRule) -> impl IntoView {
    if rule.by_environment {
        return view! {
            <p>{words(rule.sign_up)}</p>
            <p class="muted small">
                "The variable " <code translate="no">"TRAIN_SIGN_UP"</code>
                " decides this. Change it there and start the servers again."
            </p>
        }
        .into_any();
    }
    let now = RwSignal::new(rule.sign_up);
    let asking = RwSignal::new(false);
    let toasts = use_toasts();
    let other = move || match now.get() {
        SignUp::Open => SignUp::Closed,
        SignUp::Closed => SignUp::Open,
    };
    let verb = move || match now.get() {
        SignUp::Open => "Close",
        SignUp::Closed => "Open",
    };
    let call = move |()| {
        let sign_up = untrack(other);
        Call::<ChangeSignUpRule>::new((), &SignUpRuleRequest { sign_up })
    };
    let done = move |answer: SignUpRuleAnswer| {
        now.set(answer.rule.sign_up);
        focus("#sign-up button");
        let state = answer.rule.sign_up.as_str();
        toasts.show(Tone::Success, format!("Sign-up is {state} now."));
    };
    let follows = move || match now.get() {
        SignUp::Open => "Strangers can no longer make an account. Invited people still can.",
        SignUp::Closed => "Anybody who reaches this site can make an account.",
    };
    view! {
        <div class="stack" data-gap="s">
            <p>{move || words(now.get())}</p>
            <div>
                <Button on_press=move |()| asking.set(true)>{verb} " sign-up…"</Button>
            </div>
        </div>
        <CallDialog
            id="change-sign-up"
            title=Signal::derive(move || format!("{} sign-up?", verb()))
            open=asking
            confirm=Signal::derive(move || format!("{} sign-up", verb()))
            call=call
            on_done=done
        >
            <p>{follows}</p>
        </CallDialog>
    }
    .into_any()
}
