//! Picking what is maintained: a table or an index from the list, or the whole database as a choice
//! of its own.

use crate::{
    api::{
        database::health::{load_indexes, load_tables},
        error::ApiError,
    },
    domain::database::{
        IndexQuery, IndexSort, ObjectName, OperationKind, Panel, TableQuery, TableSort, Target,
    },
    ui::{
        client::settled::settled,
        components::{Button, Choice, SearchField, SegmentedControl, rows},
        form::focus,
    },
};
use leptos::prelude::*;

/// Names that are offered at once.
const OFFERED: i64 = 8;
const REST_MS: u32 = 250;

/// What kind of thing a target is, as the control names it.
fn kind_of(target: &Target) -> &'static str {
    match target {
        Target::Table(_) => "table",
        Target::Index(_) => "index",
        Target::WholeDatabase => "database",
    }
}

/// What an operation can be done to.
fn kinds(operation: OperationKind) -> Vec<(&'static str, &'static str)> {
    let all = [("table", "A table"), ("index", "An index"), ("database", "The whole database")];
    let fits = |kind: &str| match operation {
        OperationKind::DropInvalidIndex => kind == "index",
        OperationKind::Reindex => true,
        _ => kind != "index",
    };
    all.into_iter().filter(|(kind, _)| fits(kind)).collect()
}

/// Whether the operation can be done to it at all.
pub fn fits(operation: OperationKind, target: &Target) -> bool {
    kinds(operation).iter().any(|(kind, _)| *kind == kind_of(target))
}

/// The picker. `target` is what is chosen.
#[component]
pub fn TargetPicker(
    operation: RwSignal<OperationKind>,
    target: RwSignal<Option<Target>>,
) -> impl IntoView {
    let kind = RwSignal::new(
        target.with_untracked(|target| target.as_ref().map_or("table", kind_of)).to_owned(),
    );
    Effect::new(move |_| {
        if let Some(chosen) = target.with(|target| target.as_ref().map(kind_of)) {
            kind.set(chosen.to_owned());
        } else if !kinds(operation.get())
            .iter()
            .any(|(own, _)| kind.with_untracked(|kind| kind == own))
        {
            kind.set(kinds(operation.get_untracked())[0].0.to_owned());
        }
    });
    let choose_kind = move |word: String| {
        target.set((word == "database").then_some(Target::WholeDatabase));
        kind.set(word);
    };
    let control = move || {
        let choices = kinds(operation.get())
            .into_iter()
            .map(|(word, label)| Choice::new(word, label))
            .collect::<Vec<_>>();
        view! {
            <SegmentedControl
                id="target-kind"
                name="target-kind"
                label="Target"
                choices=choices
                value=kind
                on_change=choose_kind
            />
        }
    };
    let chosen = move || match (target.get(), kind.get().as_str()) {
        (Some(Target::WholeDatabase), _) => {
            view! { <p>"Every table of the database, one after the other."</p> }.into_any()
        }
        (Some(Target::Table(name) | Target::Index(name)), _) => {
            let again = move |()| {
                target.set(None);
                focus("#target-search");
            };
            view! {
                <p class="cluster">
                    <span>"Chosen: " <code translate="no">{name.to_string()}</code></span>
                    <Button small=true on_press=again>
                        "Choose another"
                    </Button>
                </p>
            }
            .into_any()
        }
        (None, kind) => {
            let indexes = kind == "index";
            view! { <Offers operation=operation target=target indexes=indexes /> }.into_any()
        }
    };
    view! {
        <div class="stack" data-gap="s">
            {control}
            {chosen}
        </div>
    }
    .into_any()
}

/// The names that fit what is typed.
#[component]
fn Offers(
    operation: RwSignal<OperationKind>,
    target: RwSignal<Option<Target>>,
    indexes: bool,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let wanted = settled(Memo::new(move |_| typed.get()), REST_MS);
    let invalid = Memo::new(move |_| operation.get() == OperationKind::DropInvalidIndex);
    let found = LocalResource::new(move || names(wanted.get(), indexes, invalid.get()));
    let pick = Callback::new(move |name: ObjectName| {
        target.set(Some(if indexes { Target::Index(name) } else { Target::Table(name) }));
        focus("#maintenance-form .database-preflight");
    });
    let list = move || {
        found.get().map(|names| match names {
            Ok(names) if names.is_empty() => {
                let nothing = match wanted.get_untracked() {
                    search if search.trim().is_empty() => "Nothing to choose from.".to_owned(),
                    search => format!("No results for “{}”", search.trim()),
                };
                view! { <p role="status">{nothing}</p> }.into_any()
            }
            Ok(names) => {
                let rows = rows(names, Clone::clone, |name| {
                    let label = name.to_string();
                    view! {
                        <li>
                            <button
                                type="button"
                                class="database-offer"
                                translate="no"
                                on:click=move |_| pick.run(name.clone())
                            >
                                {label}
                            </button>
                        </li>
                    }
                });
                view! {
                    <ul class="database-offers" aria-label="Found">
                        {rows}
                    </ul>
                }
                .into_any()
            }
            Err(sentence) => view! { <p role="alert">{sentence}</p> }.into_any(),
        })
    };
    let label = if indexes { "Search an index" } else { "Search a table" };
    view! {
        <SearchField
            id="target-search"
            label=label
            value=typed
            on_change=move |text| typed.set(text)
        />
        {list}
    }
    .into_any()
}

/// Names that hold the text, or a sentence why there are none.
async fn names(text: String, indexes: bool, invalid: bool) -> Result<Vec<ObjectName>, String> {
    let search = Some(text).filter(|text| !text.trim().is_empty());
    let read: Result<Panel<Vec<ObjectName>>, ApiError> = if indexes {
        let problem = invalid.then_some(crate::domain::database::IndexProblem::Invalid);
        let query = IndexQuery {
            search,
            problem,
            sort: IndexSort::Name,
            limit: Some(OFFERED),
            ..IndexQuery::default()
        };
        load_indexes(query)
            .await
            .map(|page| page.map(|page| page.indexes.into_iter().map(|row| row.index).collect()))
    } else {
        let query = TableQuery {
            search,
            sort: TableSort::Name,
            limit: Some(OFFERED),
            ..TableQuery::default()
        };
        load_tables(query)
            .await
            .map(|page| page.map(|page| page.tables.into_iter().map(|row| row.table).collect()))
    };
    match read {
        Ok(Panel::Reading(reading)) => Ok(reading.value),
        Ok(Panel::Unavailable { unavailable }) => Err(unavailable.reason),
        Err(error) => Err(error.error),
    }
}
