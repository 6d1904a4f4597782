//! What else can be done with one setting, behind one button.

use super::super::{Icon, IconName};
use crate::ui::client::clipboard;
use leptos::{ev::MouseEvent, html, prelude::*, task::spawn_local};

const COPIED: &str = "Copied.";

/// The setting's link, history and id. Opens by the browser alone; only copying needs a script.
#[component]
pub fn FieldMenu(
    /// Of the row.
    id: String,
    label: String,
    link: Option<String>,
    history: Option<String>,
    setting: Option<&'static str>,
) -> impl IntoView {
    let status = RwSignal::new(String::new());
    // The words are for everybody's language, what is to be copied by hand for none.
    let is_copied = Memo::new(move |_| status.with(|said| said == COPIED));
    let copy = Callback::new(move |text: String| {
        spawn_local(async move {
            let said = match clipboard::copy(&text).await {
                Ok(()) => COPIED.to_owned(),
                // Browsers allow it on secure pages only. From here it can be copied by hand.
                Err(_) => text,
            };
            // The page may have been left meanwhile.
            let _ = status.try_set(said);
        });
    });
    let node = NodeRef::<html::A>::new();
    let copy_link = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(link) = node.get_untracked() {
            copy.run(link.href());
        }
    };
    let of = |joint: &str| {
        let words = format!(" {joint} {label}");
        view! { <span class="visually-hidden">{words}</span> }
    };
    let history = history.map(|href| {
        view! {
            <a class="menu-item" href=href>
                <Icon name=IconName::History size="s" />
                "History"
                {of("of")}
            </a>
        }
    });
    let setting = setting.map(|setting| {
        view! {
            <button
                class="menu-item"
                type="button"
                data-needs-script=""
                on:click=move |_| copy.run(setting.to_owned())
            >
                <Icon name=IconName::Copy size="s" />
                "Copy ID"
                {of("of")}
            </button>
        }
    });
    let link_of = of("to");
    let menu = format!("{id}-menu");
    view! {
        <span class="field-tools">
            <button type="button" popovertarget=menu.clone() title="More">
                <Icon name=IconName::More size="s" />
                <span class="visually-hidden">"More for " {label.clone()}</span>
            </button>
            <span
                class="field-menu"
                id=menu
                popover="auto"
                on:toggle=move |_| status.set(String::new())
            >
                <a
                    class="menu-item"
                    href=link.unwrap_or_else(|| format!("#{id}"))
                    node_ref=node
                    on:click=copy_link
                >
                    <Icon name=IconName::Link size="s" />
                    "Copy link"
                    {link_of}
                </a>
                {history}
                {setting}
                <span
                    class="field-menu-said"
                    role="status"
                    translate=move || (!is_copied.get()).then_some("no")
                >
                    {status}
                </span>
            </span>
        </span>
    }
    .into_any()
}
