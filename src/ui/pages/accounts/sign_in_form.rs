//! The form that signs in.

use super::{EmailField, NextPage, follow, show_refused};
use crate::{
    api::accounts::session::SignIn,
    domain::{
        accounts::EmailAddress,
        field_error::{FieldError, FieldErrors},
        local_path::LocalPath,
    },
    ui::{
        components::{Button, ButtonVariant, PasswordField},
        form::{FormAlert, FormState},
    },
};
use leptos::{ev::SubmitEvent, prelude::*};

/// E-mail address and password.
#[component]
pub fn SignInForm(next: Option<LocalPath>) -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let answer = Signal::derive(move || action.value().get());
    let form = FormState::new("sign-in", &["email", "password", "newPassword"]);
    provide_context(form.tries);
    show_refused(form);
    follow(form, answer);
    let choosing = new_password_needed(form);
    // Stays busy while the next page is on its way.
    let busy =
        Signal::derive(move || action.pending().get() || matches!(answer.get(), Some(Ok(()))));
    let check = move |event: SubmitEvent| {
        let errors = mistakes(&form.typed("email"), &form.typed("password"));
        if busy.get_untracked() || !errors.is_empty() {
            event.prevent_default();
            form.refuse(errors);
        } else {
            form.clear();
        }
    };
    view! {
        <ActionForm action=action attr:id=form.id attr:novalidate="" on:submit:capture=check>
            <FormAlert form=form />
            <EmailField form=form autofocus=true />
            <PasswordField
                id="password"
                name="password"
                label="Password"
                autocomplete="current-password"
                error=form.error("password")
            />
            {move || choosing.get().then(|| view! { <NewPasswordField form=form /> })}
            <NextPage next=next />
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Sign in"
            </Button>
        </ActionForm>
    }
}

/// Whether the password was made by an administrator, so that another has to be chosen; once that
/// is known, it stays.
fn new_password_needed(form: FormState) -> RwSignal<bool> {
    let error = form.error("newPassword");
    let choosing = RwSignal::new(error.with_untracked(Option::is_some));
    Effect::new(move |_| {
        if error.with(Option::is_some) {
            choosing.set(true);
        }
    });
    choosing
}

#[component]
fn NewPasswordField(form: FormState) -> impl IntoView {
    view! {
        <PasswordField
            id="new-password"
            name="new_password"
            label="New password"
            hint="At least 12 characters."
            autocomplete="new-password"
            error=form.error("newPassword")
        />
    }
    .into_any()
}

/// What need not be sent to be known as wrong.
fn mistakes(email: &str, password: &str) -> Vec<FieldError> {
    let mut errors = FieldErrors::default();
    errors.keep("email", EmailAddress::parse(email));
    if password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    errors.into_vec()
}

#[cfg(test)]
mod tests {
    use super::mistakes;

    #[test]
    fn tells_both_mistakes_at_once_and_none_of_a_good_form() {
        let paths: Vec<_> = mistakes("anna", "").into_iter().map(|error| error.path).collect();
        assert_eq!(paths, ["email", "password"]);
        assert!(mistakes("anna@example.com", "x").is_empty());
    }
}
