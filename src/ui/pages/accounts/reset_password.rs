//! `/reset-password`: where the mailed link leads that sets a new password.

use super::{Unavailable, follow, link::LinkPage, show_refused};
use crate::{
    api::accounts::links::ResetByForm,
    domain::{
        accounts::{EmailAddress, NewPassword, links::AccountLink},
        field_error::FieldErrors,
    },
    ui::{
        components::{Button, ButtonVariant, PasswordField},
        form::{FormAlert, FormState},
    },
};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::{LazyRoute, lazy_route};

/// The page, loaded when it is visited.
pub struct ResetPasswordPage;

#[lazy_route]
impl LazyRoute for ResetPasswordPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let form: fn(String, AccountLink) -> AnyView =
            |token, link| view! { <ResetForm token=token link=link /> }.into_any();
        view! { <LinkPage title="Choose a new password" again="/forgot-password" form=form /> }
            .into_any()
    }
}

#[component]
fn ResetForm(token: String, link: AccountLink) -> impl IntoView {
    let action = ServerAction::<ResetByForm>::new();
    let answer = Signal::derive(move || action.value().get());
    let form = FormState::new("reset-password", &["newPassword"]);
    provide_context(form.tries);
    show_refused(form);
    follow(form, answer);
    // Stays busy while the next page is on its way.
    let busy =
        Signal::derive(move || action.pending().get() || matches!(answer.get(), Some(Ok(()))));
    let email = StoredValue::new(EmailAddress::parse(&link.email).ok());
    let check = move |event: SubmitEvent| {
        let mut errors = FieldErrors::default();
        let typed = form.typed("new_password");
        errors.keep("newPassword", email.with_value(|it| NewPassword::parse(&typed, it.as_ref())));
        let errors = errors.into_vec();
        if busy.get_untracked() || !errors.is_empty() {
            event.prevent_default();
            form.refuse(errors);
        } else {
            form.clear();
        }
    };
    view! {
        <Unavailable />
        <p>"For the account " <strong translate="no">{link.email.clone()}</strong> "."</p>
        <ActionForm action=action attr:id=form.id attr:novalidate="" on:submit:capture=check>
            <FormAlert form=form />
            <input type="hidden" name="token" value=token />
            // Tells password managers whose password this is.
            <input type="text" autocomplete="username" value=link.email readonly hidden />
            <PasswordField
                id="new-password"
                name="new_password"
                label="New password"
                hint="At least 12 characters. All browsers are signed out; API tokens keep working."
                autocomplete="new-password"
                error=form.error("newPassword")
                autofocus=true
            />
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Change password"
            </Button>
        </ActionForm>
        <p class="auth-aside">
            <a href="/forgot-password" rel="external">
                "Ask for another link"
            </a>
        </p>
    }
    .into_any()
}
