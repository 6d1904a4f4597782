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
    let form = FormState::new("sign-in", &["email", "password"]);
    provide_context(form.tries);
    show_refused(form);
    follow(form, answer);
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
            <NextPage next=next />
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Sign in"
            </Button>
        </ActionForm>
    }
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
