//! `/sign-in/code`: the second step of signing in.

use super::{NextPage, SignedInAlready, follow, next_page, show_refused};
use crate::{
    api::accounts::session::FinishSignIn,
    domain::local_path::LocalPath,
    ui::{
        client::boot::use_boot,
        components::{AuthCard, Button, ButtonVariant, PageTitle, TextField},
        form::{FormAlert, FormState},
    },
};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_query_map;

/// Asks for the code of the app, or for a recovery code.
#[component]
pub fn SignInCode() -> impl IntoView {
    if use_boot().user.is_some() {
        return view! { <SignedInAlready /> }.into_any();
    }
    let next = next_page();
    let recovery = use_query_map().with_untracked(|query| query.get("with").is_some());
    let (hint, other, words) = if recovery {
        ("Enter one of your recovery codes. Each works once.", "", "Use your authenticator app")
    } else {
        ("Enter the code that your app shows.", "with=recovery", "Use a recovery code")
    };
    let leading = |path: &str, query: &str| {
        let next = next.as_ref().map(|next| format!("next={}", next.encoded()));
        let queries = [Some(query.to_owned()).filter(|query| !query.is_empty()), next];
        let query = queries.into_iter().flatten().collect::<Vec<_>>().join("&");
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    };
    let (other, again) = (leading("/sign-in/code", other), leading("/sign-in", ""));
    let footer = move || {
        view! {
            <a href=other rel="external">
                {words}
            </a>
            " · "
            <a href=again rel="external">
                "Enter your password again"
            </a>
        }
    };
    view! {
        <PageTitle text="Two-step verification" />
        <AuthCard title="Two-step verification" hint=Some(hint.to_owned()) footer=footer>
            <CodeForm recovery=recovery next=next />
        </AuthCard>
    }
    .into_any()
}

#[component]
fn CodeForm(recovery: bool, next: Option<LocalPath>) -> impl IntoView {
    let action = ServerAction::<FinishSignIn>::new();
    let answer = Signal::derive(move || action.value().get());
    let form = FormState::new("sign-in-code", &["code"]);
    provide_context(form.tries);
    show_refused(form);
    follow(form, answer);
    let busy =
        Signal::derive(move || action.pending().get() || matches!(answer.get(), Some(Ok(()))));
    let check = move |event: SubmitEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else {
            form.clear();
        }
    };
    view! {
        <ActionForm action=action attr:id=form.id attr:novalidate="" on:submit:capture=check>
            <FormAlert form=form />
            <TextField
                id="code"
                name="code"
                label=if recovery { "Recovery code" } else { "Code" }
                autocomplete=if recovery { "off" } else { "one-time-code" }
                numeric=!recovery
                mono=true
                error=form.error("code")
                autofocus=true
            />
            <NextPage next=next />
            <Button kind="submit" variant=ButtonVariant::Primary busy=busy>
                "Sign in"
            </Button>
        </ActionForm>
    }
}
