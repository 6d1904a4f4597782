//! Tabs with an address each.

use super::{Count, CountBadge, Icon, IconName, dom::move_focus, rows};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabLink {
    pub label: String,
    pub href: String,
    pub icon: Option<IconName>,
    pub count: Option<Count>,
}

impl TabLink {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), icon: None, count: None }
    }

    pub fn icon(self, icon: IconName) -> Self {
        Self { icon: Some(icon), ..self }
    }
}

/// Tabs as links: reload, back and a new window all work. Arrow keys, Home and End move along them,
/// Enter opens.
///
/// Every link also keeps its place in the Tab order: a link that only arrows can reach would be
/// lost without a script. Where they do not fit beside each other they scroll, with the current one
/// in sight.
#[component]
pub fn TabLinks(
    /// Name of the group: "Settings".
    #[prop(into)]
    label: String,
    tabs: Vec<TabLink>,
    /// Address of the tab that is shown.
    #[prop(into)]
    current: Signal<String>,
) -> impl IntoView {
    let node = NodeRef::<html::Nav>::new();
    let links = rows(
        tabs,
        |tab| tab.href.clone(),
        |TabLink { label, href, icon, count }| {
            let own = href.clone();
            view! {
                <a href=href aria-current=move || current.with(|it| *it == own).then_some("page")>
                    {icon.map(|name| view! { <Icon name=name /> })}
                    {label}
                    {count.map(|count| view! { <CountBadge count=count /> })}
                </a>
            }
        },
    );
    Effect::new(move |was_shown: Option<()>| {
        if let Some(nav) = node.get() {
            // At first it may have been scrolled by hand before there was any code.
            if was_shown.is_some() || nav.scroll_left() == 0 {
                current.with(|current| show(&nav, current));
            } else {
                current.track();
            }
        }
    });
    // With Alt or Command an arrow key goes back and forward in the browser.
    view! {
        <nav
            class="tab-links"
            aria-label=label
            node_ref=node
            on:keydown=move |event| {
                let plain = !(event.alt_key() || event.ctrl_key() || event.meta_key());
                if plain && node.get_untracked().is_some_and(|nav| move_focus(&nav, &event.key())) {
                    event.prevent_default();
                }
            }
        >
            {links}
        </nav>
    }
    .into_any()
}

/// Scrolls the tabs, and not the page, so that the one with this address stands in their middle.
fn show(nav: &Element, address: &str) {
    let tab = nav.query_selector(&format!("[href=\"{address}\"]")).ok().flatten();
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        nav.set_scroll_left(tab.offset_left() - (nav.client_width() - tab.offset_width()) / 2);
    }
}
