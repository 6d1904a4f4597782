//! `/settings/account`: the person's own account. Forms here are sent when they are finished,
//! unlike the settings, which save themselves.

mod browser;
mod delete;
mod new_token;
mod password;
mod preference_file;
mod profile;
mod secret;
mod sessions;
mod tokens;

use crate::ui::client::boot::use_user;
use delete::DeleteCard;
use leptos::prelude::*;
use password::PasswordCard;
use preference_file::PreferenceFileCard;
use profile::ProfileCard;
use sessions::SessionsCard;
use tokens::TokensCard;

/// Everything about the account of whoever is signed in.
#[component]
pub fn AccountSection() -> impl IntoView {
    let sessions_ended = RwSignal::new(0_u32);
    use_user().get_untracked().map(|user| {
        let (email, same_email) = (user.email.clone(), user.email.clone());
        view! {
            <div class="stack">
                <ProfileCard user=user />
                <PasswordCard
                    email=email
                    on_changed=move |()| sessions_ended.update(|count| *count += 1)
                />
                <SessionsCard changed=sessions_ended />
                <TokensCard />
                <PreferenceFileCard />
                <DeleteCard email=same_email />
            </div>
        }
    })
}
