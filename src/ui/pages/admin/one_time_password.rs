//! A one-time password that was made for somebody, shown this once.

use crate::ui::{
    components::{Banner, Button, ButtonVariant, Dialog, Secret, Tone},
    form::warn_before_leaving,
    moment::Moment,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// Whose it is, and until when it holds.
#[derive(Clone)]
pub struct MadePassword {
    pub name: String,
    pub password: String,
    pub until: DateTime<Utc>,
}

/// Shows it until the administrator has it.
#[component]
pub fn MadePasswordDialog(made: RwSignal<Option<MadePassword>>) -> impl IntoView {
    warn_before_leaving(move || made.with_untracked(Option::is_some));
    let open = Signal::derive(move || made.with(Option::is_some));
    let end = move |()| made.set(None);
    let title = Signal::derive(move || {
        made.with(|made| {
            let name = made.as_ref().map(|made| made.name.as_str()).unwrap_or_default();
            format!("One-time password of {name}")
        })
    });
    let footer = move || {
        view! {
            <Button variant=ButtonVariant::Primary on_press=end>
                "I have copied it"
            </Button>
        }
    };
    let content = move || {
        made.get().map(|MadePassword { password, until, .. }| {
            view! {
                <div class="stack">
                    <Banner tone=Tone::Warning>
                        "It is shown only once. Give it to nobody but the person it is for."
                    </Banner>
                    <Secret label="Password" text=password />
                    <p class="small muted">"It ends " <Moment time=until ahead=true /> "."</p>
                </div>
            }
        })
    };
    view! {
        <Dialog id="one-time-password" title=title open=open on_close=end footer=footer>
            {content}
        </Dialog>
    }
    .into_any()
}
