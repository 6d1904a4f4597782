//! Exporting conversations, from any page that has some. The dialog has code of its own, which
//! comes when something is to be exported for the first time.

mod dialog;
mod fields;
mod numbers;
mod progress;
mod request;
mod wishes;
pub mod words;

use crate::{
    domain::exports::{ExportOptions, ExportView},
    ui::tab_code::{TabCode, lazy_tab},
};
use dialog::ExportDialog;
use leptos::prelude::*;
use uuid::Uuid;

lazy_tab!(ExportDialogTab, view! { <ExportDialog exporting=expect_context() /> });

/// The page of all exports.
pub const LOG: &str = "/datasets/exports";

/// What is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// These conversations.
    Rows(Vec<Uuid>),
    /// All that match these filters, as the server reads them; without any all.
    Query(String),
    /// A version of a data set, with its name: "Support answers, version 3".
    Version(Uuid, String),
}

impl Subject {
    /// What an export had; `None` for conversations one by one, and for a version that is gone.
    pub fn of(export: &ExportView) -> Option<Self> {
        match (&export.query, export.version_id) {
            (Some(query), _) => Some(Self::Query(query.clone())),
            (None, Some(id)) => Some(Self::Version(id, export.version_name.clone()?)),
            (None, None) => None,
        }
    }
}

/// Something that is to be exported.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    subject: Subject,
    /// How it was written before; otherwise the preferences say how.
    before: Option<ExportOptions>,
    /// Tells it from the one before.
    turn: u32,
}

/// The exports of a page, in its context.
#[derive(Clone, Copy)]
pub struct Exporting {
    /// What the dialog is about, or was.
    asked: RwSignal<Option<Asked>>,
    open: RwSignal<bool>,
    /// Counts those that were begun: a list of them follows it.
    pub begun: RwSignal<u32>,
}

impl Exporting {
    /// To be called by the page, which also shows [`ExportPlace`].
    pub fn provide() -> Self {
        let exporting = Self {
            asked: RwSignal::new(None),
            open: RwSignal::new(false),
            begun: RwSignal::new(0),
        };
        provide_context(exporting);
        exporting
    }

    /// Opens the dialog.
    pub fn ask(self, subject: Subject) {
        self.open(subject, None);
    }

    /// Opens the dialog with the options of an export that there was.
    pub fn ask_again(self, export: &ExportView) {
        if let Some(subject) = Subject::of(export) {
            self.open(subject, Some(export.options.clone()));
        }
    }

    fn open(self, subject: Subject, before: Option<ExportOptions>) {
        self.asked.update(|asked| {
            let turn = asked.as_ref().map_or(0, |asked| asked.turn.wrapping_add(1));
            *asked = Some(Asked { subject, before, turn });
        });
        self.open.set(true);
    }
}

/// Where the dialog stands, from the first time on that it is opened.
#[component]
pub fn ExportPlace(exporting: Exporting) -> impl IntoView {
    view! {
        <Show when=move || {
            exporting.asked.with(Option::is_some)
        }>{TabCode::of::<ExportDialogTab>().show_over()}</Show>
    }
    .into_any()
}
