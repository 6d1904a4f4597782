//! All organizations of the installation.

use super::lists::{Filters, Wish, position, use_asked};
use crate::{
    api::admin::load_organizations,
    domain::admin::{OrganizationLine, OrganizationPage, OrganizationQuery},
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{Card, EmptyState, Head, IconName, Pager, Table, rows},
        loaded::Loaded,
        moment::Day,
        page_query::Asked,
    },
};
use leptos::prelude::*;

const NAMES: [&str; 2] = ["search", "page"];

#[component]
pub fn OrganizationsTab() -> impl IntoView {
    let (asked, per_page) = (use_asked("organizations", &NAMES), use_rows_per_page());
    let read = resource(
        move || (asked.get(), per_page.get()),
        |(asked, limit)| {
            load_organizations(OrganizationQuery {
                search: asked.get("search").map(str::to_owned),
                page: asked.page(),
                limit: Some(limit),
            })
        },
    );
    view! {
        <div class="stack">
            <Filters
                tab="organizations"
                label="Search organizations"
                asked=asked
                more=|_: Wish| ().into_any()
            />
            <Card id="organizations" title="Organizations" flush=true>
                <Loaded
                    read=read
                    label="Loading the organizations"
                    lines=6
                    children=move |page: OrganizationPage| {
                        view! { <Organizations page=page asked=asked.get_untracked() /> }
                    }
                />
            </Card>
        </div>
    }
    .into_any()
}

#[component]
fn Organizations(page: OrganizationPage, asked: Asked) -> impl IntoView {
    if page.organizations.is_empty() {
        let title = if asked.get("search").is_some() { "None fits" } else { "No organizations" };
        return view! { <EmptyState icon=IconName::Building title=title /> }.into_any();
    }
    let position = position(page.page, page.limit, page.organizations.len(), page.total);
    let to = |page: i64| asked.with("page", &page.to_string()).address();
    let before = (page.page > 1).then(|| ("Previous", to(page.page - 1)));
    let after = (page.page * page.limit < page.total).then(|| ("Next", to(page.page + 1)));
    let heads =
        [Head::text("Name"), Head::number("Members"), Head::text("Owners"), Head::text("Created")];
    let lines = rows(page.organizations, |it| it.id, |it| view! { <Line line=it /> });
    view! {
        <Table label="List of organizations" heads=heads>
            {lines}
        </Table>
        <Pager position=Some(position) before=before after=after />
    }
    .into_any()
}

#[component]
fn Line(line: OrganizationLine) -> impl IntoView {
    let OrganizationLine { id, name, members, owners, created_at } = line;
    let owners: Vec<_> = owners.into_iter().map(|owner| owner.display_name).collect();
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/admin/people?organization={id}")>{name}</a>
            </th>
            <td translate="no" data-num="">
                {members}
            </td>
            <td>{owners.join(", ")}</td>
            <td class="nowrap">
                <Day time=created_at />
            </td>
        </tr>
    }
    .into_any()
}
