//! The filters above the table. Each works at once and stands in the address; without a script they
//! are a plain form.

use super::{
    asked::{Asked, PAGE, day, score},
    facets::Facets,
};
use crate::{
    domain::{
        conversations::{FindingKind, Likeness, Status, Tier},
        words::Choice as Word,
    },
    ui::{
        client::settled::settled,
        components::{
            Button, ButtonVariant, Choice, FilterForm, FilterSelect, Icon, IconName, SearchField,
            TextField, Tries, parts, rows,
        },
        paged_list::Wish,
    },
};
use leptos::{context::Provider, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Milliseconds without another letter before the list is searched.
const REST_MS: u32 = 300;

/// Filters that are one of the values that conversations have: name, label, the choice of all.
const SELECTS: [(&str, &str, &str); 5] = [
    ("persona", "Persona", "All personas"),
    ("emotion", "Emotion", "All emotions"),
    ("topic", "Topic", "All topics"),
    ("tag", "Tag", "All tags"),
    ("author", "Author", "Everyone"),
];

/// Those that do not stand in the first line.
const MORE: [&str; 14] = [
    "scoreMin",
    "scoreMax",
    "trainable",
    "persona",
    "emotion",
    "topic",
    "tag",
    "author",
    "from",
    "to",
    "tokensOver",
    "likeness",
    "finding",
    "proposed",
];

/// What conversations have to fit into, usually: the tokens, and what people call them.
const TARGETS: [(&str, &str); 3] = [("2048", "2k"), ("4096", "4k"), ("8192", "8k")];

/// Goes to another address of the table.
pub fn use_go(asked: Memo<Asked>) -> impl Fn(Asked, bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |wanted: Asked, replace: bool| {
        if wanted != asked.get_untracked() {
            let options = NavigateOptions { scroll: false, replace, ..NavigateOptions::default() };
            navigate(&wanted.address(), options);
        }
    }
}

/// The search, the two filters that are used most, and the others behind a word.
#[component]
pub fn Filters(asked: Memo<Asked>, facets: Facets) -> impl IntoView {
    let go = use_go(asked);
    let wish = Wish::new(move |(name, word): (&'static str, String)| {
        go(asked.get_untracked().with(name, &word), name == "text");
    });
    // Kept by the plain form as well.
    let hidden = move || {
        let known =
            |name: &'static str| Some((name, asked.with(|it| it.get(name).map(str::to_owned))?));
        rows(
            ["alike", "sort", "direction"].into_iter().filter_map(known),
            |(name, _)| *name,
            |(name, value)| view! { <input type="hidden" name=name value=value /> },
        )
    };
    // As the address was when the page was opened; afterwards it is the person's to open and close.
    let is_open = asked.with_untracked(|asked| MORE.iter().any(|name| asked.get(name).is_some()));
    let count = move || {
        let set = asked.with(|asked| MORE.iter().filter(|name| asked.get(name).is_some()).count());
        (set > 0).then(|| format!(" ({set})"))
    };
    view! {
        <FilterForm class="conversation-filters" action=PAGE>
            <TextSearch asked=asked wish=wish />
            <Several name="status" label="Status" words=Status::CHOICES asked=asked facets=facets />
            <Several name="tier" label="Tier" words=Tier::CHOICES asked=asked facets=facets />
            <details class="conversation-more" open=is_open>
                <summary>"More filters" {count}</summary>
                <MoreFilters asked=asked facets=facets wish=wish />
            </details>
            {hidden}
        </FilterForm>
    }
    .into_any()
}

/// Words of the text. What is typed is searched once it rests.
#[component]
fn TextSearch(asked: Memo<Asked>, wish: Wish) -> impl IntoView {
    let text = Memo::new(move |_| asked.with(|asked| asked.word("text")));
    let typed = RwSignal::new(text.get_untracked());
    let rested = settled(Memo::new(move |_| typed.get()), REST_MS);
    // What the address was given from here: while it is on its way more may be typed.
    let sent = StoredValue::new(text.get_untracked());
    Effect::new(move |before: Option<String>| {
        let word = rested.get();
        if before.is_some_and(|before| before != word) {
            sent.set_value(word.trim().to_owned());
            wish.run(("text", word.clone()));
        }
        word
    });
    Effect::new(move |_| {
        let word = text.get();
        if sent.get_value() != word {
            sent.set_value(word.clone());
            typed.set(word);
        }
    });
    view! {
        <SearchField
            id="conversations-text"
            name="text"
            label="Search conversations"
            value=typed
            on_change=move |text| typed.set(text)
        />
    }
    .into_any()
}

/// Any of a few, in a box that opens.
#[component]
fn Several(
    name: &'static str,
    label: &'static str,
    words: &'static [Word],
    asked: Memo<Asked>,
    facets: Facets,
) -> impl IntoView {
    let go = use_go(asked);
    let has = move |word: &str| asked.with(|asked| asked.words(name).iter().any(|it| it == word));
    let boxes = words.iter().map(|word| {
        let (value, go) = (word.value, go.clone());
        let count = move || facets.count(name, value);
        view! {
            <label class="choice">
                <input
                    class="check"
                    type="checkbox"
                    name=name
                    value=value
                    autocomplete="off"
                    checked=asked.with_untracked(|it| it.words(name).iter().any(|it| it == value))
                    prop:checked=move || has(value)
                    on:change=move |_| go(asked.get_untracked().toggled(name, value), false)
                />
                <span>{word.label} <small class="nums">{count}</small></span>
            </label>
        }
    });
    let boxes = parts(boxes);
    let set = move || {
        let set = asked.with(|asked| asked.words(name).len());
        (set > 0).then(|| format!(" ({set})"))
    };
    let id = format!("conversations-{name}");
    view! {
        <span>
            <button class="button" type="button" data-variant="secondary" popovertarget=id.clone()>
                {label}
                {set}
                <Icon name=IconName::ChevronDown size="s" />
            </button>
            <div class="choices-menu" id=id popover="auto" role="group" aria-label=label>
                {boxes}
            </div>
        </span>
    }
    .into_any()
}

/// Score, whether trainers take it, what describes it, who made it, and when.
#[component]
fn MoreFilters(asked: Memo<Asked>, facets: Facets, wish: Wish) -> impl IntoView {
    let word =
        move |name: &'static str| Signal::derive(move || asked.with(|asked| asked.word(name)));
    let trainable = move || {
        let choice = |value: &'static str, label: &str| {
            let count = facets.count("trainable", value);
            Choice::new(value, count.map_or(label.to_owned(), |count| format!("{label} ({count})")))
        };
        view! {
            <FilterSelect
                id="conversations-trainable"
                name="trainable"
                label="Trainable"
                all="All"
                choices=vec![choice("true", "Trainable"), choice("false", "Not trainable")]
                value=word("trainable")
                on_change=wish
            />
        }
    };
    let selects = SELECTS.map(|(name, label, all)| {
        move || {
            let choices = facets.choices(name, &asked.with(|asked| asked.word(name)));
            view! {
                <FilterSelect
                    id=format!("conversations-{name}")
                    name=name
                    label=label
                    all=all
                    choices=choices
                    value=word(name)
                    on_change=wish
                />
            }
        }
    });
    let selects = parts(selects);
    view! {
        <div class="conversation-more-fields">
            <Checked name="scoreMin" label="Score from" check=is_score asked=asked wish=wish />
            <Checked name="scoreMax" label="Score to" check=is_score asked=asked wish=wish />
            {trainable}
            {selects}
            <Checked name="from" label="From" kind="date" check=is_day asked=asked wish=wish />
            <Checked name="to" label="To" kind="date" check=is_day asked=asked wish=wish />
            <TokensOver asked=asked wish=wish />
            <FilterSelect
                id="conversations-proposed"
                name="proposed"
                label="Proposed revision"
                all="All"
                choices=vec![Choice::new("true", "Waiting"), Choice::new("false", "None")]
                value=word("proposed")
                on_change=wish
            />
        </div>
        <div class="cluster">
            <Several
                name="likeness"
                label="Similar"
                words=Likeness::CHOICES
                asked=asked
                facets=facets
            />
            <Several
                name="finding"
                label="Content checks"
                words=FindingKind::CHOICES
                asked=asked
                facets=facets
            />
        </div>
    }
    .into_any()
}

