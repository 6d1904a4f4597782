//! The row of one of these values.

use super::{EveryoneDraft, ForEveryone};
use crate::{
    domain::settings::{Field, Kind},
    ui::components::{FieldRow, Origin},
};
use leptos::prelude::*;
use serde_json::Value;

/// A value as the organization sets it, around its control.
#[component]
pub fn EveryoneField<B: ForEveryone>(
    id: String,
    field: &'static Field,
    draft: EveryoneDraft<B>,
    manages: bool,
    /// What applies while the organization sets nothing, in words.
    built_in: Option<String>,
    children: Children,
) -> impl IntoView {
    let path = field.path;
    let set = draft.sets(path);
    let origin = move || if set.get() { Origin::Organization } else { Origin::Default };
    view! {
        <FieldRow
            id=id
            label=field.label
            description=field.description
            changed=set
            default_text=built_in
            origin=Signal::derive(move || Some(origin()))
            on_reset=move |()| draft.edit(path, Value::Null)
            error=Memo::new(move |_| draft.error(path))
            disabled=!manages
            wide=matches!(field.kind, Kind::AllOrSome(_))
        >
            {children()}
        </FieldRow>
    }
}
