//! One data set with its versions; the address says which of them is shown.

mod card;
mod difference;
mod new_version;
mod version;

use super::{
    sets::{Names, Sizes},
    use_data_set,
};
use crate::{
    api::{
        data_sets::{
            DataSetPatch, DataSetVersionsAnswer, DeleteDataSet, UpdateDataSet, load_data_set,
            load_data_set_version,
        },
        error::ApiError,
        operation::Nothing,
    },
    domain::data_sets::{DataSetVersionSummary, DataSetVersionView, DataSetView},
    ui::{
        call_dialog::CallDialog,
        client::{resource::resource, rest::Call},
        components::{
            Button, ButtonVariant, Card, Dialog, EmptyState, IconName, NeedsScript, PageHeader,
            PageTitle, rows,
        },
        export::{ExportPlace, Exporting},
        form::{DialogButtons, FetchForm, FormState},
        loaded::Loaded,
        moment::Moment,
        page_query::use_page_query,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use new_version::NewVersion;
use uuid::Uuid;
use version::Version;

/// A data set, and the version that is shown; `None` without any.
type Whole = (DataSetVersionsAnswer, Option<DataSetVersionView>);

async fn read(id: Uuid, version: Option<Uuid>) -> Result<Whole, ApiError> {
    let answer = load_data_set(id).await?;
    // One that is not among them, or was removed, is as if none was asked for.
    let all = &answer.versions;
    let shown = all.iter().find(|own| Some(own.id) == version).or(all.first());
    let version = match shown.map(|own| own.id) {
        Some(id) => Some(load_data_set_version(id).await?.version),
        None => None,
    };
    Ok((answer, version))
}

#[component]
pub fn OneDataSet() -> impl IntoView {
    let id = use_data_set();
    let query = use_page_query();
    let version =
        Memo::new(move |_| query.with(|query| Uuid::try_parse(&query.get("version")?).ok()));
    // Counts what was changed here.
    let turn = RwSignal::new(0_u32);
    let exporting = Exporting::provide();
    let read = resource(
        move || (id.get(), version.get(), turn.get()),
        |(id, version, _)| async move { read(id.unwrap_or_default(), version).await },
    );
    let shown = move |(answer, version): Whole| {
        view! {
            <Shown answer=answer version=version turn=turn exporting=exporting />
        }
    };
    view! {
        <ExportPlace exporting=exporting />
        <Loaded
            read=read
            label="Loading the data set"
            lines=8
            refused=|error| view! { <Refused error=error /> }.into_any()
            children=shown
        />
    }
    .into_any()
}

#[component]
fn Refused(error: ApiError) -> impl IntoView {
    view! {
        <PageTitle text="Data set" />
        <EmptyState icon=IconName::Layers title="This data set is not yours" text=error.error />
    }
    .into_any()
}

#[component]
fn Shown(
    answer: DataSetVersionsAnswer,
    version: Option<DataSetVersionView>,
    turn: RwSignal<u32>,
    exporting: Exporting,
) -> impl IntoView {
    let DataSetVersionsAnswer { data_set, versions } = answer;
    let set_id = data_set.id;
    let adding = RwSignal::new(false);
    let shown = version.as_ref().map(|own| own.summary.id);
    // Another version has elements of its own.
    let version = rows(
        version,
        |own| own.summary.id,
        move |own| view! { <Version version=own turn=turn exporting=exporting /> },
    );
    view! {
        <PageTitle text=data_set.name.clone() />
        <Head set=data_set turn=turn adding=adding />
        <div class="stack">
            <NeedsScript text="Making versions and files of them needs JavaScript." />
            <Versions set=set_id versions=versions shown=shown adding=adding />
            {version}
        </div>
        <NewVersion set_id=set_id open=adding turn=turn />
    }
    .into_any()
}

#[component]
fn Head(set: DataSetView, turn: RwSignal<u32>, adding: RwSignal<bool>) -> impl IntoView {
    let (renaming, removing) = (RwSignal::new(false), RwSignal::new(false));
    let can_change = set.can_change;
    let actions = move || {
        let own = can_change.then(|| {
            view! {
                <Button icon=IconName::Pencil on_press=move |()| renaming.set(true)>
                    "Rename…"
                </Button>
                <Button icon=IconName::Trash on_press=move |()| removing.set(true)>
                    "Remove…"
                </Button>
            }
        });
        view! {
            <div class="button-row" data-needs-script="">
                {own}
                <Button
                    variant=ButtonVariant::Primary
                    icon=IconName::Plus
                    on_press=move |()| adding.set(true)
                >
                    "New version…"
                </Button>
            </div>
        }
    };
    let dialogs = can_change.then(|| {
        view! {
            <Rename set=set.clone() open=renaming turn=turn />
            <Remove set=set.clone() open=removing />
        }
    });
    view! {
        <p>
            <a href="/datasets">"All data sets"</a>
        </p>
        <PageHeader title=set.name.clone() hint=set.description.clone() actions=actions />
        {dialogs}
    }
    .into_any()
}

#[component]
fn Rename(set: DataSetView, open: RwSignal<bool>, turn: RwSignal<u32>) -> impl IntoView {
    let form = FormState::new("rename-data-set-form", &["name", "description"]);
    let (name, description) = (RwSignal::new(set.name), RwSignal::new(set.description));
    let send = move |()| {
        let patch = DataSetPatch {
            name: Some(name.get_untracked()),
            description: Some(description.get_untracked()),
        };
        form.send(Call::<UpdateDataSet>::new(set.id, &patch), move |_| {
            open.try_set(false);
            turn.try_update(|turn| *turn += 1);
        });
    };
    let close = move |()| {
        form.clear();
        open.set(false);
    };
    view! {
        <Dialog
            id="rename-data-set"
            title="Rename the data set"
            open=open
            on_close=close
            footer=move || {
                view! {
                    <DialogButtons form=form on_cancel=close>
                        "Save"
                    </DialogButtons>
                }
            }
        >
            <FetchForm form=form on_send=send>
                <Names form=form name=name description=description />
            </FetchForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Remove(set: DataSetView, open: RwSignal<bool>) -> impl IntoView {
    let navigate = use_navigate();
    let id = set.id;
    let call = move |()| Call::<DeleteDataSet>::new(id, &Nothing {});
    view! {
        <CallDialog
            id="remove-data-set"
            title=format!("Remove “{}”?", set.name)
            open=open
            confirm="Remove"
            target=set.name.clone()
            call=call
            on_done=move |_| navigate("/datasets", Default::default())
            danger=true
        >
            <p>
                "All of its versions go, and which conversation was in which part is forgotten. \
                The conversations stay."
            </p>
        </CallDialog>
    }
    .into_any()
}

#[component]
fn Versions(
    set: Uuid,
    versions: Vec<DataSetVersionSummary>,
    shown: Option<Uuid>,
    adding: RwSignal<bool>,
) -> impl IntoView {
    if versions.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Layers
                title="No versions yet"
                text="A version freezes conversations as they are, divided into train, \
                validation and test."
                actions=move || {
                    view! {
                        <Button on_press=move |()| adding.set(true)>"Make version 1…"</Button>
                    }
                }
            />
        }
        .into_any();
    }
    let line = move |own: DataSetVersionSummary| {
        let current = (Some(own.id) == shown).then_some("page");
        let href = format!("/datasets/{set}?version={}", own.id);
        let who = own.author_name.map(|name| {
            view! {
                " · "
                <span translate="no">{name}</span>
            }
        });
        let note = (!own.note.is_empty())
            .then(|| view! { <span class="item-hint" translate="no">{own.note}</span> });
        view! {
            <li class="item">
                <div class="item-text">
                    <a class="data-set-version" href=href aria-current=current>
                        {format!("Version {}", own.number)}
                    </a>
                    {note}
                    <Sizes sizes=own.sizes />
                    <span class="item-hint"><Moment time=own.created_at /> {who}</span>
                </div>
            </li>
        }
    };
    view! {
        <Card id="data-set-versions" title="Versions" flush=true>
            <ul class="items">{rows(versions, |own| own.id, line)}</ul>
        </Card>
    }
    .into_any()
}
