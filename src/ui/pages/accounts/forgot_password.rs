//! `/forgot-password`: asks for a link to the account's mailbox that sets a new password.

use super::{DoneBefore, EmailField, Unavailable, follow, show_refused};
use crate::{
    api::accounts::links::ForgotPassword,
    domain::{accounts::EmailAddress, field_error::FieldErrors},
    ui::{
        client::boot::use_boot,
        components::{AuthCard, Button, ButtonVariant, PageTitle},
        form::{FormAlert, FormState},
    },
};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::{LazyRoute, lazy_route};

/// The page, loaded when it is visited.
pub struct ForgotPasswordPage;

#[lazy_route]
impl LazyRoute for ForgotPasswordPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! { <Forgotten /> }.into_any()
    }
}

#[component]
fn Forgotten() -> impl IntoView {
    let sends_mail = use_boot().sends_mail;
    let hint = if sends_mail {
        "Enter the e-mail address of your account. A link to choose a new password is sent to it."
    } else {
        "This installation sends no mail. Ask an administrator to give you a new password."
    };
    view! {
        <PageTitle text="Forgot password" />
        <AuthCard
            title="Forgot password"
            hint=hint.to_owned()
            footer=|| {
                view! {
                    <a href="/sign-in" rel="external">
                        "Back to sign in"
                    </a>
                }
            }
        >
            <Unavailable />
            <DoneBefore />
            {sends_mail.then(|| view! { <ForgottenForm /> })}
        </AuthCard>
    }
    .into_any()
}

#[component]
fn ForgottenForm() -> impl IntoView {
    let action = ServerAction::<ForgotPassword>::new();
    let answer = Signal::derive(move || action.value().get());
    let form = FormState::new("forgot-password", &["email"]);
    provide_context(form.tries);
    show_refused(form);
    follow(form, answer);
    // Stays busy while the page is fetched anew.
    let busy =
        Signal::derive(move || action.pending().get() || matches!(answer.get(), Some(Ok(()))));
    let check = move |event: SubmitEvent| {
        let mut errors = FieldErrors::default();
        errors.keep("email", EmailAddress::parse(&form.typed("email")));
        let errors = errors.into_vec();
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
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Send link"
            </Button>
        </ActionForm>
    }
}
