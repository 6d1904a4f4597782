//! Saving, changing and removing a view.

use super::{super::stored, BUTTON, Views};
use crate::{
    api::{
        error::ApiError,
        operation::Nothing,
        saved_views::{
            ChangeSavedView, RemoveSavedView, SaveView, SavedViewAnswer, SavedViewRequest,
        },
    },
    domain::{
        field_error::FieldError,
        saved_views::{MAX_NAME, SavedView, view_name},
    },
    ui::{
        call_dialog::QuestionDialog,
        client::{boot::use_user, rest::Call},
        components::{Dialog, Switch, TextField},
        form::{DialogButtons, FetchForm, FormState, focus},
    },
};
use leptos::{prelude::*, task::spawn_local};

/// What the form says.
#[derive(Clone, Copy)]
struct Edit {
    views: Views,
    form: FormState,
    name: RwSignal<String>,
    shares: RwSignal<bool>,
    /// Keeps the columns that are shown.
    columns: RwSignal<bool>,
    /// Of a view that there is: takes the filters and the order that are shown.
    replaces: RwSignal<bool>,
}

impl Edit {
    /// As the view is that is to be changed; a new one is empty.
    fn begin(self, saved: Option<&SavedView>) {
        self.form.clear();
        self.name.set(saved.map(|saved| saved.name.clone()).unwrap_or_default());
        self.shares.set(saved.is_some_and(|saved| saved.is_shared));
        self.columns.set(saved.is_some_and(|saved| saved.columns.is_some()));
        self.replaces.set(false);
    }

    fn request(self, saved: Option<&SavedView>, name: String) -> SavedViewRequest {
        let views = self.views;
        let before = saved.filter(|_| !self.replaces.get_untracked());
        let query = match before {
            Some(saved) => saved.query.clone(),
            None => views.asked.with_untracked(|asked| stored::query(asked, true)),
        };
        let shown = || {
            let shown = views.columns.shown.get_untracked();
            shown.iter().map(|column| column.as_str().to_owned()).collect()
        };
        let kept = before.and_then(|saved| saved.columns.clone());
        let columns = self.columns.get_untracked().then(|| kept.unwrap_or_else(shown));
        SavedViewRequest { name, query, columns, is_shared: self.shares.get_untracked() }
    }

    fn send(self) {
        let Some(saved) = self.views.editing.get_untracked() else { return };
        if self.form.busy.get_untracked() {
            return;
        }
        let name = match view_name(&self.name.get_untracked()) {
            Ok(name) => name,
            Err(errors) => return self.form.refuse(errors),
        };
        let request = self.request(saved.as_ref(), name);
        self.form.clear();
        self.form.busy.set(true);
        spawn_local(async move {
            let answer = match saved {
                Some(saved) => Call::<ChangeSavedView>::new(saved.id, &request).send().await,
                None => Call::<SaveView>::new((), &request).send().await,
            };
            self.take(answer);
        });
    }

    fn take(self, answer: Result<SavedViewAnswer, ApiError>) {
        self.form.busy.try_set(false);
        match answer {
            Ok(_) => {
                self.views.look_again();
                self.close();
            }
            Err(error) if error.fields.is_empty() => {
                let ApiError { error, request_id, .. } = error;
                let told = match request_id.is_empty() {
                    true => error,
                    false => format!("{error} (Request {request_id})"),
                };
                self.form.refuse(vec![FieldError::new("", told)]);
            }
            Err(error) => self.form.refuse(error.fields),
        }
    }

    fn close(self) {
        self.views.editing.set(None);
        focus(format!("#{BUTTON}"));
    }
}

#[component]
pub fn EditDialog(views: Views) -> impl IntoView {
    let edit = Edit {
        views,
        form: FormState::new("view-form", &["name"]),
        name: RwSignal::new(String::new()),
        shares: RwSignal::new(false),
        columns: RwSignal::new(false),
        replaces: RwSignal::new(false),
    };
    let form = edit.form;
    Effect::new(move |_| {
        views.editing.with(|editing| {
            if let Some(saved) = editing {
                edit.begin(saved.as_ref());
            }
        });
    });
    let user = use_user();
    let has_organization = Memo::new(move |_| {
        user.with(|user| user.as_ref().is_some_and(|user| user.organization.is_some()))
    });
    let is_change = Memo::new(move |_| views.editing.with(|it| matches!(it, Some(Some(_)))));
    let title = move || if is_change.get() { "Change the view" } else { "Save this view" };
    view! {
        <Dialog
            id="view-dialog"
            title=Signal::derive(move || title().to_owned())
            open=Signal::derive(move || views.editing.with(Option::is_some))
            on_close=move |()| edit.close()
            footer=move || {
                view! {
                    <DialogButtons form=form on_cancel=move |()| edit.close()>
                        "Save"
                    </DialogButtons>
                }
            }
        >
            <FetchForm form=form on_send=move |()| edit.send()>
                <TextField
                    id="view-name"
                    label="Name"
                    autofocus=true
                    max_length=u32::try_from(MAX_NAME).unwrap_or(80)
                    value=edit.name
                    on_change=move |text| edit.name.set(text)
                    error=form.error("name")
                />
                <Show when=move || is_change.get()>
                    <Switch
                        id="view-replaces"
                        label="Replace its filters with those shown now"
                        value=edit.replaces
                        on_change=move |on| edit.replaces.set(on)
                    />
                </Show>
                <Switch
                    id="view-columns"
                    label="Keep the columns"
                    value=edit.columns
                    on_change=move |on| edit.columns.set(on)
                />
                <Show when=move || has_organization.get()>
                    <Switch
                        id="view-shares"
                        label="Share with the organization"
                        value=edit.shares
                        on_change=move |on| edit.shares.set(on)
                    />
                </Show>
            </FetchForm>
        </Dialog>
    }
    .into_any()
}

#[component]
pub fn RemoveDialog(views: Views) -> impl IntoView {
    let call = |saved: SavedView| Call::<RemoveSavedView>::new(saved.id, &Nothing {});
    view! {
        <QuestionDialog
            id="view-remove"
            question=views.removing
            title=|saved| format!("Remove “{}”?", saved.name)
            confirm=|_| "Remove the view".to_owned()
            name=|saved| saved.name.clone()
            call=call
            on_done=move |_| {
                views.look_again();
                focus(format!("#{BUTTON}"));
            }
            danger=true
        >
            <p>"The conversations stay. A shared view is gone for all members."</p>
        </QuestionDialog>
    }
    .into_any()
}
