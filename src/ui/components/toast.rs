//! Short messages in the corner.

use super::{Button, Icon, IconButton, IconName, Tone};
use crate::ui::client::toasts::Toast;
use leptos::prelude::*;

impl Toast {
    /// How long it stays: failures until dismissed, those with an action longer.
    fn life(&self) -> Option<&'static str> {
        match self.tone {
            Tone::Danger => None,
            _ if self.action.is_some() || self.link.is_some() => Some("long"),
            _ => Some("short"),
        }
    }
}

/// The corner where toasts appear. Keep one in the page, always: a region that comes with its text
/// is not announced.
///
/// Failures are announced at once, the rest politely. A toast leaves by itself after 6 seconds (12
/// with an action, never for a failure); the time stands still while the pointer or focus is on any
/// of them.
#[component]
pub fn ToastRegion(
    #[prop(into)] toasts: Signal<Vec<Toast>>,
    /// A toast was closed or its time is over: take it off the list.
    #[prop(into)]
    on_dismiss: Callback<u64>,
    /// Its action was chosen: do it, and take the toast off the list.
    #[prop(optional, into)]
    on_action: Option<Callback<u64>>,
) -> impl IntoView {
    let list = move |urgent: bool| {
        let chosen = move || {
            toasts
                .get()
                .into_iter()
                .filter(|toast| (toast.tone == Tone::Danger) == urgent)
                .collect::<Vec<_>>()
        };
        view! {
            <For each=chosen key=|toast| toast.id let:toast>
                <ToastView toast=toast on_dismiss=on_dismiss on_action=on_action />
            </For>
        }
    };
    view! {
        <section class="toast-region" aria-label="Messages">
            <div role="status">{list(false)}</div>
            <div role="alert">{list(true)}</div>
        </section>
    }
    .into_any()
}

#[component]
fn ToastView(
    toast: Toast,
    on_dismiss: Callback<u64>,
    on_action: Option<Callback<u64>>,
) -> impl IntoView {
    let life = toast.life();
    let Toast { id, tone, text, action, link } = toast;
    let press = move |()| {
        if let Some(on_action) = on_action {
            on_action.run(id);
        }
    };
    let link = link.map(|href| {
        view! {
            <a
                class="button"
                data-variant="secondary"
                data-size="s"
                href=href
                on:click=move |_| press(())
            >
                "Open"
            </a>
        }
    });
    let action = action.map(|label| {
        view! {
            <Button small=true on_press=press>
                {label}
            </Button>
        }
    });
    view! {
        <div
            class="toast"
            data-tone=tone.name()
            data-life=life
            on:animationend=move |_| {
                if life.is_some() {
                    on_dismiss.run(id);
                }
            }
        >
            <Icon name=tone.icon() />
            <p>{text}</p>
            {link}
            {action}
            <IconButton
                icon=IconName::Close
                label="Dismiss"
                small=true
                on_press=move |()| on_dismiss.run(id)
            />
        </div>
    }
    .into_any()
}
