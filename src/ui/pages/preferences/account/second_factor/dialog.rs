//! The one dialog of two-step verification, step by step.

use super::{
    super::{
        opened::Opened,
        own_password::{CodeField, OwnPassword},
    },
    recovery_codes::RecoveryCodes,
    step::Step,
};
use crate::{
    api::accounts::second_factor::{
        BeginSecondFactor, BeginSecondFactorRequest, CodeRequest, ConfirmSecondFactor,
        RecoveryCodesAnswer, RenewRecoveryCodes, SecondFactorRequest, SecondFactorSetupAnswer,
        TurnSecondFactorOff,
    },
    domain::accounts::SecretText,
    ui::{
        client::{rest::Call, toasts::use_toasts},
        components::{Dialog, Secret, Tone},
        form::{DialogButtons, FetchForm, FormState, focus},
    },
};
use leptos::prelude::*;

const PASSWORD: &str = "second-factor-password";
const CODE: &str = "second-factor-code";

/// Shows the step, and leads from one to the next.
#[component]
pub fn SecondFactorDialog(opened: Opened) -> impl IntoView {
    let Opened { factor_step: step, factor_changes, .. } = opened;
    let changed = move || factor_changes.update(|count| *count += 1);
    let toasts = use_toasts();
    let form = FormState::new("second-factor-form", &["password", "code"]);
    let close = move |()| {
        form.clear();
        step.set(None);
        focus("#second-factor button");
    };
    let on = move |answer: RecoveryCodesAnswer| {
        step.set(Some(Step::Codes(answer.codes)));
        changed();
    };
    let send = move |()| {
        let typed = |name| SecretText::new(form.typed(name));
        let both = || SecondFactorRequest { password: typed("password"), code: typed("code") };
        match step.get_untracked() {
            Some(Step::Begin) => {
                let begin = BeginSecondFactorRequest { password: typed("password") };
                form.send(Call::<BeginSecondFactor>::new((), &begin), move |setup| {
                    step.set(Some(Step::Scan(setup)));
                });
            }
            Some(Step::Scan(_)) => {
                let code = CodeRequest { code: typed("code") };
                form.send(Call::<ConfirmSecondFactor>::new((), &code), on);
            }
            Some(Step::Renew) => form.send(Call::<RenewRecoveryCodes>::new((), &both()), on),
            Some(Step::TurnOff) => {
                form.send(Call::<TurnSecondFactorOff>::new((), &both()), move |_| {
                    close(());
                    toasts.show(Tone::Success, "Two-step verification is off.");
                    changed();
                });
            }
            Some(Step::Codes(_)) | None => close(()),
        }
    };
    let is_open = Memo::new(move |_| step.with(Option::is_some));
    let words = move |of: fn(&Step) -> &'static str| {
        Signal::derive(move || step.with(|step| step.as_ref().map_or("", of)).to_owned())
    };
    let button = words(Step::button);
    let shows_codes = Memo::new(move |_| step.with(|step| matches!(step, Some(Step::Codes(_)))));
    let stays = Signal::derive(move || shows_codes.get());
    let footer = move || {
        view! {
            <DialogButtons form=form on_cancel=close stays=stays>
                {button}
            </DialogButtons>
        }
    };
    view! {
        <Dialog
            id="second-factor-dialog"
            title=words(Step::title)
            open=is_open
            on_close=close
            footer=footer
        >
            {move || {
                step.get()
                    .map(|step| {
                        view! {
                            <FetchForm form=form on_send=send>
                                <StepFields step=step form=form />
                            </FetchForm>
                        }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn StepFields(step: Step, form: FormState) -> impl IntoView {
    match step {
        Step::Begin => view! { <OwnPassword form=form id=PASSWORD autofocus=true /> }.into_any(),
        Step::Scan(setup) => view! { <Scan setup=setup form=form /> }.into_any(),
        Step::Codes(codes) => view! { <RecoveryCodes codes=codes /> }.into_any(),
        Step::Renew => view! {
            <p>"Your present recovery codes will no longer work."</p>
            <OwnPassword form=form id=PASSWORD autofocus=true />
            <CodeField form=form id=CODE />
        }
        .into_any(),
        Step::TurnOff => view! {
            <p>"Your password alone will sign you in."</p>
            <OwnPassword form=form id=PASSWORD autofocus=true />
            <CodeField form=form id=CODE />
        }
        .into_any(),
    }
}

/// The secret, for the camera, for the clipboard, and for who reads this on the phone.
#[component]
fn Scan(setup: SecondFactorSetupAnswer, form: FormState) -> impl IntoView {
    view! {
        <p>
            "Scan this with an authenticator app, or "
            <a href=setup.uri rel="external">
                "open the app on this device"
            </a> "."
        </p>
        <div class="qr-code" role="img" aria-label="QR code" inner_html=setup.image></div>
        <Secret label="Or type this key" text=setup.secret />
        <CodeField form=form id=CODE hint="The six digits that the app shows now." />
    }
}
