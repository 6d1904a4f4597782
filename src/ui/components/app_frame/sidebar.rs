//! The links to the parts of the product.

use super::{Icon, IconName, NavGroup, NavItem, Wordmark, close_on_navigation};
use crate::ui::components::{CountBadge, parts, rows};
use leptos::{html, prelude::*};

/// A column of links on wide screens, at whose foot it is collapsed; on narrow ones a popover that
/// the menu button opens.
#[component]
pub(super) fn Sidebar(
    nav: Vec<NavGroup>,
    #[prop(into)] path: Signal<String>,
    #[prop(into)] collapsed: Signal<bool>,
    on_collapse: Callback<bool>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    close_on_navigation(node, path);
    let link = move |item| view! { <SidebarLink item=item path=path collapsed=collapsed /> };
    let groups = nav.into_iter().enumerate().map(|(index, NavGroup { heading, items })| {
        let heading_id = heading.as_ref().map(|_| format!("sidebar-heading-{index}"));
        let id = heading_id.clone();
        view! {
            <div>
                {heading
                    .map(|heading| {
                        view! {
                            <p class="sidebar-heading" id=id>
                                {heading}
                            </p>
                        }
                    })} <ul class="sidebar-group" aria-labelledby=heading_id>
                    {rows(items, |item: &NavItem| item.href.clone(), link)}
                </ul>
            </div>
        }
    });
    view! {
        <div class="sidebar" id="sidebar" popover="auto" node_ref=node>
            <nav class="sidebar-nav" aria-label="Main">
                <Wordmark />
                {parts(groups)}
            </nav>
            <button
                class="button sidebar-close"
                type="button"
                data-variant="ghost"
                data-icon-only=""
                popovertarget="sidebar"
                popovertargetaction="hide"
                aria-label="Close navigation"
            >
                <Icon name=IconName::Close />
            </button>
            <button
                class="button sidebar-toggle"
                type="button"
                data-variant="ghost"
                data-icon-only=""
                aria-label="Sidebar"
                title="Collapse or expand the sidebar"
                aria-controls="sidebar"
                aria-expanded=move || if collapsed.get() { "false" } else { "true" }
                on:click=move |_| on_collapse.run(!collapsed.get_untracked())
            >
                <Icon name=IconName::Sidebar />
            </button>
        </div>
    }
    .into_any()
}

#[component]
fn SidebarLink(item: NavItem, path: Signal<String>, collapsed: Signal<bool>) -> impl IntoView {
    let NavItem { label, href, icon, section, count } = item;
    let current = move || path.with(|path| is_within(path, &section)).then_some("page");
    let title = label.clone();
    view! {
        <li>
            <a
                class="sidebar-link"
                href=href
                aria-current=current
                title=move || collapsed.get().then(|| title.clone())
            >
                <Icon name=icon />
                <span class="sidebar-text">{label}</span>
                {count.map(|count| view! { <CountBadge count=count /> })}
            </a>
        </li>
    }
    .into_any()
}

/// Whether the path is the section's own or lies below it.
fn is_within(path: &str, section: &str) -> bool {
    path.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_section_holds_its_own_path_and_those_below() {
        assert!(is_within("/settings", "/settings"));
        assert!(is_within("/settings/display", "/settings"));
        assert!(!is_within("/settings-old", "/settings"));
        assert!(!is_within("/history", "/settings"));
        assert!(is_within("/", "/"));
        assert!(!is_within("/history", "/"), "home holds only itself");
    }
}
