//! A file to be imported, and what is said about it.

use super::{Imports, sending};
use crate::{
    api::imports::CreateImport,
    domain::{field_error::FieldError, imports::ImportRequest},
    ui::{
        client::{request_key::RequestKey, rest::Call},
        components::{Card, FileDrop, FileField, TextField},
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use web_sys::File;

/// The file that was chosen; on the server there is none.
type Chosen = StoredValue<Option<SendWrapper<File>>>;

const FIELD: &str = "import-file";

#[component]
pub(super) fn NewImport(imports: Imports) -> impl IntoView {
    let form = FormState::new("new-import", &["fileName", "sizeBytes", "origin", "license"]);
    let file = Chosen::new(None);
    let (origin, license) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (name, size) = (form.error("fileName"), form.error("sizeBytes"));
    let wrong = Signal::derive(move || name.get().or(size.get()));
    let key = RequestKey::default();
    let choose = move |chosen: Option<File>| file.set_value(chosen.map(SendWrapper::new));
    let send = move |()| {
        let Some(chosen) = file.get_value() else {
            form.refuse(vec![FieldError::new("fileName", "Choose a file first.")]);
            return;
        };
        let request = ImportRequest {
            file_name: chosen.name(),
            size_bytes: chosen.size() as i64,
            origin: origin.get_untracked(),
            license: license.get_untracked(),
        };
        let call = Call::<CreateImport>::new((), &request).idempotency_key(key.of(&request));
        form.send(call, move |answer| {
            key.answered();
            imports.list.change(answer.import.clone());
            file.set_value(None);
            form.reset();
            spawn_local(sending::send(imports, answer.import, chosen.take()));
        });
    };
    view! {
        <Card
            id="import"
            title="Import a file"
            hint="JSON Lines (OpenAI, ShareGPT, Alpaca, prompt and completion), JSON, or CSV of \
            Train; at most 2 GiB. It is checked first."
        >
            <FileDrop field=FIELD>
                <FetchForm form=form on_send=send>
                    <FileField
                        id=FIELD
                        label="File"
                        accept=".jsonl,.json,.csv"
                        error=wrong
                        on_choose=choose
                    />
                    <TextField
                        id="import-origin"
                        label="Origin"
                        hint="Where the conversations come from. Optional; kept with each of them."
                        value=origin
                        on_change=move |text| origin.set(text)
                        error=form.error("origin")
                    />
                    <TextField
                        id="import-license"
                        label="Licence"
                        hint="Under which terms they may be used, such as CC-BY-4.0. Optional."
                        value=license
                        on_change=move |text| license.set(text)
                        error=form.error("license")
                    />
                    <FormButtons form=form>"Send and check"</FormButtons>
                </FetchForm>
            </FileDrop>
        </Card>
    }
    .into_any()
}
