//! Tables. Their rows are plain HTML; numbers carry `data-num`.

use super::{Icon, IconName, parts};
use leptos::prelude::*;
use std::borrow::Cow;

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

/// The head of one column.
pub enum Head {
    Text(Cow<'static, str>),
    /// Of numbers, which stand to the right.
    Number(Cow<'static, str>),
    /// For whom cannot see that the column holds buttons.
    Hidden(&'static str),
    Sorted {
        label: &'static str,
        /// As in [`SortHeader`].
        href: Signal<String>,
        sorted: Signal<Sorted>,
        number: bool,
    },
}

impl Head {
    pub fn text(label: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(label.into())
    }

    pub fn number(label: impl Into<Cow<'static, str>>) -> Self {
        Self::Number(label.into())
    }

    fn cell(self) -> AnyView {
        match self {
            Self::Text(label) => view! { <th scope="col">{label.into_owned()}</th> }.into_any(),
            Self::Number(label) => view! {
                <th scope="col" data-num="">
                    {label.into_owned()}
                </th>
            }
            .into_any(),
            Self::Hidden(label) => view! {
                <th scope="col">
                    <span class="visually-hidden">{label}</span>
                </th>
            }
            .into_any(),
            Self::Sorted { label, href, sorted, number } => {
                view! { <SortHeader label=label href=href sorted=sorted number=number /> }
                    .into_any()
            }
        }
    }
}

/// A table in its [`TableRegion`]; the children are its rows.
#[component]
pub fn Table(
    /// Name of the region: "Member list".
    #[prop(into)]
    label: String,
    #[prop(default = "table")] class: &'static str,
    heads: impl IntoIterator<Item = Head>,
    children: Children,
) -> impl IntoView {
    let heads = parts(heads.into_iter().map(Head::cell));
    view! {
        <TableRegion label=label>
            <table class=class>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </TableRegion>
    }
    .into_any()
}
