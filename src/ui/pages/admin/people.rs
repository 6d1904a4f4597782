//! Everybody who has an account, what can be done about each, and who may make one.

use super::{
    people_actions::{Actions, PersonActions, PersonMenu},
    sign_up::SignUpCard,
};
use crate::{
    api::admin::load_people,
    domain::{
        accounts::Role,
        admin::{AccountState, PersonPage, PersonQuery, PersonView},
    },
    ui::{
        client::{boot::use_user, preferences::use_rows_per_page, resource::resource},
        components::{
            Badge, Banner, Card, Choice, EmptyState, FilterSelect, Head, IconName, LinkButton,
            Table, Tone,
        },
        loaded::Loaded,
        moment::{Day, Moment},
        page_query::{Asked, use_asked},
        paged_list::{ListFilters, NumberedPager, use_wish},
    },
};
use leptos::prelude::*;

const NAMES: [&str; 5] = ["search", "state", "role", "organization", "page"];

#[component]
pub fn PeopleTab() -> impl IntoView {
    let (asked, per_page) = (use_asked("admin", "people", &NAMES), use_rows_per_page());
    let read = resource(
        move || (asked.get(), per_page.get()),
        |(asked, limit)| load_people(query(&asked, limit)),
    );
    let states = AccountState::ALL.map(|state| Choice::new(state.as_str(), state.label()));
    let roles = Role::ALL.map(|role| Choice::new(role.as_str(), role_words(role)));
    let word =
        move |name: &'static str| Signal::derive(move || asked.with(|asked| asked.word(name)));
    // Kept by the plain form as well.
    let organization = move || {
        let kept = asked.with(|asked| asked.get("organization").map(str::to_owned));
        kept.map(|kept| view! { <input type="hidden" name="organization" value=kept /> })
    };
    let (go, actions) = (use_wish(asked), Actions::new());
    view! {
        <div class="stack">
            <ListFilters tab="people" label="Search people" asked=asked go=go>
                <FilterSelect
                    id="people-state"
                    name="state"
                    label="State"
                    all="All"
                    choices=states.to_vec()
                    value=word("state")
                    on_change=go
                />
                <FilterSelect
                    id="people-role"
                    name="role"
                    label="Role"
                    all="All"
                    choices=roles.to_vec()
                    value=word("role")
                    on_change=go
                />
                {organization}
            </ListFilters>
            <Card id="people" title="People" flush=true>
                <Loaded
                    read=read
                    label="Loading the people"
                    lines=9
                    children=move |page: PersonPage| {
                        view! { <People page=page asked=asked.get_untracked() actions=actions /> }
                    }
                />
            </Card>
            <SignUpCard />
        </div>
        <PersonActions actions=actions />
    }
    .into_any()
}

fn query(asked: &Asked, limit: i64) -> PersonQuery {
    PersonQuery {
        search: asked.get("search").map(str::to_owned),
        state: asked.meant("state"),
        role: asked.meant("role"),
        organization: asked.meant("organization"),
        page: asked.page(),
        limit: Some(limit),
    }
}

/// What an account may do in the whole installation.
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Admin => "Administrator",
        Role::Member => "Member",
    }
}

#[component]
fn People(page: PersonPage, asked: Asked, actions: Actions) -> impl IntoView {
    let narrowed = asked.get("organization").is_some().then(|| {
        let organization = page.people.iter().find_map(|person| person.organization.as_ref());
        let of = organization.map(|it| format!("“{}”", it.name));
        let of = of.unwrap_or_else(|| "one organization".to_owned());
        let all = asked.with("organization", "").address();
        let action = move || view! { <LinkButton href=all small=true>"Show everyone"</LinkButton> };
        let words = format!("Only members of {of}.");
        view! { <Banner tone=Tone::Info action=action>{words}</Banner> }
    });
    let (total, number, limit) = (page.total, page.page, page.limit);
    if page.people.is_empty() {
        let (title, text) = match total {
            0 => ("Nobody fits", "Search for another name or change the filters."),
            _ => ("Nobody on this page", "The list is shorter."),
        };
        return view! {
            {narrowed}
            <EmptyState icon=IconName::User title=title text=text />
            <NumberedPager asked=asked total=total page=number limit=limit />
        }
        .into_any();
    }
    let list = RwSignal::new(page.people);
    let heads = [
        Head::text("Name"),
        Head::text("E-mail"),
        Head::text("Organization"),
        Head::text("Role"),
        Head::text("Last seen"),
        Head::text("Created"),
        Head::Hidden("Actions"),
    ];
    view! {
        {narrowed}
        <Table label="List of people" heads=heads>
            <For
                each=move || list.get()
                key=|it| (it.id, it.role.as_str(), it.is_disabled(), it.one_time_until)
                let:person
            >
                <PersonRow person=person list=list actions=actions />
            </For>
        </Table>
        <NumberedPager asked=asked total=total page=number limit=limit />
    }
    .into_any()
}

#[component]
fn PersonRow(
    person: PersonView,
    list: RwSignal<Vec<PersonView>>,
    actions: Actions,
) -> impl IntoView {
    let me = use_user().get_untracked().map(|user| user.id);
    let is_me = me == Some(person.id);
    let organization = person.organization.clone().map(|it| {
        let href = format!("/admin/people?organization={}", it.id);
        view! {
            <a href=href>{it.name}</a>
            " "
            <small class="muted">{it.role.label()}</small>
        }
    });
    let seen = person.last_seen.map(|time| view! { <Moment time=time /> });
    let badges = view! {
        {is_me.then(|| view! { <Badge tone=Tone::Accent>"You"</Badge> })}
        {person.is_disabled().then(|| view! { <Badge tone=Tone::Danger>"Disabled"</Badge> })}
        {person
            .one_time_until
            .map(|_| view! { <Badge tone=Tone::Warning>"One-time password"</Badge> })}
    };
    let (name, email, created) =
        (person.display_name.clone(), person.email.clone(), person.created_at);
    let role = role_words(person.role);
    let menu = (!is_me).then(|| view! { <PersonMenu actions=actions person=person list=list /> });
    view! {
        <tr>
            <th scope="row">{name} " " {badges}</th>
            <td translate="no">{email}</td>
            <td>{organization}</td>
            <td class="nowrap">{role}</td>
            <td class="nowrap">{seen}</td>
            <td class="nowrap">
                <Day time=created />
            </td>
            <td data-num="">{menu}</td>
        </tr>
    }
    .into_any()
}
