//! Another e-mail address, and the change of it that waits for its confirmation.

use crate::{
    api::{
        accounts::links::{
            CancelEmailChange, ChangeEmail, EmailAnswer, EmailRequest, ResendEmailLink, load_email,
        },
        operation::Nothing,
    },
    domain::{
        accounts::{
            SecretText,
            links::{PendingEmail, new_address},
        },
        field_error::{FieldError, FieldErrors},
    },
    ui::{
        client::{
            boot::{use_boot, use_user_update},
            resource::resource,
            rest::Call,
        },
        components::{Banner, Button, Card, PasswordField, TextField, Tone},
        form::{FetchForm, FormAlert, FormButtons, FormState, focus},
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::prelude::*;

/// The address that the person signs in with, and how it is changed.
#[component]
pub fn EmailCard() -> impl IntoView {
    let hint = if use_boot().sends_mail {
        "You sign in with it. A new address counts once you open the link that is sent to it."
    } else {
        "You sign in with it. This installation sends no mail, so a new address counts at once."
    };
    let read = resource(|| (), |()| load_email());
    let shown = move |answer: EmailAnswer| view! { <Address answer=answer /> };
    view! {
        <Card id="email-card" title="E-mail address" hint=hint>
            <Loaded read=read label="Loading your e-mail address" children=shown />
        </Card>
    }
}

#[component]
fn Address(answer: EmailAnswer) -> impl IntoView {
    let update = use_user_update();
    let email = RwSignal::new(answer.user.email);
    let pending = RwSignal::new(answer.pending);
    let now = Callback::new(move |answer: EmailAnswer| {
        email.set(answer.user.email.clone());
        pending.set(answer.pending);
        update(answer.user);
    });
    let waiting =
        move || pending.get().map(|change| view! { <Waiting change=change on_answer=now /> });
    view! {
        <div class="stack">
            <p>"Your address: " <strong translate="no">{email}</strong></p>
            {waiting}
            <AddressForm email=email waits=pending on_answer=now />
        </div>
    }
}

/// A change that waits: to which address, until when, and how it is given up or sent again.
#[component]
fn Waiting(change: PendingEmail, on_answer: Callback<EmailAnswer>) -> impl IntoView {
    let form = FormState::new("email-waits", &[]);
    let resend = move |()| {
        form.send(Call::<ResendEmailLink>::new((), &Nothing {}), move |answer| {
            on_answer.run(answer);
            focus("#email-waits button");
        });
    };
    let cancel = move |()| {
        form.send(Call::<CancelEmailChange>::new((), &Nothing {}), move |answer| {
            on_answer.run(answer);
            focus("#new-email");
        });
    };
    view! {
        <div class="stack" data-gap="s" id=form.id>
            <Banner tone=Tone::Info>
                "A link was sent to " <strong translate="no">{change.email}</strong>
                " " <Moment time=change.asked_at />
                ". Open it to confirm the address; the link ends "
                <Moment time=change.expires_at ahead=true /> "."
            </Banner>
            <FormAlert form=form />
            <div class="button-row">
                <Button small=true busy=form.busy on_press=resend>
                    "Send again"
                    <span class="visually-hidden">" the link for your new address"</span>
                </Button>
                <Button small=true busy=form.busy on_press=cancel>
                    "Cancel"
                    <span class="visually-hidden">" the change of your address"</span>
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// Asks for another address. While a change waits, it takes the place of that.
#[component]
fn AddressForm(
    email: RwSignal<String>,
    waits: RwSignal<Option<PendingEmail>>,
    on_answer: Callback<EmailAnswer>,
) -> impl IntoView {
    let form = FormState::new("email-form", &["newEmail", "currentPassword"]);
    let submit = move |()| {
        let (new, password) = (form.typed("new_email"), form.typed("current_password"));
        let errors = mistakes(&email.get_untracked(), &new, &password);
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let change = EmailRequest { new_email: new, current_password: SecretText::new(password) };
        form.send(Call::<ChangeEmail>::new((), &change), move |answer| {
            form.reset();
            let done = match &answer.pending {
                Some(_) => "Link sent. Look into the mailbox of the new address.",
                None => "E-mail address changed.",
            };
            form.done(done);
            on_answer.run(answer);
        });
    };
    let words = move || if waits.with(Option::is_some) { "Change again" } else { "Change e-mail" };
    view! {
        <FetchForm form=form on_send=submit>
            <TextField
                id="new-email"
                name="new_email"
                label="New address"
                kind="email"
                autocomplete="email"
                error=form.error("newEmail")
            />
            <PasswordField
                id="email-password"
                name="current_password"
                label="Your password"
                autocomplete="current-password"
                error=form.error("currentPassword")
            />
            <FormButtons form=form>{words}</FormButtons>
        </FetchForm>
    }
    .into_any()
}

fn mistakes(current: &str, new: &str, password: &str) -> Vec<FieldError> {
    let mut errors = FieldErrors::default();
    errors.keep("newEmail", new_address(new, current));
    if password.is_empty() {
        errors.add("currentPassword", "Enter your password.");
    }
    errors.into_vec()
}

#[cfg(test)]
mod tests {
    use super::mistakes;

    #[test]
    fn asks_for_another_address_and_the_password() {
        let paths = |new: &str, password: &str| -> Vec<String> {
            let found = mistakes("anna@example.com", new, password);
            found.into_iter().map(|error| error.path).collect()
        };
        assert_eq!(paths("anna@example.com", ""), ["newEmail", "currentPassword"]);
        assert_eq!(paths("anna@example.org", ""), ["currentPassword"]);
        assert!(paths("anna@example.org", "x").is_empty());
    }
}
