//! Making a version: which conversations, and how they are divided.

use crate::{
    api::{
        data_sets::{CreateDataSetVersion, DataSetVersionRequest},
        operation::Nothing,
        saved_views::ListSavedViews,
    },
    domain::{
        data_sets::{Shares, VersionRules},
        exports::{LeftOut, LeftOutCount, TokenFit, TokenRule},
        field_error::FieldError,
    },
    ui::{
        client::rest::Call,
        components::{CheckboxGroup, Choice, Dialog, NumberField, Select, TextArea, TextField},
        export::words,
        form::{DialogButtons, FetchForm, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use uuid::Uuid;

const APPROVED: &str = "status=approved";
const FIELDS: &[&str] =
    &["query", "note", "rules.shares", "rules.shares.train", "rules.tokenFit.target"];

#[derive(Clone, Copy)]
struct Wanted {
    query: RwSignal<String>,
    views: RwSignal<Vec<(String, String)>>,
    shares: RwSignal<Shares>,
    include: RwSignal<Vec<String>>,
    target: RwSignal<String>,
    rule: RwSignal<String>,
    note: RwSignal<String>,
}

impl Wanted {
    fn new() -> Self {
        Self {
            query: RwSignal::new(APPROVED.to_owned()),
            views: RwSignal::new(Vec::new()),
            shares: RwSignal::new(Shares::default()),
            include: RwSignal::new(Vec::new()),
            target: RwSignal::new(String::new()),
            rule: RwSignal::new(TokenRule::LeaveOut.as_str().to_owned()),
            note: RwSignal::new(String::new()),
        }
    }

    fn request(self) -> Result<DataSetVersionRequest, Vec<FieldError>> {
        let target = self.target.get_untracked().replace([',', ' '], "");
        let rule = self.rule.get_untracked().parse().unwrap_or(TokenRule::LeaveOut);
        // What is no number is refused like one that is too small.
        let fit = TokenFit { target: target.parse().unwrap_or(0), rule };
        let include = self.include.get_untracked();
        let rules = VersionRules {
            shares: self.shares.get_untracked(),
            include: include.iter().filter_map(|word| word.parse().ok()).collect(),
            token_fit: (!target.is_empty()).then_some(fit),
        };
        rules.check()?;
        let (query, note) = (self.query.get_untracked(), self.note.get_untracked());
        Ok(DataSetVersionRequest { conversations: Vec::new(), query: Some(query), note, rules })
    }
}

#[component]
pub fn NewVersion(set_id: Uuid, open: RwSignal<bool>, turn: RwSignal<u32>) -> impl IntoView {
    let form = FormState::new("new-version-form", FIELDS);
    let wanted = Wanted::new();
    Effect::new(move |_| {
        if open.get() {
            spawn_local(async move {
                // Without an answer the other choices are there.
                if let Ok(all) = Call::<ListSavedViews>::new((), &Nothing {}).send().await {
                    let views = all.views.into_iter().map(|view| (view.query, view.name));
                    wanted.views.try_set(views.collect());
                }
            });
        }
    });
    let navigate = use_navigate();
    let send = move |()| {
        let request = match wanted.request() {
            Ok(request) => request,
            Err(errors) => return form.refuse(errors),
        };
        let navigate = navigate.clone();
        // With many conversations it takes a while.
        let call = Call::<CreateDataSetVersion>::new(set_id, &request).patient();
        form.send(call, move |answer| {
            open.try_set(false);
            turn.try_update(|turn| *turn += 1);
            let id = answer.version.summary.id;
            navigate(&format!("/datasets/{set_id}?version={id}"), Default::default());
        });
    };
    let close = move |()| {
        form.clear();
        open.set(false);
    };
    let busy = move || form.busy.get().then_some("Making the version. This can take a while…");
    view! {
        <Dialog
            id="new-version"
            title="New version"
            open=open
            on_close=close
            footer=move || {
                view! {
                    <DialogButtons form=form on_cancel=close>
                        "Make version"
                    </DialogButtons>
                }
            }
        >
            <FetchForm form=form on_send=send>
                <Fields form=form wanted=wanted />
                <p role="status" class="muted">
                    {busy}
                </p>
            </FetchForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(form: FormState, wanted: Wanted) -> impl IntoView {
    let from = move || {
        let usual = [Choice::new(APPROVED, "All approved"), Choice::new("", "All")];
        let views = wanted.views.get().into_iter();
        let views = views.map(|(query, name)| Choice::new(query, name).named());
        let choices = usual.into_iter().chain(views).collect::<Vec<_>>();
        view! {
            <Select
                id="version-from"
                label="Conversations"
                hint="Your saved views are here as well."
                choices=choices
                value=wanted.query
                on_change=move |query| wanted.query.set(query)
                error=form.error("query")
            />
        }
    };
    let include = |reason| {
        Choice::new(LeftOut::as_str(reason), words::reason(LeftOutCount { reason, count: 0 }))
    };
    let rules = TokenRule::CHOICES.iter().map(|it| Choice::new(it.value, it.label)).collect();
    view! {
        {from}
        <Parts form=form shares=wanted.shares />
        <CheckboxGroup
            id="version-include"
            label="Also include"
            choices=LeftOut::ON_REQUEST.map(include).to_vec()
            value=wanted.include
            on_change=move |all| wanted.include.set(all)
            inline=true
        />
        <TextField
            id="version-target"
            label="Longest, in tokens"
            hint="Empty: any length."
            value=wanted.target
            on_change=move |text| wanted.target.set(text)
            error=form.error("rules.tokenFit.target")
            numeric=true
        />
        <Select
            id="version-rule"
            label="Longer ones"
            choices=rules
            value=wanted.rule
            on_change=move |word| wanted.rule.set(word)
        />
        <TextArea
            id="version-note"
            label="Note"
            value=wanted.note
            on_change=move |text| wanted.note.set(text)
            error=form.error("note")
            rows=2
        />
    }
    .into_any()
}

#[component]
fn Parts(form: FormState, shares: RwSignal<Shares>) -> impl IntoView {
    let sum = move || {
        shares.with(|it| {
            let sum = u32::from(it.train) + u32::from(it.validation) + u32::from(it.test);
            let wrong = (sum != 100).then_some(" They have to add up to 100 %.");
            format!("Together {sum} %.{}", wrong.unwrap_or_default())
        })
    };
    let (whole, train) = (form.error("rules.shares"), form.error("rules.shares.train"));
    let error = Signal::derive(move || whole.get().or_else(|| train.get()));
    let field = move |name: &'static str, label: &'static str, at: fn(&mut Shares) -> &mut u8| {
        let value = Signal::derive(move || f64::from(*at(&mut shares.get())));
        let error = Signal::derive(move || error.get().filter(|_| name == "train"));
        view! {
            <NumberField
                id=format!("version-{name}")
                label=label
                value=value
                max=100.0
                unit="%"
                on_change=move |part: f64| shares.update(|all| *at(all) = part as u8)
                error=error
            />
        }
    };
    view! {
        <div class="control" role="group" aria-label="Parts">
            <div class="data-set-parts">
                {field("train", "Train", |all| &mut all.train)}
                {field("validation", "Validation", |all| &mut all.validation)}
                {field("test", "Test", |all| &mut all.test)}
            </div>
            <p class="muted" role="status">
                {sum}
            </p>
        </div>
    }
    .into_any()
}
