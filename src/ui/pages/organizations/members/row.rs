//! One member in the table.

use super::super::Mine;
use crate::{
    domain::organizations::{MemberView, OrganizationRole},
    ui::{
        components::{Badge, Button, ButtonVariant, Choice, Select, Tone},
        moment::Day,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// What is to happen to a member.
pub enum Wish {
    Change(Uuid, OrganizationRole),
    Remove(MemberView),
}

/// Name, address, role and the way out. Nobody acts upon somebody more powerful.
#[component]
pub fn MemberRow(
    mine: Mine,
    member: MemberView,
    list: RwSignal<Vec<MemberView>>,
    #[prop(into)] on_wish: Callback<Wish>,
) -> impl IntoView {
    let (id, is_me, own) = (member.user_id, member.user_id == mine.user.id, mine.organization.role);
    let current = Memo::new(move |_| {
        list.with(|list| list.iter().find(|it| it.user_id == id).map_or(member.role, |it| it.role))
    });
    let may_act = move || current.get() <= own;
    let name = member.display_name.clone();
    let label = format!("Role of {name}");
    let role_cell = move || {
        if !may_act() {
            return view! { <span>{current.get().label()}</span> }.into_any();
        }
        let choices = OrganizationRole::ALL
            .into_iter()
            .rev()
            .filter(|role| *role <= own)
            .map(|it| Choice::new(it.as_str(), it.label()))
            .collect();
        let chosen = move |word: String| {
            if let Ok(to) = word.parse() {
                on_wish.run(Wish::Change(id, to));
            }
        };
        view! {
            <span class="bare-label">
                <Select
                    id=format!("role-{id}")
                    label=label.clone()
                    choices=choices
                    value=Signal::derive(move || current.get().as_str().to_owned())
                    on_change=chosen
                />
            </span>
        }
        .into_any()
    };
    let removed = member.clone();
    let remove = move || {
        (may_act() && !is_me).then(|| {
            let (removed, name) = (removed.clone(), removed.display_name.clone());
            view! {
                <Button
                    small=true
                    variant=ButtonVariant::Ghost
                    on_press=move |()| on_wish.run(Wish::Remove(removed.clone()))
                >
                    "Remove…"
                    <span class="visually-hidden">" " {name}</span>
                </Button>
            }
        })
    };
    view! {
        <tr>
            <th scope="row" class="nowrap">
                {name}
                " "
                {is_me.then(|| view! { <Badge tone=Tone::Accent>"You"</Badge> })}
            </th>
            <td class="nowrap" translate="no">
                {member.email}
            </td>
            <td>{role_cell}</td>
            <td class="nowrap">
                <Day time=member.joined_at />
            </td>
            <td data-num="">{remove}</td>
        </tr>
    }
}
