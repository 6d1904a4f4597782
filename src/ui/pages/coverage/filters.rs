//! What the rows and columns are, and what narrows them. Each works at once and stands in the
//! address; without a script they are a plain form.

use super::asked::{Asked, PAGE, TARGET};
use crate::{
    api::conversations::load_facets,
    domain::{
        conversations::{ConversationQuery, Facet, FacetsAnswer, Tier},
        coverage::Dimension,
    },
    ui::{
        client::resource::resource,
        components::{Choice, FilterForm, FilterSelect, Select, rows},
        loaded::Loaded,
        paged_list::Wish,
    },
};
use leptos::prelude::*;

#[component]
pub fn Filters(asked: Memo<Asked>, wish: Wish) -> impl IntoView {
    let facets = resource(|| (), |()| load_facets(ConversationQuery::default()));
    let others = move |facets: FacetsAnswer| {
        move || {
            let dimensions = asked.with(|asked| asked.matrix.others().collect::<Vec<_>>());
            rows(
                dimensions,
                |dimension| *dimension,
                |dimension| {
                    let choices = choices(&facets, dimension, asked);
                    view! { <Other dimension=dimension choices=choices asked=asked wish=wish /> }
                },
            )
        }
    };
    let hidden = move || {
        let target = asked.with(|asked| asked.target);
        target.map(|target| view! { <input type="hidden" name=TARGET value=target /> })
    };
    view! {
        <FilterForm action=PAGE>
            <Axis name="rows" label="Rows" asked=asked wish=wish />
            <Axis name="columns" label="Columns" asked=asked wish=wish />
            <Loaded read=facets label="Loading the filters" lines=1 children=others />
            <label class="choice">
                <input
                    class="check"
                    type="checkbox"
                    name="demonstration"
                    value="true"
                    autocomplete="off"
                    checked=asked.with_untracked(|asked| asked.matrix.demonstration)
                    prop:checked=move || asked.with(|asked| asked.matrix.demonstration)
                    on:change:target=move |event| {
                        let word = if event.target().checked() { "true" } else { "" };
                        wish.run(("demonstration", word.to_owned()));
                    }
                />
                <span>"Include demonstration data"</span>
            </label>
            {hidden}
        </FilterForm>
    }
    .into_any()
}

/// What the rows are, or the columns.
#[component]
fn Axis(name: &'static str, label: &'static str, asked: Memo<Asked>, wish: Wish) -> impl IntoView {
    let choices = Dimension::CHOICES.iter().map(|it| Choice::new(it.value, it.label)).collect();
    let value = Signal::derive(move || {
        asked.with(|Asked { matrix, .. }| {
            let axis = if name == "rows" { matrix.rows } else { matrix.columns };
            axis.to_string()
        })
    });
    view! {
        <Select
            id=format!("coverage-{name}")
            name=name
            label=label
            choices=choices
            value=value
            on_change=move |word| wish.run((name, word))
        />
    }
    .into_any()
}

/// A filter by what is neither.
#[component]
fn Other(
    dimension: Dimension,
    choices: Vec<Choice>,
    asked: Memo<Asked>,
    wish: Wish,
) -> impl IntoView {
    let value = Signal::derive(move || {
        asked.with(|asked| asked.matrix.filter(dimension).unwrap_or_default().to_owned())
    });
    let all = match dimension {
        Dimension::Persona => "All personas",
        Dimension::Emotion => "All emotions",
        Dimension::Topic => "All topics",
        Dimension::Tier => "All tiers",
    };
    view! {
        <FilterSelect
            id=format!("coverage-{dimension}")
            name=dimension.as_str()
            label=dimension.label()
            all=all
            choices=choices
            value=value
            on_change=wish
        />
    }
    .into_any()
}

/// The values to choose from; the one that is chosen is always among them.
fn choices(facets: &FacetsAnswer, dimension: Dimension, asked: Memo<Asked>) -> Vec<Choice> {
    let named = |facets: &[Facet]| {
        facets.iter().map(|it| Choice::new(&*it.value, &*it.label).named()).collect::<Vec<_>>()
    };
    let mut choices = match dimension {
        Dimension::Persona => named(&facets.persona),
        Dimension::Emotion => named(&facets.emotion),
        Dimension::Topic => named(&facets.topic),
        Dimension::Tier => {
            return Tier::CHOICES.iter().map(|it| Choice::new(it.value, it.label)).collect();
        }
    };
    asked.with_untracked(|asked| {
        if let Some(chosen) = asked.matrix.filter(dimension)
            && !choices.iter().any(|choice| choice.value == chosen)
        {
            choices.push(Choice::new(chosen, chosen).named());
        }
    });
    choices
}
