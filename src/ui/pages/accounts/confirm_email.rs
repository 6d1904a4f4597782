//! `/confirm-email`: where the mailed link leads that confirms a new address. Opening it changes
//! nothing: programs that look through mail open links as well.

use super::{follow, link::LinkPage, show_refused};
use crate::{
    api::accounts::links::ConfirmByForm,
    domain::accounts::links::AccountLink,
    ui::{
        components::{Button, ButtonVariant},
        form::{FormAlert, FormState},
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The page, loaded when it is visited.
pub struct ConfirmEmailPage;

#[lazy_route]
impl LazyRoute for ConfirmEmailPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        let form: fn(String, AccountLink) -> AnyView =
            |token, link| view! { <ConfirmForm token=token link=link /> }.into_any();
        view! {
            <LinkPage
                title="Confirm your e-mail address"
                again="/settings/account"
                form=form
            />
        }
        .into_any()
    }
}

#[component]
fn ConfirmForm(token: String, link: AccountLink) -> impl IntoView {
    let action = ServerAction::<ConfirmByForm>::new();
    let answer = Signal::derive(move || action.value().get());
    let form = FormState::new("confirm-email", &[]);
    show_refused(form);
    follow(form, answer);
    // Stays busy while the page is fetched anew.
    let busy =
        Signal::derive(move || action.pending().get() || matches!(answer.get(), Some(Ok(()))));
    view! {
        <p>
            "The account " <strong translate="no">{link.email}</strong> " gets the address "
            <strong translate="no">{link.new_email}</strong>
            ", with which you sign in from then on."
        </p>
        <ActionForm action=action attr:id=form.id>
            <FormAlert form=form />
            <input type="hidden" name="token" value=token />
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Confirm address"
            </Button>
        </ActionForm>
    }
    .into_any()
}
