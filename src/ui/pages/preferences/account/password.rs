//! Another password.

use super::own_password::Username;
use crate::{
    api::accounts::{ChangePassword, PasswordRequest},
    domain::{
        accounts::{EmailAddress, NewPassword, SecretText},
        field_error::{FieldError, FieldErrors},
    },
    ui::{
        client::rest::Call,
        components::{Card, PasswordField},
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::prelude::*;

/// Changes the password, which ends the sessions of all other browsers, and calls `on_changed`.
#[component]
pub fn PasswordCard(
    email: Signal<String>,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("password-form", &["currentPassword", "newPassword"]);
    let submit = move |()| {
        let (current, new) = (form.typed("current_password"), form.typed("new_password"));
        let errors = mistakes(&email.get_untracked(), &current, &new);
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let change = PasswordRequest {
            current_password: SecretText::new(current),
            new_password: SecretText::new(new),
        };
        form.send(Call::<ChangePassword>::new((), &change), move |_| {
            form.reset();
            form.done("Password changed. All other browsers are signed out.");
            on_changed.run(());
        });
    };
    view! {
        <Card
            id="password-card"
            title="Password"
            hint="Changing your password signs you out everywhere else."
        >
            <FetchForm form=form on_send=submit>
                <Username />
                <PasswordField
                    id="current-password"
                    name="current_password"
                    label="Current password"
                    autocomplete="current-password"
                    error=form.error("currentPassword")
                />
                <PasswordField
                    id="new-password"
                    name="new_password"
                    label="New password"
                    hint="At least 12 characters."
                    autocomplete="new-password"
                    error=form.error("newPassword")
                />
                <FormButtons form=form>"Change password"</FormButtons>
            </FetchForm>
        </Card>
    }
}

fn mistakes(email: &str, current: &str, new: &str) -> Vec<FieldError> {
    let mut errors = FieldErrors::default();
    if current.is_empty() {
        errors.add("currentPassword", "Enter your current password.");
    }
    errors.keep("newPassword", NewPassword::parse(new, EmailAddress::parse(email).ok().as_ref()));
    errors.into_vec()
}

#[cfg(test)]
mod tests {
    use super::mistakes;

    #[test]
    fn asks_for_the_old_password_and_a_good_new_one() {
        let paths = |current: &str, new: &str| -> Vec<String> {
            mistakes("anna@example.com", current, new).into_iter().map(|error| error.path).collect()
        };
        assert_eq!(paths("", "short"), ["currentPassword", "newPassword"]);
        assert_eq!(paths("x", "anna@example.com"), ["newPassword"]);
        assert!(paths("x", "a quiet green meadow").is_empty());
    }
}
