//! The catalog of models, for administrators of the installation: what Claude lists, and what was
//! added or corrected here.

mod correct;

use super::draft::{AiDraft, today};
use crate::{
    api::{ai::RefreshModels, error::ApiError, operation::Nothing},
    domain::ai::{
        models::{Catalog, Model, correction::Standing},
        views::{ListedModel, RefreshAnswer},
    },
    ui::{
        client::rest::Call,
        components::{Badge, Banner, Button, Card, Head, IconName, Table, Tone, rows, text_rows},
        words,
    },
};
use correct::CorrectDialog;
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;

/// What is corrected: a model of the catalog, or one that is not known yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    pub known: Option<Model>,
    /// Of a new one, where Claude lists it.
    pub listed: Option<ListedModel>,
}

/// Every model with its prices, and the ways to change them.
#[component]
pub fn ModelsCard(draft: AiDraft) -> impl IntoView {
    let models = RwSignal::new(draft.models.with_value(|catalog| catalog.models().to_vec()));
    let (subject, open) = (RwSignal::new(Subject::default()), RwSignal::new(false));
    let (busy, compared) =
        (RwSignal::new(false), RwSignal::new(None::<Result<RefreshAnswer, ApiError>>));
    let correct = Callback::new(move |about: Subject| {
        subject.set(about);
        open.set(true);
    });
    let compare = move |()| {
        busy.set(true);
        spawn_local(async move {
            compared.set(Some(Call::<RefreshModels>::new((), &Nothing {}).send().await));
            busy.set(false);
        });
    };
    let corrected = move |catalog: Catalog| {
        compared.set(None);
        models.set(catalog.models().to_vec());
        draft.models.set_value(catalog);
        // Failing, what applies is old until the next visit; the correction itself is stored.
        spawn_local(async move {
            let _ = draft.reload().await;
        });
    };
    let rows = move || {
        rows(
            models.get(),
            |model| model.id.clone(),
            |model| view! { <ModelRow model=model on_correct=correct /> },
        )
    };
    let comparison = move || {
        compared.get().map(|answer| {
            let models = models.get_untracked().into_iter();
            let names = models.map(|model| (model.id, model.name)).collect();
            view! { <Comparison answer=answer names=names on_correct=correct /> }
        })
    };
    let heads = [
        Head::text("Model"),
        Head::number("Input / output per million tokens"),
        Head::text("State"),
        Head::Hidden("Correct"),
    ];
    view! {
        <Card
            id="ai-catalog"
            title="Catalog of models"
            hint="For administrators of the installation. Changes apply to everyone at once."
            flush=true
            actions=move || {
                view! {
                    <Button small=true busy=busy on_press=compare>
                        "Compare with Claude"
                    </Button>
                    <Button
                        small=true
                        icon=IconName::Plus
                        on_press=move |()| correct.run(Subject::default())
                    >
                        "Add model…"
                    </Button>
                }
            }
        >
            <div class="card-status">{comparison}</div>
            <Table label="Model list" heads=heads>
                {rows}
            </Table>
        </Card>
        <CorrectDialog models=models subject=subject open=open on_done=corrected />
    }
    .into_any()
}

#[component]
fn ModelRow(model: Model, on_correct: Callback<Subject>) -> impl IntoView {
    let price = model.base_price(today()).clone();
    let tiers =
        if model.price_on(today()).tiers.len() > 1 { ", more for long prompts" } else { "" };
    let standing = match Standing::of(&model) {
        Standing::Shipped => None,
        Standing::Corrected => Some("Corrected"),
        Standing::Added => Some("Added"),
    };
    let standing = standing.map(|word| view! { <Badge tone=Tone::Accent>{word}</Badge> });
    let fate = match model.retires {
        Some(date) if model.is_retired(today()) => {
            Some((Tone::Danger, format!("Retired {}", words::date(date))))
        }
        Some(date) => Some((Tone::Warning, format!("Retires {}", words::date(date)))),
        None => model.deprecated.then(|| (Tone::Warning, "Deprecated".to_owned())),
    };
    let fate = fate.map(|(tone, words)| view! { <Badge tone=tone>{words}</Badge> });
    let default = model.default.then(|| view! { <Badge tone=Tone::Info>"Default"</Badge> });
    let (name, id) = (model.name.clone(), model.id.clone());
    let label = format!(" {name}");
    let press = move |()| on_correct.run(Subject { known: Some(model.clone()), listed: None });
    view! {
        <tr>
            <th scope="row">{name} <br /> <code translate="no">{id}</code></th>
            <td translate="no" data-num="">
                {format!("{} / {}{tiers}", price.input, price.output)}
            </td>
            <td>{default} {standing} {fate}</td>
            <td>
                <Button small=true on_press=press>
                    "Correct…"
                    <span class="visually-hidden">{label}</span>
                </Button>
            </td>
        </tr>
    }
    .into_any()
}

/// What Claude lists and the catalog does not know, and the other way round.
#[component]
fn Comparison(
    answer: Result<RefreshAnswer, ApiError>,
    /// What people call the models, by their ids.
    names: HashMap<String, String>,
    on_correct: Callback<Subject>,
) -> impl IntoView {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return view! { <Banner tone=Tone::Danger>{error.error}</Banner> }.into_any(),
    };
    if answer.unknown.is_empty() && answer.unlisted.is_empty() {
        return view! { <Banner tone=Tone::Success>"Claude lists the same models."</Banner> }
            .into_any();
    }
    let unknown = rows(
        answer.unknown,
        |listed| listed.id.clone(),
        |listed| {
            let words = format!("{} ({}) is new at Claude.", listed.name, listed.id);
            let name = format!(" {}", listed.name);
            let press =
                move |()| on_correct.run(Subject { known: None, listed: Some(listed.clone()) });
            view! {
                <li>
                    <span>{words}</span>
                    <Button small=true on_press=press>
                        "Add…"
                        <span class="visually-hidden">{name}</span>
                    </Button>
                </li>
            }
        },
    );
    let unlisted = text_rows(answer.unlisted, |id| {
        let name = names.get(&id).cloned().unwrap_or(id);
        view! { <li>{format!("{name} is no longer listed by Claude.")}</li> }
    });
    view! { <ul class="ai-comparison">{unknown} {unlisted}</ul> }.into_any()
}
