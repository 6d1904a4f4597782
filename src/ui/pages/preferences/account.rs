//! `/settings/account`: the person's own account. Forms here are sent when they are finished,
//! unlike the settings, which save themselves.

mod browser;
mod delete;
mod dialogs;
mod email;
mod import;
mod new_secret;
mod new_token;
mod opened;
mod own_password;
mod passkeys;
mod password;
mod preference_file;
mod profile;
mod second_factor;
mod sessions;
mod tokens;

use crate::ui::client::boot::use_user;
use delete::DeleteCard;
use dialogs::AccountDialogs;
use email::EmailCard;
use leptos::prelude::*;
pub use new_secret::NewSecret;
use opened::Opened;
use passkeys::PasskeysCard;
use password::PasswordCard;
use preference_file::PreferenceFileCard;
use profile::ProfileCard;
use second_factor::SecondFactorCard;
use sessions::SessionsCard;
use tokens::TokensCard;

/// Everything about the account of whoever is signed in.
#[component]
pub fn AccountSection() -> impl IntoView {
    let opened = Opened::provide();
    let sessions_ended = opened.sessions_ended;
    let person = use_user();
    let email = Signal::derive(move || person.get().map(|user| user.email).unwrap_or_default());
    person.get_untracked().map(|user| {
        view! {
            <div class="stack">
                <ProfileCard user=user />
                <EmailCard />
                <PasswordCard
                    email=email
                    on_changed=move |()| sessions_ended.update(|count| *count += 1)
                />
                <SecondFactorCard opened=opened />
                <PasskeysCard open=opened.passkeys />
                <SessionsCard opened=opened />
                <TokensCard opened=opened />
                <PreferenceFileCard opened=opened />
                <DeleteCard open=opened.deletion />
            </div>
            <AccountDialogs opened=opened />
        }
    })
}
