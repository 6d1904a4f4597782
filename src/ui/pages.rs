//! The pages for strangers: plain forms that work without JavaScript.

use crate::api::session::{Boot, Flash};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

fn flash() -> Option<Flash> {
    use_context::<Boot>().and_then(|boot| boot.flash)
}

fn typed(name: &str) -> Option<String> {
    flash().and_then(|flash| flash.values.get(name).cloned())
}

fn next() -> Option<String> {
    use_query_map().with_untracked(|query| query.get("next"))
}

/// Signing in.
#[component]
pub fn SignInPage() -> impl IntoView {
    view! {
        <h1>"Sign in"</h1>
        {flash().map(|flash| view! { <p role="alert">{flash.error.error}</p> })}
        <form method="post" action="/api/fn/sign-in">
            <label>"E-mail" <input type="email" name="email" autocomplete="username" value=typed("email") required /></label>
            <label>"Password" <input type="password" name="password" autocomplete="current-password" required /></label>
            {next().map(|next| view! { <input type="hidden" name="next" value=next /> })}
            <button>"Sign in"</button>
        </form>
    }
}

/// Making an account.
#[component]
pub fn SignUpPage() -> impl IntoView {
    view! {
        <h1>"Make an account"</h1>
        {flash().map(|flash| view! { <p role="alert">{flash.error.error}</p> })}
        <form method="post" action="/api/fn/sign-up">
            <label>"E-mail" <input type="email" name="email" autocomplete="username" value=typed("email") required /></label>
            <label>"Name" <input name="display_name" autocomplete="name" value=typed("display_name") required /></label>
            <label>"Password" <input type="password" name="password" autocomplete="new-password" required /></label>
            {next().map(|next| view! { <input type="hidden" name="next" value=next /> })}
            <button>"Make the account"</button>
        </form>
    }
}
