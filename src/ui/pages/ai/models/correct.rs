//! One model as an administrator corrects or adds it: typed first, then confirmed with what it
//! changes.

use super::Subject;
use crate::{
    api::ai::{CorrectModel, CorrectionRequest},
    domain::{
        ai::models::{
            Catalog, Model, Thinking,
            correction::{BATCH_PERCENT, PRICE, PRICES, TOKENS, Typed, entry, only_tier, typed},
        },
        number::NumberRule,
    },
    ui::{
        client::rest::Call,
        components::{
            Choice, ConfirmDialog, Difference, DifferenceList, Entered, NumberEntry, Select,
            Switch, TextField, format_number, parts,
        },
        form::{FetchForm, FormDone, FormState},
    },
};
use leptos::prelude::*;
use serde_json::{Value, json};

const FIELDS: &[&str] = &[
    "id",
    "name",
    "contextWindow",
    "outputLimit",
    "retires",
    "replacement",
    "efforts",
    "cacheMinimum",
    "batchPercent",
    "input",
    "output",
    "cacheWrite5m",
    "cacheWrite1h",
    "cacheRead",
    "from",
];

/// The texts of the form, in its order: the names of [`Typed`], labels and hints.
const TEXTS: [(&str, &str, &str); 8] = [
    ("name", "Name", ""),
    ("contextWindow", "Context window (tokens)", ""),
    ("outputLimit", "Output limit (tokens)", ""),
    ("retires", "Retires on", "The first day without it, such as 2027-01-31. Empty: not known."),
    ("replacement", "Replacement", "The id of the model to use instead."),
    ("efforts", "Efforts", "Such as low, medium, high. Empty: it takes none."),
    ("cacheMinimum", "Shortest cached prompt (tokens)", ""),
    ("batchPercent", "Price of batches (% of the prices)", ""),
];

/// What is confirmed: the entry that is sent, and what it changes.
type Asked = Option<(Value, Vec<Difference>)>;

#[component]
pub fn CorrectDialog(
    models: RwSignal<Vec<Model>>,
    subject: RwSignal<Subject>,
    open: RwSignal<bool>,
    /// Receives the catalog with the correction.
    #[prop(into)]
    on_done: Callback<Catalog>,
) -> impl IntoView {
    let form = FormState::new("correct-model-form", FIELDS);
    let (fields, asked) = (RwSignal::new(Typed::new()), RwSignal::new(Asked::None));
    Effect::new(move |_| {
        if open.get() {
            form.clear();
            asked.set(None);
            fields.set(subject.with_untracked(Subject::typed));
        }
    });
    let proceed = move |()| match asked.get_untracked() {
        None => {
            let now = fields.get_untracked();
            match with_catalog(&models.get_untracked(), |catalog| entry(catalog, &now)) {
                Err(errors) => form.refuse(errors),
                Ok(entry) => {
                    let changes =
                        subject.with_untracked(|subject| changes(subject.known.as_ref(), &now));
                    form.clear();
                    if changes.is_empty() {
                        form.done("Nothing has changed.");
                    } else {
                        asked.set(Some((entry, changes)));
                    }
                }
            }
        }
        Some((entry, _)) => {
            let id = fields.with_untracked(|fields| fields.get("id").cloned().unwrap_or_default());
            let call =
                Call::<CorrectModel>::new(id.trim().to_owned(), &CorrectionRequest { entry });
            form.send(call, move |answer| {
                open.set(false);
                on_done.run(answer.catalog);
            });
        }
    };
    // From the question back to what was typed; from there out.
    let cancel = move |()| {
        form.clear();
        if asked.with_untracked(Option::is_some) { asked.set(None) } else { open.set(false) }
    };
    let title = Signal::derive(move || {
        let name = subject.with(|subject| subject.known.as_ref().map(|model| model.name.clone()));
        match (name, asked.with(Option::is_some)) {
            (Some(name), false) => format!("Correct {name}"),
            (Some(name), true) => format!("Change {name} for everyone?"),
            (None, false) => "Add a model".to_owned(),
            (None, true) => "Add this model for everyone?".to_owned(),
        }
    });
    let confirm = Signal::derive(move || {
        if asked.with(Option::is_some) { "Save" } else { "Review" }.to_owned()
    });
    let content = move || match asked.get() {
        Some((entry, changes)) => {
            let back = entry.is_null().then(
                || view! { <p>"The correction is removed; the built-in entry applies again."</p> },
            );
            view! {
                {back}
                <DifferenceList items=changes />
            }
            .into_any()
        }
        None => {
            let subject = subject.get_untracked();
            view! { <ModelFields form=form fields=fields subject=subject /> }.into_any()
        }
    };
    view! {
        <ConfirmDialog
            id="correct-model"
            title=title
            open=open
            confirm=confirm
            on_confirm=proceed
            on_cancel=cancel
            busy=form.busy
        >
            <FetchForm form=form on_send=proceed>
                <Show when=move || open.get()>{content}</Show>
                <FormDone form=form />
            </FetchForm>
        </ConfirmDialog>
    }
    .into_any()
}

impl Subject {
    /// What the form shows at first.
    fn typed(&self) -> Typed {
        let mut first = typed(self.known.as_ref());
        if let Some(listed) = &self.listed {
            first.extend([
                ("id".to_owned(), listed.id.clone()),
                ("name".to_owned(), listed.name.clone()),
            ]);
        }
        first
    }
}

