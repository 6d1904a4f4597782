//! The frame of tables. The table itself is plain HTML with the class `table`; numbers carry
//! `data-num`.

use super::{Icon, IconName};
use leptos::prelude::*;

/// A box that scrolls sideways when its table is wider. It can take focus, so that the keyboard can
/// scroll it.
#[component]
pub fn TableRegion(
    /// Name of the region, usually the table's: "Conversations".
    #[prop(into)]
    label: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0">
            {children()}
        </div>
    }
    .into_any()
}

/// How a column is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sorted {
    #[default]
    No,
    Ascending,
    Descending,
}

/// A column's head that sorts. The link leads to the address of the table sorted by this column,
/// the other way round if it already is.
#[component]
pub fn SortHeader(
    #[prop(into)] label: String,
    #[prop(into)] href: Signal<String>,
    #[prop(into)] sorted: Signal<Sorted>,
    /// A column of numbers.
    #[prop(optional)]
    number: bool,
) -> impl IntoView {
    let aria_sort = move || match sorted.get() {
        Sorted::No => None,
        Sorted::Ascending => Some("ascending"),
        Sorted::Descending => Some("descending"),
    };
    view! {
        <th scope="col" aria-sort=aria_sort data-num=number.then_some("")>
            <a href=href>{label} <Icon name=IconName::ChevronDown size="s" /></a>
        </th>
    }
    .into_any()
}
