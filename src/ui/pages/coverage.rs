//! `/coverage`: which combinations have conversations and which have none, and how long they are.
//! What is shown stands in the address.

mod asked;
mod filters;
mod gaps;
mod length;
mod matrix;

use crate::{
    api::coverage::load_coverage,
    domain::coverage::CoverageAnswer,
    ui::{
        client::resource::resource,
        components::{
            ButtonVariant, Card, EmptyState, IconName, LinkButton, PageHeader, PageTitle,
        },
        loaded::Loaded,
        page_query::use_page_query,
        paged_list::Wish,
    },
};
use asked::Asked;
use filters::Filters;
use gaps::Gaps;
use length::LengthCard;
use leptos::prelude::*;
use leptos_router::{LazyRoute, NavigateOptions, hooks::use_navigate, lazy_route};
use matrix::Matrix;

/// The page, loaded when it is visited.
pub struct CoveragePage;

#[lazy_route]
impl LazyRoute for CoveragePage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! { <Coverage /> }.into_any()
    }
}

#[component]
fn Coverage() -> impl IntoView {
    let query = use_page_query();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let navigate = use_navigate();
    let wish = Wish::new(move |(name, word): (&'static str, String)| {
        let wanted = asked.get_untracked().with(name, &word);
        if wanted != asked.get_untracked() {
            let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
            navigate(&wanted.address(), options);
        }
    });
    let wanted = Memo::new(move |_| asked.with(|asked| asked.matrix.clone()));
    let read = resource(move || wanted.get(), load_coverage);
    let shown = move |answer: CoverageAnswer| {
        let asked = asked.get_untracked();
        view! { <Shown answer=answer asked=asked /> }
    };
    view! {
        <PageTitle text="Coverage" />
        <PageHeader
            title="Coverage"
            hint="Which combinations have conversations, and how long they are."
        />
        <Filters asked=asked wish=wish />
        <div class="stack">
            <Card
                id="coverage-matrix"
                title="Combinations"
                hint="In each cell: conversations, the approved share, and the mean score."
            >
                <Loaded read=read label="Counting the conversations" lines=9 children=shown />
            </Card>
            <LengthCard asked=asked wish=wish />
        </div>
    }
    .into_any()
}

/// What was counted, or why there is nothing.
#[component]
fn Shown(answer: CoverageAnswer, asked: Asked) -> impl IntoView {
    if answer.total == 0 {
        return view! { <Nothing asked=asked /> }.into_any();
    }
    let summary = answer.summary();
    view! {
        <p>{summary} {rarer(&answer, &asked)}</p>
        <Matrix answer=answer.clone() asked=asked.clone() />
        <Gaps answer=answer asked=asked />
    }
    .into_any()
}

/// What is left out of a large matrix.
fn rarer(answer: &CoverageAnswer, asked: &Asked) -> Option<String> {
    let axes = [(asked.matrix.rows, answer.more_rows), (asked.matrix.columns, answer.more_columns)];
    let rarer = axes.into_iter().filter(|(_, more)| *more > 0);
    let rarer: Vec<_> = rarer.map(|(axis, more)| format!("{more} {}", axis.of(more))).collect();
    (!rarer.is_empty()).then(|| format!(" Not shown because they are rarer: {}.", rarer.join(", ")))
}

#[component]
fn Nothing(asked: Asked) -> impl IntoView {
    if asked.is_filtered() {
        let everything = asked.unfiltered().address();
        return view! {
            <EmptyState
                icon=IconName::Search
                title="No matching conversations"
                text="No conversation matches all filters."
                actions=move || view! { <LinkButton href=everything>"Clear filters"</LinkButton> }
            />
        }
        .into_any();
    }
    let (href, label) = if asked.matrix.demonstration {
        ("/".to_owned(), "Add demonstration data")
    } else {
        (asked.with("demonstration", "true").address(), "Include demonstration data")
    };
    view! {
        <EmptyState
            icon=IconName::Layers
            title="No conversations yet"
            text="Once there are some, this shows which combinations are missing."
            actions=move || {
                view! {
                    <LinkButton
                        href="/generate"
                        variant=ButtonVariant::Primary
                        icon=IconName::Spark
                    >
                        "Generate a conversation"
                    </LinkButton>
                    <LinkButton href=href>{label}</LinkButton>
                }
            }
        />
    }
    .into_any()
}
