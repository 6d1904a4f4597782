//! The turns of the draft, each with the rules of the gate that it breaks as it stands.

use super::{Edit, EditedTurn};
use crate::{
    domain::conversations::{GateFailure, Role, Turn, gate_failures},
    ui::{
        client::settled::settled,
        components::{Badge, Button, Choice, IconName, Select, TextArea, Tone, rows, text_rows},
        conversation::{GateNotice, broken},
        form::{FormState, focus},
    },
};
use leptos::prelude::*;

/// What is typed is held against the gate once it rests for so long.
const REST_MS: u32 = 300;

#[component]
pub fn TurnFields(edit: Edit, form: FormState) -> impl IntoView {
    let said = settled(Memo::new(move |_| edit.said()), REST_MS);
    let failures = Memo::new(move |_| said.with(|said| gate_failures(said)));
    let notice = move || view! { <GateNotice failures=failures.get() /> };
    let list = move || {
        let turns: Vec<_> = edit.turns.get().into_iter().enumerate().collect();
        let last = turns.len().saturating_sub(1);
        let turn = move |(index, turn): (usize, EditedTurn)| {
            view! {
                <TurnField
                    edit=edit
                    form=form
                    turn=turn
                    index=index
                    is_last=index == last
                    failures=failures
                />
            }
        };
        rows(turns, |(_, turn)| turn.key, turn)
    };
    let add = move |()| {
        let last = edit.turns.with_untracked(|turns| turns.last().cloned());
        let role = match last.map(|turn| turn.role.get_untracked()) {
            Some(Role::User) => Role::Assistant,
            _ => Role::User,
        };
        let turn = edit.edited(Turn { role, content: String::new() });
        let key = turn.key;
        edit.turns.update(|turns| turns.push(turn));
        focus(format!("#edit-turn-{key}"));
    };
    view! {
        {notice}
        <ol class="edit-turns">{list}</ol>
        <div class="button-row">
            <Button id="add-turn" icon=IconName::Plus on_press=add>
                "Add turn"
            </Button>
        </div>
    }
    .into_any()
}

#[component]
fn TurnField(
    edit: Edit,
    form: FormState,
    turn: EditedTurn,
    /// From 0.
    index: usize,
    is_last: bool,
    failures: Memo<Vec<GateFailure>>,
) -> impl IntoView {
    let EditedTurn { key, role, text } = turn;
    let number = index + 1;
    let (shown, typed) = (text.clone(), text);
    let roles = Role::ALL.iter().map(|role| Choice::new(role.as_str(), role.label())).collect();
    let (role_shown, role_chosen) = (role.clone(), role);
    let marks = move || {
        let own = failures.with(|all| {
            let own = all.iter().filter(|one| one.turn.is_some_and(|turn| turn as usize == number));
            own.map(broken).collect::<Vec<_>>()
        });
        text_rows(own, |rule| view! { <Badge tone=Tone::Warning>{rule}</Badge> })
    };
    let choose = move |word: String| {
        if let Ok(role) = word.parse() {
            role_chosen.set(role);
        }
    };
    let role = Signal::derive(move || role_shown.get().as_str().to_owned());
    view! {
        <li class="edit-turn">
            <div class="cluster">
                <Select
                    id=format!("edit-role-{key}")
                    label=format!("Role of turn {number}")
                    choices=roles
                    value=role
                    on_change=choose
                />
                {marks}
                <TurnButtons edit=edit place=key number=number is_last=is_last />
            </div>
            <TextArea
                id=format!("edit-turn-{key}")
                label=format!("Turn {number}")
                rows=2
                value=Signal::derive(move || shown.get())
                on_change=move |text| typed.set(text)
                error=form.error_at(format!("turns.{index}.content"))
            />
        </li>
    }
    .into_any()
}

/// Where the turn goes.
#[component]
fn TurnButtons(
    edit: Edit,
    /// The key of the turn.
    place: u32,
    number: usize,
    is_last: bool,
) -> impl IntoView {
    let find = move |turns: &[EditedTurn]| turns.iter().position(|turn| turn.key == place);
    let up = move |()| {
        edit.turns.update(|turns| {
            if let Some(index) = find(turns).filter(|index| *index > 0) {
                turns.swap(index - 1, index);
            }
        });
        focus(format!("#edit-turn-{place}"));
    };
    let down = move |()| {
        edit.turns.update(|turns| {
            if let Some(index) = find(turns).filter(|index| index + 1 < turns.len()) {
                turns.swap(index, index + 1);
            }
        });
        focus(format!("#edit-turn-{place}"));
    };
    let remove = move |()| {
        let mut next = None;
        edit.turns.update(|turns| {
            if let Some(index) = find(turns) {
                turns.remove(index);
                next = turns.get(index).or(turns.last()).map(|turn| turn.key);
            }
        });
        focus(next.map_or("#add-turn".to_owned(), |key| format!("#edit-turn-{key}")));
    };
    let who = move || view! { <span class="visually-hidden">" turn " {number}</span> };
    view! {
        <div class="edit-turn-buttons">
            <Button small=true disabled=number == 1 on_press=up>
                "Move up"
                {who()}
            </Button>
            <Button small=true disabled=is_last on_press=down>
                "Move down"
                {who()}
            </Button>
            <Button small=true on_press=remove>
                "Remove"
                {who()}
            </Button>
        </div>
    }
    .into_any()
}
