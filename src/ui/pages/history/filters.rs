//! The filters above the list. Each works at once and stands in the address; without a script they
//! are a plain form.

use super::{
    asked::{Asked, day},
    rollback::{Plan, Undoing},
};
use crate::{
    domain::{
        accounts::Role,
        history::{ACTIONS, ChangeScope, ConfigType, StatisticsAnswer},
    },
    ui::{
        client::{boot::use_boot, resource::Resource},
        components::{
            Button, Choice, FilterForm, FilterSelect, IconName, SegmentedControl, TextField, rows,
        },
        words::label,
    },
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// A part of the address with its new value.
type Wish = Callback<(&'static str, String)>;

/// Whose changes the person may see: the word and the label.
pub fn scopes() -> Vec<(String, String)> {
    let mut scopes = vec![("own".to_owned(), "Yours".to_owned())];
    if let Some(user) = use_boot().user {
        let organization = user.organization.filter(|organization| organization.role.manages());
        scopes.extend(
            organization.map(|organization| ("organization".to_owned(), organization.name)),
        );
        if user.role == Role::Admin {
            scopes.push(("all".to_owned(), "Everyone".to_owned()));
        }
    }
    scopes
}

/// The controls, and below them what no control shows.
#[component]
pub fn Filters(
    asked: Memo<Asked>,
    scopes: Vec<(String, String)>,
    statistics: Resource<StatisticsAnswer>,
    undoing: Undoing,
) -> impl IntoView {
    let navigate = use_navigate();
    let wish = Wish::new(move |(name, word): (&'static str, String)| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&asked.get_untracked().with(name, &word).address(), options);
    });
    let word =
        move |name: &'static str| Signal::derive(move || asked.with(|asked| asked.word(name)));
    let whose = (scopes.len() > 1).then(|| {
        let choices = scopes.into_iter().map(|(word, label)| Choice::new(word, label)).collect();
        let value = Signal::derive(move || {
            asked.with(|asked| asked.get("scope").unwrap_or("own").to_owned())
        });
        view! {
            <SegmentedControl
                id="history-scope"
                name="scope"
                label="Scope"
                choices=choices
                value=value
                on_change=move |word: String| {
                    wish.run(("scope", if word == "own" { String::new() } else { word }));
                }
            />
        }
    });
    let kinds = ConfigType::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label()));
    let actions = ACTIONS.iter().map(|(word, label)| Choice::new(*word, *label));
    // Of one's own there is mostly oneself to choose.
    let is_of_many = Memo::new(move |_| {
        asked.with(|asked| asked.scope() != ChangeScope::Own || asked.get("actor").is_some())
    });
    let who = move || {
        let shown = is_of_many.get();
        Suspend::new(async move {
            let counted = statistics.await.ok();
            shown.then(|| view! { <People asked=asked statistics=counted wish=wish /> })
        })
    };
    // Kept by the plain form as well.
    let hidden = move || {
        let kept = ["path", "targetId", "window"].into_iter();
        let known = |name: &'static str| {
            Some((name, asked.with(|asked| asked.get(name).map(str::to_owned))?))
        };
        rows(
            kept.filter_map(known),
            |(name, _)| *name,
            |(name, value)| {
                view! { <input type="hidden" name=name value=value /> }
            },
        )
    };
    view! {
        <FilterForm
            class="history-filters"
            action="/history"
            role="search"
            label="Filter the history"
        >
            {whose}
            <FilterSelect
                id="history-configType"
                name="configType"
                label="Type"
                all="All types"
                choices=kinds.collect()
                value=word("configType")
                on_change=wish
            />
            <FilterSelect
                id="history-action"
                name="action"
                label="Action"
                all="All actions"
                choices=actions.collect()
                value=word("action")
                on_change=wish
            />
            <Transition>{who}</Transition>
            <DateField name="from" label="From" value=word("from") wish=wish />
            <DateField name="to" label="To" value=word("to") wish=wish />
            <TextField
                id="history-text"
                name="text"
                label="Reason or setting"
                placeholder="Search"
                max_length=200
                value=word("text")
                on_commit=move |text| wish.run(("text", text))
            />
            {hidden}
        </FilterForm>
        {move || view! { <Narrowed asked=asked.get() undoing=undoing /> }}
    }
    .into_any()
}

#[component]
fn DateField(
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
    wish: Wish,
) -> impl IntoView {
    let commit = move |text: String| {
        // Half typed it is no day yet.
        if text.is_empty() || day(&text).is_some() {
            wish.run((name, text));
        }
    };
    view! {
        <TextField
            id=format!("history-{name}")
            name=name
            label=label
            kind="date"
            value=value
            on_commit=commit
        />
    }
    .into_any()
}

/// Those who changed something lately.
#[component]
fn People(asked: Memo<Asked>, statistics: Option<StatisticsAnswer>, wish: Wish) -> impl IntoView {
    let chosen = asked.with_untracked(|asked| asked.get("actor").map(str::to_owned));
    let counted = statistics.map(|statistics| statistics.by_person).unwrap_or_default();
    let mut choices: Vec<Choice> = counted
        .into_iter()
        .filter_map(|person| {
            Some(Choice::new(person.id?.to_string(), person.name.unwrap_or_default()))
        })
        .collect();
    if let Some(chosen) =
        chosen.filter(|chosen| !choices.iter().any(|choice| choice.value == *chosen))
    {
        choices.push(Choice::new(chosen, "Selected person"));
    }
    view! {
        <FilterSelect
            id="history-actor"
            name="actor"
            label="Changed by"
            all="Anyone"
            choices=choices
            value=Signal::derive(move || asked.with(|asked| asked.word("actor")))
            on_change=wish
        />
    }
    .into_any()
}

/// What no control shows: the one setting or target that a link led to, the way out of all filters,
/// and the way back for everything that they find.
#[component]
fn Narrowed(asked: Asked, undoing: Undoing) -> impl IntoView {
    let everything = asked.unfiltered().address();
    if !asked.is_filtered() && asked.change().is_none() {
        return ().into_any();
    }
    let only = match (asked.change(), asked.get("path"), asked.get("targetId")) {
        (Some(_), ..) => Some(("Only ", "one change".to_owned())),
        (None, Some(path), _) => Some(("Only changes of ", label(path))),
        (None, None, Some(_)) => Some(("Only changes of ", "one configuration".to_owned())),
        _ => None,
    };
    let only = only.map(|(words, name)| {
        view! {
            {words}
            <strong>{name}</strong>
        }
    });
    let everything_found = asked.change().is_none().then(|| {
        let found = Box::new(asked.found());
        view! {
            <span data-needs-script="">
                <Button
                    small=true
                    icon=IconName::Undo
                    on_press=move |()| undoing.ask(Plan::Found(found.clone()))
                >
                    "Roll back all matches…"
                </Button>
            </span>
        }
    });
    view! {
        <p class="history-filter">
            {only} <a class="button" data-variant="secondary" data-size="s" href=everything>
                "Show all"
            </a> " " {everything_found}
        </p>
    }
    .into_any()
}