/// What there is to type about a model.
#[component]
fn ModelFields(form: FormState, fields: RwSignal<Typed>, subject: Subject) -> impl IntoView {
    let texts = TEXTS.map(|(name, label, hint)| match name {
        "contextWindow" | "outputLimit" | "cacheMinimum" => view! {
            <ModelNumber form=form fields=fields name=name label=label rule=TOKENS />
        }
        .into_any(),
        "batchPercent" => view! {
            <ModelNumber form=form fields=fields name=name label=label rule=BATCH_PERCENT />
        }
        .into_any(),
        _ => view! { <ModelText form=form fields=fields name=name label=label hint=hint /> }
            .into_any(),
    });
    let tiered = subject.known.as_ref().is_some_and(|model| only_tier(model).is_none());
    let prices = if tiered {
        let words = "Its prices depend on the size of the prompt. Correct them through the API.";
        view! { <p>{words}</p> }.into_any()
    } else {
        let inputs = PRICES.map(|(name, label)| {
            let label = format!("{label} (USD per million tokens)");
            view! { <ModelNumber form=form fields=fields name=name label=label rule=PRICE /> }
        });
        view! {
            {parts(inputs)}
            <ModelText
                form=form
                fields=fields
                name="from"
                label="New prices from"
                hint="Empty: they replace the old ones."
            />
        }
        .into_any()
    };
    let choices = [
        ("none", "Takes none"),
        ("one_of", "Temperature or top P"),
        ("both", "Temperature and top P"),
    ];
    let word = move |name| {
        Signal::derive(move || match value(fields, name).get() {
            word if word.is_empty() => "none".to_owned(),
            word => word,
        })
    };
    let thinking = Thinking::CHOICES.iter().map(|it| Choice::new(it.value, it.label));
    view! {
        <div class="columns">
            <ModelText
                form=form
                fields=fields
                name="id"
                label="Id"
                hint="As a request names it."
                disabled=subject.known.is_some()
            />
            {parts(texts)}
            <Select
                id="model-sampling"
                label="Sampling"
                choices=choices.map(|(word, label)| Choice::new(word, label)).to_vec()
                value=word("sampling")
                on_change=move |word| set(fields, "sampling", word)
            />
            <Select
                id="model-thinking"
                label="Thinks"
                choices=thinking.collect()
                value=word("thinking")
                on_change=move |word| set(fields, "thinking", word)
            />
            {prices}
        </div>
        <Switch
            id="model-deprecated"
            label="Deprecated"
            value=Signal::derive(move || value(fields, "deprecated").get() == "true")
            on_change=move |on: bool| set(fields, "deprecated", on.to_string())
        />
    }
    .into_any()
}

#[component]
fn ModelText(
    form: FormState,
    fields: RwSignal<Typed>,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    #[prop(optional)] disabled: bool,
) -> impl IntoView {
    view! {
        <TextField
            id=format!("model-{name}")
            name=name
            label=label
            hint=hint
            value=value(fields, name)
            on_change=move |text| set(fields, name, text)
            error=form.error(name)
            disabled=disabled
        />
    }
}

#[component]
fn ModelNumber(
    form: FormState,
    fields: RwSignal<Typed>,
    name: &'static str,
    #[prop(into)] label: String,
    rule: NumberRule,
) -> impl IntoView {
    let entered = move |entered| match entered {
        Entered::Number(number) => set(fields, name, format_number(number, 1.0)),
        Entered::Empty => set(fields, name, String::new()),
        Entered::Unread(text) => set(fields, name, text),
    };
    view! {
        <NumberEntry
            id=format!("model-{name}")
            label=label
            value=value(fields, name)
            rule=rule
            on_edit=entered
            error=form.error(name)
        />
    }
}

fn value(fields: RwSignal<Typed>, name: &'static str) -> Signal<String> {
    Signal::derive(move || fields.with(|fields| fields.get(name).cloned().unwrap_or_default()))
}

fn set(fields: RwSignal<Typed>, name: &str, text: String) {
    fields.update(|fields| {
        fields.insert(name.to_owned(), text);
    });
}

/// What is typed against what stands, in the order of the form.
fn changes(known: Option<&Model>, now: &Typed) -> Vec<Difference> {
    let before = typed(known);
    let labels =
        [("id", "Id")].into_iter().chain(TEXTS.map(|(name, label, _)| (name, label))).chain(PRICES);
    let labels = labels.chain([
        ("from", "New prices from"),
        ("sampling", "Sampling"),
        ("thinking", "Thinks"),
        ("deprecated", "Deprecated"),
    ]);
    let text = |fields: &Typed, name: &str| {
        fields.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let changed = labels.filter(|(name, _)| text(&before, name) != text(now, name));
    changed
        .map(|(name, label)| Difference {
            label: label.into(),
            old: text(&before, name),
            new: text(now, name),
            beneath: None,
        })
        .collect()
}

/// A catalog of these models, for the rules that look at others.
fn with_catalog<T>(models: &[Model], ask: impl FnOnce(&Catalog) -> T) -> T {
    let entries: Vec<(String, Value)> =
        models.iter().map(|model| (model.id.clone(), json!(model))).collect();
    let entries = entries.iter().map(|(id, entry)| (id.as_str(), entry));
    ask(&Catalog::built_in().with_overrides(entries).0)
}
