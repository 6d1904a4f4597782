//! The frame around every page of a signed-in person: skip link, sidebar, top bar, user menu, page.

mod sidebar;
mod user_menu;

use super::{Count, Icon, IconName};
use leptos::prelude::*;
use sidebar::Sidebar;
use user_menu::UserMenu;

/// A group of links in the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavGroup {
    pub heading: Option<String>,
    pub items: Vec<NavItem>,
}

/// A link in the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    pub label: String,
    pub href: String,
    pub icon: IconName,
    /// The link is current for this path and all below it: `/settings` for `/settings/display`.
    pub section: String,
    pub count: Option<Count>,
}

/// A line of the user menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuItem {
    /// Goes somewhere.
    Link { label: String, href: String, icon: IconName },
    /// Does something, by a plain post that needs no script: signing out.
    Post { label: String, action: String, icon: IconName },
}

/// Who is signed in, for the user menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// The product's mark and name, as a link home. Also for those who are not signed in: only the
/// server knows where they begin, so the page is loaded whole.
#[component]
pub fn Wordmark(#[prop(default = "/")] href: &'static str) -> impl IntoView {
    view! {
        <a class="wordmark" href=href rel="external">
            <svg viewBox="0 0 20 20" aria-hidden="true">
                <rect width="20" height="20" rx="5" fill="currentColor" />
                <path
                    d="M6.5 15.5v-11M6.5 12.5c0-4 7-2.5 7-8"
                    fill="none"
                    stroke="#fff"
                    stroke-width="2"
                    stroke-linecap="round"
                />
            </svg>
            <span class="sidebar-text" translate="no">
                "Train"
            </span>
        </a>
    }
    .into_any()
}

/// The frame around a page.
///
/// Whether the sidebar is collapsed shows through `data-sidebar="collapsed"` on the root element,
/// so that the first paint is right; `collapsed` tells assistive technology. On narrow screens the
/// sidebar opens over the page, by the browser alone, and closes when `path` changes.
#[component]
pub fn AppFrame(
    nav: Vec<NavGroup>,
    /// The path of the page that is shown.
    #[prop(into)]
    path: Signal<String>,
    #[prop(into)] person: Signal<Person>,
    menu: Vec<MenuItem>,
    #[prop(into)] collapsed: Signal<bool>,
    /// Someone wants the sidebar collapsed (`true`) or not.
    #[prop(into)]
    on_collapse: Callback<bool>,
    /// The first part of the top bar: search.
    #[prop(optional, into)]
    top_start: ViewFnOnce,
    /// The last part of the top bar, before the user menu: status of saving, notifications.
    #[prop(optional, into)]
    top_end: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        // Left to the browser, which moves the focus; the router would only scroll.
        <a class="skip-link" href="#main" rel="external">
            "Skip to content"
        </a>
        <div class="app-frame">
            <Sidebar nav=nav path=path collapsed=collapsed on_collapse=on_collapse />
            <div>
                <header class="top-bar">
                    <button
                        class="button sidebar-open"
                        type="button"
                        data-variant="ghost"
                        data-icon-only=""
                        popovertarget="sidebar"
                        aria-label="Navigation"
                    >
                        <Icon name=IconName::Menu />
                    </button>
                    <div class="top-bar-slot top-bar-start">{top_start.run()}</div>
                    <div class="top-bar-slot">{top_end.run()}</div>
                    <UserMenu person=person items=menu path=path />
                </header>
                <main class="page" id="main" tabindex="-1">
                    {children()}
                </main>
            </div>
        </div>
    }
    .into_any()
}

/// Closes a popover when the path changes: the page behind it is another one then.
pub fn close_on_navigation(node: NodeRef<leptos::html::Div>, path: Signal<String>) {
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if let Some(popover) = node.get_untracked()
            && before.is_some_and(|before| before != now)
        {
            // Fails when it is not a popover in the page; then nothing is open.
            let _ = popover.hide_popover();
        }
        now
    });
}
