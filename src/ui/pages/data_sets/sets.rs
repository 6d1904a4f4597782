//! The tab of data sets: by name, each with its newest version.

use super::sizes::Sizes;
use crate::{
    api::data_sets::{CreateDataSet, DataSetRequest, DataSetsAnswer, load_data_sets},
    domain::data_sets::{DataSetVersionSummary, DataSetView},
    ui::{
        client::{resource::resource, rest::Call},
        components::{
            Button, ButtonVariant, Card, Dialog, EmptyState, IconName, TextArea, TextField, rows,
        },
        form::{DialogButtons, FetchForm, FormState},
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

#[component]
pub fn SetsTab() -> impl IntoView {
    let read = resource(|| (), |()| load_data_sets());
    let open = RwSignal::new(false);
    let listed = move |answer: DataSetsAnswer| {
        view! { <Listed sets=answer.data_sets open=open /> }
    };
    view! {
        <Card
            id="data-sets"
            title="Data sets"
            hint="Each version stays as it is, and what is in a part stays in it."
            flush=true
            actions=move || {
                view! {
                    <span data-needs-script="">
                        <Button
                            small=true
                            icon=IconName::Plus
                            on_press=move |()| open.set(true)
                        >
                            "New data set…"
                        </Button>
                    </span>
                }
            }
        >
            <Loaded read=read label="Loading the data sets" lines=6 children=listed />
        </Card>
        <NewDataSet open=open />
    }
    .into_any()
}

#[component]
fn Listed(sets: Vec<DataSetView>, open: RwSignal<bool>) -> impl IntoView {
    if sets.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Layers
                title="No data sets yet"
                text="A data set keeps what you train with: versions of conversations, divided \
                into train, validation and test."
                actions=move || {
                    view! {
                        <Button
                            variant=ButtonVariant::Primary
                            on_press=move |()| open.set(true)
                        >
                            "Make the first one…"
                        </Button>
                    }
                }
            />
        }
        .into_any();
    }
    let line = |set: DataSetView| view! { <Line set=set /> };
    view! { <ul class="items">{rows(sets, |set| set.id, line)}</ul> }.into_any()
}

#[component]
fn Line(set: DataSetView) -> impl IntoView {
    let latest = match set.latest {
        Some(latest) => view! { <Latest latest=latest /> }.into_any(),
        None => view! { <span class="item-hint">"No versions yet"</span> }.into_any(),
    };
    let about = (!set.description.is_empty())
        .then(|| view! { <span class="item-hint" translate="no">{set.description}</span> });
    view! {
        <li class="item">
            <div class="item-text">
                <a href=format!("/datasets/{}", set.id)>
                    <strong translate="no">{set.name}</strong>
                </a>
                {about}
                {latest}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn Latest(latest: DataSetVersionSummary) -> impl IntoView {
    view! {
        <span class="item-hint">
            {format!("Version {} · ", latest.number)} <Moment time=latest.created_at />
        </span>
        <Sizes sizes=latest.sizes />
    }
    .into_any()
}

#[component]
fn NewDataSet(open: RwSignal<bool>) -> impl IntoView {
    let form = FormState::new("new-data-set-form", &["name", "description"]);
    let name = RwSignal::new(String::new());
    let description = RwSignal::new(String::new());
    let navigate = use_navigate();
    let send = move |()| {
        let navigate = navigate.clone();
        let request =
            DataSetRequest { name: name.get_untracked(), description: description.get_untracked() };
        form.send(Call::<CreateDataSet>::new((), &request), move |answer| {
            open.try_set(false);
            navigate(&format!("/datasets/{}", answer.data_set.id), Default::default());
        });
    };
    view! {
        <NamesDialog
            id="new-data-set"
            title="New data set"
            confirm="Create"
            open=open
            form=form
            name=name
            description=description
            on_send=send
        />
    }
    .into_any()
}

/// Asks for what every data set has, its name and what it is for.
#[component]
pub fn NamesDialog(
    id: &'static str,
    title: &'static str,
    confirm: &'static str,
    open: RwSignal<bool>,
    form: FormState,
    name: RwSignal<String>,
    description: RwSignal<String>,
    #[prop(into)] on_send: Callback<()>,
) -> impl IntoView {
    // What was typed stays for when the dialog is opened again.
    let close = move |()| {
        form.clear();
        open.set(false);
    };
    view! {
        <Dialog
            id=id
            title=title
            open=open
            on_close=close
            footer=move || {
                view! {
                    <DialogButtons form=form on_cancel=close>
                        {confirm}
                    </DialogButtons>
                }
            }
        >
            <FetchForm form=form on_send=on_send>
                <TextField
                    id=format!("{}-name", form.id)
                    label="Name"
                    value=name
                    on_change=move |text| name.set(text)
                    error=form.error("name")
                    required=true
                    autofocus=true
                />
                <TextArea
                    id=format!("{}-description", form.id)
                    label="Description"
                    hint="What it is for. Optional."
                    value=description
                    on_change=move |text| description.set(text)
                    error=form.error("description")
                    rows=3
                />
            </FetchForm>
        </Dialog>
    }
    .into_any()
}