/// Longer than a number of tokens, with the usual ones at hand.
#[component]
fn TokensOver(asked: Memo<Asked>, wish: Wish) -> impl IntoView {
    let target = |(tokens, label): (&'static str, &'static str)| {
        let choose = move |()| wish.run(("tokensOver", tokens.to_owned()));
        view! {
            <Button small=true variant=ButtonVariant::Ghost on_press=choose>
                <span class="visually-hidden">"Over "</span>
                {label}
                <span class="visually-hidden">" tokens"</span>
            </Button>
        }
    };
    view! {
        <div>
            <Checked name="tokensOver" label="Tokens over" check=is_count asked=asked wish=wish />
            <div class="conversation-targets" data-needs-script="">
                {parts(TARGETS.map(target))}
            </div>
        </div>
    }
    .into_any()
}

/// What a typed word means in the address, or what is wrong with it. `None`: it is not finished.
type Check = fn(&str) -> Option<Result<String, &'static str>>;

fn is_score(word: &str) -> Option<Result<String, &'static str>> {
    let score = score(word).map(|score| score.to_string());
    Some(score.ok_or("A score is a number from 0 to 10."))
}

fn is_count(word: &str) -> Option<Result<String, &'static str>> {
    let count = word.parse::<u32>().ok().filter(|count| *count <= i32::MAX.unsigned_abs());
    Some(count.map(|count| count.to_string()).ok_or("Enter a whole number."))
}

/// Half typed it is no day yet.
fn is_day(word: &str) -> Option<Result<String, &'static str>> {
    day(word).map(|day| Ok(day.to_string()))
}

/// A field whose word has to mean something.
#[component]
fn Checked(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    check: Check,
    asked: Memo<Asked>,
    wish: Wish,
) -> impl IntoView {
    let wrong = RwSignal::new(None::<(String, &'static str)>);
    let own = Memo::new(move |_| asked.with(|asked| asked.word(name)));
    Effect::new(move |_| {
        let _ = own.get();
        wrong.set(None);
    });
    // What is wrong stays as it was typed, beside the sentence.
    let value = Signal::derive(move || {
        let typed = wrong.with(|wrong| wrong.as_ref().map(|(word, _)| word.clone()));
        typed.unwrap_or_else(|| own.get())
    });
    let error = Signal::derive(move || {
        wrong.with(|wrong| wrong.as_ref().map(|(_, sentence)| (*sentence).to_owned()))
    });
    let tries = Tries::default();
    let commit = move |text: String| {
        tries.again();
        let word = text.trim();
        let meant = if word.is_empty() { Some(Ok(String::new())) } else { check(word) };
        match meant {
            Some(Ok(word)) => {
                wrong.set(None);
                wish.run((name, word));
            }
            Some(Err(sentence)) => wrong.set(Some((text, sentence))),
            None => {}
        }
    };
    view! {
        <Provider value=tries>
            <TextField
                id=format!("conversations-{name}")
                name=name
                label=label
                kind=kind
                numeric=name == "tokensOver"
                value=value
                error=error
                on_commit=commit
            />
        </Provider>
    }
    .into_any()
}
