//! What the table can be narrowed by, with counts. Read after the table, which does not wait for
//! it; what is not known, or could not be read, is left out.

use super::asked::Asked;
use crate::{
    api::conversations::load_facets,
    domain::conversations::{Facet, FacetsAnswer},
    ui::components::Choice,
};
use leptos::{prelude::*, task::spawn_local};

/// The values of each filter among the conversations that the others leave.
#[derive(Clone, Copy)]
pub struct Facets(RwSignal<FacetsAnswer>);

impl Facets {
    /// Follows the filters, and `done`, which counts what was changed.
    pub fn new(asked: Memo<Asked>, done: RwSignal<u32>) -> Self {
        let facets = RwSignal::new(FacetsAnswer::default());
        let filters = Memo::new(move |_| asked.with(Asked::filters));
        let asks = StoredValue::new(0_u32);
        Effect::new(move |_| {
            let query = filters.with(Asked::query);
            done.track();
            asks.update_value(|count| *count = count.wrapping_add(1));
            let own = asks.get_value();
            spawn_local(async move {
                let answer = load_facets(query).await;
                // `None` when the page is gone meanwhile.
                if asks.try_get_value() != Some(own) {
                    return;
                }
                if let Ok(answer) = answer {
                    facets.set(answer);
                }
            });
        });
        Self(facets)
    }

    /// What people call a value.
    pub fn label(self, name: &str, value: &str) -> Option<String> {
        self.0.with(|answer| {
            let found = of(answer, name).iter().find(|facet| facet.value == value);
            found.map(|facet| facet.label.clone())
        })
    }

    /// How many have a value; nothing while it is not known.
    pub fn count(self, name: &str, value: &str) -> Option<i64> {
        self.0.with(|answer| {
            let all = of(answer, name);
            let found = all.iter().find(|facet| facet.value == value);
            found.map(|facet| facet.count).or((!all.is_empty()).then_some(0))
        })
    }

    /// The values to choose from; the one that is chosen is always among them.
    pub fn choices(self, name: &str, chosen: &str) -> Vec<Choice> {
        let choice = |facet: &Facet| {
            Choice::new(&*facet.value, format!("{} ({})", facet.label, facet.count)).named()
        };
        let mut choices: Vec<_> =
            self.0.with(|answer| of(answer, name).iter().map(choice).collect());
        if !chosen.is_empty() && !choices.iter().any(|choice| choice.value == chosen) {
            let label = if name == "author" { "The chosen person" } else { chosen };
            choices.push(Choice::new(chosen, label).named());
        }
        choices
    }
}

fn of<'a>(answer: &'a FacetsAnswer, name: &str) -> &'a [Facet] {
    match name {
        "status" => &answer.status,
        "tier" => &answer.tier,
        "trainable" => &answer.trainable,
        "likeness" => &answer.likeness,
        "finding" => &answer.finding,
        "persona" => &answer.persona,
        "emotion" => &answer.emotion,
        "topic" => &answer.topic,
        "tag" => &answer.tag,
        "author" => &answer.author,
        _ => &[],
    }
}
