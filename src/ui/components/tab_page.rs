//! A page of tabs, each with its own address.

use super::{Count, IconName, NeedsScript, PageHeader, PageTitle, TabLink, TabLinks};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The tabs of a page: an enum with a variant for each.
pub trait Tab: Copy + PartialEq + Send + Sync + 'static {
    /// In the order in which they stand on the page.
    const ALL: &'static [Self];

    /// Its part of the address, its name and its picture.
    fn about(self) -> (&'static str, &'static str, IconName);

    /// Its part of the address.
    fn slug(self) -> &'static str {
        self.about().0
    }

    fn label(self) -> &'static str {
        self.about().1
    }

    fn icon(self) -> IconName {
        self.about().2
    }

    /// The tab of an address. An unknown one falls back to the first.
    fn from_slug(slug: &str) -> Self {
        let known = Self::ALL.iter().find(|tab| tab.slug() == slug);
        *known.unwrap_or(&Self::ALL[0])
    }
}

/// The tab that the address names, in its parameter `:tab`.
pub fn use_tab<T: Tab>() -> Memo<T> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| T::from_slug(&params.get("tab").unwrap_or_default())))
}

/// Title, head, tabs, and below them what the tab shows.
#[component]
pub fn TabPage<T: Tab>(
    /// What the page is about, behind the tab's name in the window's title: "Database".
    page: &'static str,
    tab: Memo<T>,
    /// The address of a tab.
    href: impl Fn(T) -> String + Copy + Send + Sync + 'static,
    /// The heading, where it is not `page`.
    #[prop(optional, into)]
    heading: MaybeProp<String>,
    #[prop(into)] hint: MaybeProp<String>,
    #[prop(optional, into)] actions: ViewFnOnce,
    /// What does not work without a script, in a sentence.
    needs_script: &'static str,
    /// Between the head and the tabs.
    #[prop(optional, into)]
    above: ViewFnOnce,
    /// How much there is to look at behind one of the tabs.
    #[prop(optional)]
    count: Option<(T, Count)>,
    children: Children,
) -> impl IntoView {
    let title = Signal::derive(move || match tab.get().label() {
        label if label == page => page.to_owned(),
        label => format!("{label} – {page}"),
    });
    let links = Signal::derive(move || {
        let link = |tab: &T| {
            let count = count.filter(|(own, _)| own == tab).map(|(_, count)| count);
            TabLink { count, ..TabLink::new(tab.label(), href(*tab)).icon(tab.icon()) }
        };
        T::ALL.iter().map(link).collect::<Vec<_>>()
    });
    let current = Signal::derive(move || href(tab.get()));
    let heading = Signal::derive(move || heading.get().unwrap_or_else(|| page.to_owned()));
    view! {
        <PageTitle text=title />
        <PageHeader title=heading hint=hint actions=actions />
        <NeedsScript text=needs_script />
        {above.run()}
        {move || view! { <TabLinks label=page tabs=links.get() current=current /> }}
        {children()}
    }
    .into_any()
}
