//! Measuring one object exactly, and the plan of one statement: asked for, shown in a dialog.

use super::panel::{Code, PanelNote, PanelView};
use crate::{
    api::database::health::{ExactBloatRequest, ExplainRequest, ExplainStatement, MeasureBloat},
    domain::{
        database::{Bloat, ObjectName, Panel, Target},
        quantity::{bytes, percent},
    },
    ui::{
        client::rest::Call,
        components::{Dialog, Skeleton},
        form::{FormAlert, FormState},
    },
};
use leptos::prelude::*;

/// The exact measurement of one table or index.
#[derive(Clone, Copy)]
pub struct Measuring {
    open: RwSignal<bool>,
    about: RwSignal<String>,
    result: RwSignal<Option<Panel<Bloat>>>,
    form: FormState,
}

pub fn use_measuring() -> Measuring {
    Measuring {
        open: RwSignal::new(false),
        about: RwSignal::new(String::new()),
        result: RwSignal::new(None),
        form: FormState::new("measure", &[]),
    }
}

impl Measuring {
    pub fn table(self, table: ObjectName) {
        self.ask(&table.clone(), Target::Table(table));
    }

    pub fn index(self, index: ObjectName) {
        self.ask(&index.clone(), Target::Index(index));
    }

    fn ask(self, name: &ObjectName, target: Target) {
        // One at a time: the answer that is on its way belongs to the question before.
        if self.form.busy.get_untracked() {
            return self.open.set(true);
        }
        self.result.set(None);
        self.about.set(name.to_string());
        self.open.set(true);
        let call = Call::<MeasureBloat>::new((), &ExactBloatRequest { target });
        self.form.send(call, move |answer| self.result.set(Some(answer.bloat)));
    }
}

#[component]
pub fn MeasuringDialog(measuring: Measuring) -> impl IntoView {
    let Measuring { open, about, result, form } = measuring;
    let shown = move || match result.get() {
        Some(result) => view! {
            <PanelView panel=result.clone() let:bloat>
                <p class="database-figure">{sentence(&bloat)}</p>
            </PanelView>
            <PanelNote panel=result.map(drop) />
        }
        .into_any(),
        None if form.busy.get() => view! { <Skeleton label="Measuring" lines=2 /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <Dialog
            id="measure"
            title=Signal::derive(move || format!("Exact bloat of {}", about.get()))
            open=open
            on_close=move |()| open.set(false)
            light_dismiss=true
        >
            <div class="stack" data-gap="s" role="status">
                {shown}
            </div>
            <FormAlert form=form />
        </Dialog>
    }
    .into_any()
}

fn sentence(bloat: &Bloat) -> String {
    format!("{} of it is bloat: {} that hold no rows.", percent(bloat.share), bytes(bloat.bytes))
}

/// The plan of one statement.
#[derive(Clone, Copy)]
pub struct Explaining {
    open: RwSignal<bool>,
    result: RwSignal<Option<Panel<String>>>,
    form: FormState,
}

pub fn use_explaining() -> Explaining {
    Explaining {
        open: RwSignal::new(false),
        result: RwSignal::new(None),
        form: FormState::new("explain", &[]),
    }
}

impl Explaining {
    pub fn ask(self, id: String) {
        if self.form.busy.get_untracked() {
            return self.open.set(true);
        }
        self.result.set(None);
        self.open.set(true);
        let call = Call::<ExplainStatement>::new((), &ExplainRequest { query_id: id });
        self.form.send(call, move |answer| self.result.set(Some(answer.plan)));
    }
}

#[component]
pub fn ExplainingDialog(explaining: Explaining) -> impl IntoView {
    let Explaining { open, result, form } = explaining;
    let shown = move || match result.get() {
        Some(plan) => view! {
            <PanelView panel=plan.clone() let:text>
                <Code text=text />
            </PanelView>
            <PanelNote panel=plan.map(drop) />
        }
        .into_any(),
        None if form.busy.get() => {
            view! { <Skeleton label="Asking for the plan" lines=4 /> }.into_any()
        }
        None => ().into_any(),
    };
    view! {
        <Dialog
            id="explain"
            title="Plan, without running the statement"
            open=open
            on_close=move |()| open.set(false)
            large=true
            light_dismiss=true
        >
            <div role="status">{shown}</div>
            <FormAlert form=form />
        </Dialog>
    }
    .into_any()
}
