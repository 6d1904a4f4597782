//! The filters above the list. Each works at once and stands in the address; without a script they
//! are a plain form.

use super::{
    asked::{Asked, day},
    rollback::{Plan, Undoing},
};
use crate::{
    api::error::ApiError,
    domain::history::{ACTIONS, ChangeScope, ConfigType, Statistics},
    ui::{
        client::boot::use_boot,
        components::{Button, Choice, IconName, SegmentedControl, Select, TextField, rows},
        words::label,
    },
};
use leptos::{ev::SubmitEvent, prelude::*};
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
        if user.role == crate::domain::accounts::Role::Admin {
            scopes.push(("all".to_owned(), "Everybody’s".to_owned()));
        }
    }
    scopes
}

pub fn filters(
    asked: Memo<Asked>,
    scopes: Vec<(String, String)>,
    statistics: Resource<Result<Statistics, ApiError>>,
    undoing: Undoing,
) -> AnyView {
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
                label="Whose"
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
            shown.then(|| people(asked, counted, wish))
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
        <form
            class="history-filters"
            method="get"
            action="/history"
            role="search"
            aria-label="Filter the history"
            on:submit=move |event: SubmitEvent| event.prevent_default()
        >
            {whose}
            {one_of("configType", "What", "Everything", kinds.collect(), word, wish)}
            {one_of("action", "Action", "Every action", actions.collect(), word, wish)}
            <Transition>{who}</Transition>
            {date("from", "From", word, wish)}
            {date("to", "To", word, wish)}
            <TextField
                id="history-text"
                name="text"
                label="Reason or setting"
                placeholder="Part of it"
                max_length=200
                value=word("text")
                on_commit=move |text| wish.run(("text", text))
            />
            {hidden}
            <noscript>
                <button class="button" data-variant="secondary" type="submit">
                    "Filter"
                </button>
            </noscript>
        </form>
        {move || narrowed(&asked.get(), undoing)}
    }
    .into_any()
}

fn one_of(
    name: &'static str,
    label: &str,
    all: &str,
    mut choices: Vec<Choice>,
    word: impl Fn(&'static str) -> Signal<String>,
    wish: Wish,
) -> AnyView {
    choices.insert(0, Choice::new("", all));
    view! {
        <Select
            id=format!("history-{name}")
            name=name
            label=label
            choices=choices
            value=word(name)
            on_change=move |chosen| wish.run((name, chosen))
        />
    }
    .into_any()
}

fn date(
    name: &'static str,
    label: &str,
    word: impl Fn(&'static str) -> Signal<String>,
    wish: Wish,
) -> AnyView {
    let commit = move |text: String| {
        // Half typed it is no day yet.
        if text.is_empty() || day(&text).is_some() {
            wish.run((name, text));
        }
    };
    view! {
        <TextField id=format!("history-{name}") name=name label=label kind="date" value=word(name) on_commit=commit />
    }
    .into_any()
}

/// Those who changed something lately.
fn people(asked: Memo<Asked>, statistics: Option<Statistics>, wish: Wish) -> AnyView {
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
        choices.push(Choice::new(chosen, "The person chosen before"));
    }
    let word = move |name| Signal::derive(move || asked.with(|asked| asked.word(name)));
    one_of("actor", "Who", "Everybody", choices, word, wish)
}

/// What no control shows: the one setting or target that a link led to, the way out of all filters,
/// and the way back for everything that they find.
fn narrowed(asked: &Asked, undoing: Undoing) -> Option<AnyView> {
    let everything = asked.unfiltered().address();
    if !asked.is_filtered() && asked.change().is_none() {
        return None;
    }
    let only = match (asked.change(), asked.get("path"), asked.get("targetId")) {
        (Some(_), ..) => Some(("Only ", "one change".to_owned())),
        (None, Some(path), _) => Some(("Only changes of ", label(path))),
        (None, None, Some(_)) => Some(("Only changes of ", "one configuration".to_owned())),
        _ => None,
    };
    let only = only.map(|(words, name)| view! { {words} <strong>{name}</strong> });
    let everything_found = asked.change().is_none().then(|| {
        let found = Box::new(asked.found());
        view! {
            <span data-needs-script="">
                <Button
                    small=true
                    icon=IconName::Undo
                    on_press=move |()| undoing.ask(Plan::Found(found.clone()))
                >
                    "Roll back everything found…"
                </Button>
            </span>
        }
    });
    Some(
        view! {
            <p class="history-filter">
                {only} <a class="button" data-variant="secondary" data-size="s" href=everything>"Show all"</a>
                " "
                {everything_found}
            </p>
        }
        .into_any(),
    )
}
