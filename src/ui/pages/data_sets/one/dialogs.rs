//! Renaming and removing a data set, and removing one of its versions.

use super::{super::sets::NamesDialog, state::Page};
use crate::{
    api::{
        data_sets::{DataSetPatch, DeleteDataSet, DeleteDataSetVersion, UpdateDataSet},
        operation::{Done, Nothing},
    },
    domain::data_sets::DataSetVersionView,
    ui::{
        call_dialog::{CallDialog, QuestionDialog},
        client::rest::Call,
        form::FormState,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

#[component]
pub fn RenameDialog(page: Page) -> impl IntoView {
    let form = FormState::new("rename-data-set-form", &["name", "description"]);
    let (name, description) = page.set.with_untracked(|set| {
        (RwSignal::new(set.name.clone()), RwSignal::new(set.description.clone()))
    });
    let send = move |()| {
        let patch = DataSetPatch {
            name: Some(name.get_untracked()),
            description: Some(description.get_untracked()),
        };
        form.send(Call::<UpdateDataSet>::new(page.id, &patch), move |answer| {
            // The page may be gone.
            page.renaming.try_set(false);
            name.try_set(answer.data_set.name.clone());
            description.try_set(answer.data_set.description.clone());
            page.set.try_set(answer.data_set);
        });
    };
    view! {
        <NamesDialog
            id="rename-data-set"
            title="Rename the data set"
            confirm="Save"
            open=page.renaming
            form=form
            name=name
            description=description
            on_send=send
        />
    }
    .into_any()
}

#[component]
pub fn RemoveDialog(page: Page) -> impl IntoView {
    let navigate = use_navigate();
    let name = Signal::derive(move || page.set.with(|set| set.name.clone()));
    let call = move |()| Call::<DeleteDataSet>::new(page.id, &Nothing {});
    view! {
        <CallDialog
            id="remove-data-set"
            title=Signal::derive(move || format!("Remove “{}”?", name.get()))
            open=page.removing
            confirm="Remove"
            target=name
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
pub fn RemoveVersionDialog(page: Page) -> impl IntoView {
    let name = |version: &DataSetVersionView| format!("version {}", version.summary.number);
    let call = |version: DataSetVersionView| {
        Call::<DeleteDataSetVersion>::new(version.summary.id, &Nothing {})
    };
    let done = move |(version, _): (DataSetVersionView, Done)| page.forget(version.summary.id);
    view! {
        <QuestionDialog
            id="remove-version"
            question=page.removing_version
            title=|version| format!("Remove version {}?", version.summary.number)
            confirm=|_| "Remove".to_owned()
            name=name
            call=call
            on_done=done
            danger=true
        >
            <p>
                "It cannot be brought back. Its conversations stay, and the parts they are in."
            </p>
        </QuestionDialog>
    }
    .into_any()
}
