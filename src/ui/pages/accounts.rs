//! `/sign-in` with its second step, `/sign-up`, and the pages of links that are mailed. All work as
//! plain forms; with a script, mistakes are told before anything is sent.

pub mod confirm_email;
pub mod forgot_password;
mod link;
mod passkey_button;
pub mod reset_password;
mod sign_in_code;
mod sign_in_form;
mod sign_up_form;

use crate::{
    api::error::ApiError,
    domain::local_path::LocalPath,
    ui::{
        client::boot::use_boot,
        components::{
            AuthCard, Banner, EmptyState, IconName, LinkButton, PageTitle, TextField, Tone,
        },
        form::{FormState, errors_of},
    },
};
use leptos::prelude::*;
use leptos_router::{
    LazyRoute,
    hooks::{use_location, use_query_map},
    lazy_route,
};
use passkey_button::PasskeyButton;
use sign_in_code::SignInCode;
use sign_in_form::SignInForm;
use sign_up_form::SignUpForm;

/// Both steps of signing in, loaded when one is visited: whoever is signed in needs neither.
pub struct SignInPage;

#[lazy_route]
impl LazyRoute for SignInPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        match use_location().pathname.with_untracked(|path| path.ends_with("/code")) {
            true => view! { <SignInCode /> }.into_any(),
            false => view! { <SignIn /> }.into_any(),
        }
    }
}

/// Making an account, loaded likewise.
pub struct SignUpPage;

#[lazy_route]
impl LazyRoute for SignUpPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! { <SignUp /> }.into_any()
    }
}

/// Signing in to an account that exists.
#[component]
fn SignIn() -> impl IntoView {
    let boot = use_boot();
    let next = next_page();
    if boot.user.is_some() {
        return view! { <SignedInAlready /> }.into_any();
    }
    let hint =
        boot.first_account.then(|| "There are no accounts yet. Create the first one.".to_owned());
    let sign_up = match boot.sign_up_open || is_invited(next.as_ref()) {
        true => sister("/sign-up", next.as_ref()),
        false => for_invited(next.as_ref()),
    };
    let (question, way) = match boot.sign_up_open {
        true => ("No account yet? ", "Create one"),
        false => ("Were you invited? ", "Create your account"),
    };
    let footer = move || {
        (!boot.unavailable).then(|| {
            view! {
                {question}
                <a href=sign_up rel="external">
                    {way}
                </a>
            }
        })
    };
    view! {
        <PageTitle text="Sign in" />
        <AuthCard title="Sign in" hint=hint footer=footer>
            <Unavailable />
            <DoneBefore />
            <SignInForm next=next.clone() />
            <PasskeyButton next=next />
            <p class="auth-aside">
                <a href="/forgot-password" rel="external">
                    "Forgot password?"
                </a>
            </p>
        </AuthCard>
    }
    .into_any()
}

/// Making an account.
#[component]
fn SignUp() -> impl IntoView {
    let boot = use_boot();
    let next = next_page();
    if boot.user.is_some() {
        return view! { <SignedInAlready /> }.into_any();
    }
    // A form that came back shows why.
    let invited = is_invited(next.as_ref()) || says_invited() || boot.refused().is_some();
    let hint = match (boot.first_account, boot.sign_up_open) {
        (true, _) => {
            Some("This is the first account, so it becomes the administrator of this installation.")
        }
        (false, true) => None,
        (false, false) if boot.unavailable => None,
        (false, false) if invited => Some("Use the e-mail address that was invited."),
        (false, false) => Some("Sign-up is closed: only people who were invited get an account."),
    };
    let closed = !boot.sign_up_open && !boot.unavailable;
    let way_in = (closed && !invited).then(|| {
        let address = for_invited(next.as_ref());
        view! {
            <p>
                <a href=address rel="external">
                    "I was invited"
                </a>
            </p>
        }
    });
    let sign_in = sister("/sign-in", next.as_ref());
    let footer = move || {
        view! {
            "Already have an account? "
            <a href=sign_in rel="external">
                "Sign in"
            </a>
        }
    };
    view! {
        <PageTitle text="Create an account" />
        <AuthCard title="Create an account" hint=hint.map(str::to_owned) footer=footer>
            <Unavailable />
            {way_in}
            {(boot.sign_up_open || closed && invited).then(|| view! { <SignUpForm next=next /> })}
        </AuthCard>
    }
    .into_any()
}

