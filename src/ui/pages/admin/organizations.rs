//! All organizations of the installation.

use crate::{
    api::admin::load_organizations,
    domain::admin::{OrganizationLine, OrganizationPage, OrganizationQuery},
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{Card, EmptyState, Head, IconName, Table, rows},
        loaded::Loaded,
        moment::Day,
        page_query::{Asked, use_asked},
        paged_list::{ListFilters, NumberedPager, use_wish},
    },
};
use leptos::prelude::*;

const NAMES: [&str; 2] = ["search", "page"];

#[component]
pub fn OrganizationsTab() -> impl IntoView {
    let (asked, per_page) = (use_asked("admin", "organizations", &NAMES), use_rows_per_page());
    let go = use_wish(asked);
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
            <ListFilters tab="organizations" label="Search organizations" asked=asked go=go />
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
        let title = match asked.get("search") {
            _ if page.total > 0 => "None on this page",
            Some(_) => "None fits",
            None => "No organizations",
        };
        return view! {
            <EmptyState icon=IconName::Building title=title />
            <NumberedPager asked=asked total=page.total page=page.page limit=page.limit />
        }
        .into_any();
    }
    let heads =
        [Head::text("Name"), Head::number("Members"), Head::text("Owners"), Head::text("Created")];
    let lines = rows(page.organizations, |it| it.id, |it| view! { <Line line=it /> });
    view! {
        <Table label="List of organizations" heads=heads>
            {lines}
        </Table>
        <NumberedPager asked=asked total=page.total page=page.page limit=page.limit />
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