/// For somebody who comes here by a bookmark or the back button.
#[component]
fn SignedInAlready() -> impl IntoView {
    view! {
        <PageTitle text="Sign in" />
        <EmptyState
            icon=IconName::User
            title="You are signed in"
            text="To use another account, sign out first from the menu behind your initials."
            whole_page=true
            actions=|| {
                view! {
                    <LinkButton href="/" attr:rel="external">
                        "Go home"
                    </LinkButton>
                }
            }
        />
    }
}

/// Without the database nobody can be known.
#[component]
fn Unavailable() -> impl IntoView {
    use_boot().unavailable.then(|| {
        view! {
            <Banner tone=Tone::Warning>
                "Signing in is unavailable because the database does not answer. Try again in a \
                    minute."
            </Banner>
        }
    })
}

/// Where to go afterwards, as the address asks; only to places of this site.
fn next_page() -> Option<LocalPath> {
    use_query_map().with_untracked(|query| query.get("next")).as_deref().and_then(LocalPath::parse)
}

/// Whether it leads on to an invitation that was mailed, which opens a sign-up that is closed.
fn is_invited(next: Option<&LocalPath>) -> bool {
    next.is_some_and(|next| next.invitation().is_some())
}

/// Whether somebody followed the way for those who were invited without a mail.
fn says_invited() -> bool {
    use_query_map().with_untracked(|query| query.get("invited").is_some())
}

/// That way.
fn for_invited(next: Option<&LocalPath>) -> String {
    let next = next.map(|next| format!("&next={}", next.encoded())).unwrap_or_default();
    format!("/sign-up?invited=yes{next}")
}

/// The address of the other form, which keeps where to go afterwards.
fn sister(address: &str, next: Option<&LocalPath>) -> String {
    next.map_or_else(|| address.to_owned(), |next| format!("{address}?next={}", next.encoded()))
}

/// The address that an account is known by.
#[component]
fn EmailField(form: FormState, #[prop(optional)] autofocus: bool) -> impl IntoView {
    view! {
        <TextField
            id="email"
            name="email"
            label="E-mail"
            kind="email"
            autocomplete="username"
            value=typed_before("email")
            error=form.error("email")
            autofocus=autofocus
        />
    }
}

/// What a form has done that led here.
#[component]
fn DoneBefore() -> impl IntoView {
    let boot = use_boot();
    boot.done().map(str::to_owned).map(|done| view! { <Banner tone=Tone::Success>{done}</Banner> })
}

/// The name by which a plain post carries where to go afterwards.
#[component]
fn NextPage(next: Option<LocalPath>) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next.as_str().to_owned() /> })
}

/// What a plain post was refused for, on the page that it came back to.
fn show_refused(form: FormState) {
    if let Some(refused) = use_boot().refused() {
        form.show(errors_of(refused.error.clone()));
    }
}

/// What was typed into a form that came back.
fn typed_before(name: &str) -> String {
    use_boot().refused().and_then(|form| form.values.get(name).cloned()).unwrap_or_default()
}

/// What became of the last try.
type Answer = Signal<Option<Result<(), ApiError>>>;

/// Shows a refusal at its field. After success the server's redirect leads on, see `client::visit`.
fn follow(form: FormState, answer: Answer) {
    Effect::new(move |_| {
        if let Some(Err(error)) = answer.get() {
            form.fail(error);
        }
    });
}
