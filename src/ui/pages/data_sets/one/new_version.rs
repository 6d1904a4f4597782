//! Making a version: which conversations, and how they are divided.

use super::{shares::SharesFields, state::Page};
use crate::{
    api::{
        data_sets::{CreateDataSetVersion, DataSetVersionRequest},
        operation::Nothing,
        saved_views::ListSavedViews,
    },
    domain::{
        data_sets::{Shares, VersionRules},
        exports::{LeftOut, LeftOutCount, TARGETS, TokenFit, TokenRule},
        field_error::FieldError,
        number::NumberRule,
        saved_views::SavedView,
    },
    ui::{
        client::{request_key::RequestKey, rest::Call},
        components::{CheckboxGroup, Choice, Dialog, Entered, NumberEntry, Select, TextArea},
        export::words,
        form::{DialogButtons, FetchForm, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};

const APPROVED: &str = "approved";
const ALL: &str = "all";
const FIELDS: &[&str] =
    &["query", "note", "rules.shares", "rules.shares.train", "rules.tokenFit.target"];

#[derive(Clone, Copy)]
struct Wanted {
    /// [`APPROVED`], [`ALL`], or the id of a saved view: two of them may find the same.
    from: RwSignal<String>,
    views: RwSignal<Vec<SavedView>>,
    shares: RwSignal<Shares>,
    include: RwSignal<Vec<String>>,
    target: RwSignal<String>,
    rule: RwSignal<String>,
    note: RwSignal<String>,
}

impl Wanted {
    fn new() -> Self {
        Self {
            from: RwSignal::new(APPROVED.to_owned()),
            views: RwSignal::new(Vec::new()),
            shares: RwSignal::new(Shares::default()),
            include: RwSignal::new(Vec::new()),
            target: RwSignal::new(String::new()),
            rule: RwSignal::new(TokenRule::LeaveOut.as_str().to_owned()),
            note: RwSignal::new(String::new()),
        }
    }

    /// Reads the saved views. Without an answer the other choices are there.
    fn read_views(self) {
        spawn_local(async move {
            let Ok(answer) = Call::<ListSavedViews>::new((), &Nothing {}).send().await else {
                return;
            };
            // The choices are built anew only where they are others.
            let is_new = |views: &Vec<SavedView>| *views != answer.views;
            if self.views.try_with_untracked(is_new) == Some(true) {
                self.views.set(answer.views);
            }
        });
    }

    fn choices(self) -> Vec<Choice> {
        let usual = [Choice::new(APPROVED, "All approved"), Choice::new(ALL, "All")];
        let view = |view: &SavedView| {
            let shared = if view.is_shared { " (shared)" } else { "" };
            Choice::new(view.id.to_string(), format!("{}{shared}", view.name)).named()
        };
        self.views.with(|views| usual.into_iter().chain(views.iter().map(view)).collect())
    }

    /// The filters; `None` of a view that is gone.
    fn query(self) -> Option<String> {
        let from = self.from.get_untracked();
        match from.as_str() {
            APPROVED => Some("status=approved".to_owned()),
            ALL => Some(String::new()),
            id => self.views.with_untracked(|views| {
                let view = views.iter().find(|view| view.id.to_string() == id);
                view.map(|view| view.query.clone())
            }),
        }
    }

    fn request(self) -> Result<DataSetVersionRequest, Vec<FieldError>> {
        let Some(query) = self.query() else {
            let sentence = "This view was removed. Choose other conversations.";
            return Err(vec![FieldError::new("query", sentence)]);
        };
        let rule = self.rule.get_untracked().parse().unwrap_or(TokenRule::LeaveOut);
        let target = self.target.get_untracked();
        // What is no number is refused like one that is too small.
        let fit = TokenFit { target: target.parse().unwrap_or(0), rule };
        let include = self.include.get_untracked();
        let rules = VersionRules {
            shares: self.shares.get_untracked(),
            include: include.iter().filter_map(|word| word.parse().ok()).collect(),
            token_fit: (!target.is_empty()).then_some(fit),
            minimum_score: None,
        };
        rules.check()?;
        let note = self.note.get_untracked();
        Ok(DataSetVersionRequest { conversations: Vec::new(), query: Some(query), note, rules })
    }
}

#[component]
pub fn NewVersion(page: Page) -> impl IntoView {
    let form = FormState::new("new-version-form", FIELDS);
    let (wanted, key) = (Wanted::new(), RequestKey::default());
    Effect::new(move |_| {
        if page.adding.get() {
            wanted.read_views();
        }
    });
    let send = move |()| {
        let request = match wanted.request() {
            Ok(request) => request,
            Err(errors) => return form.refuse(errors),
        };
        // With many conversations it takes a while.
        let call = Call::<CreateDataSetVersion>::new(page.id, &request);
        form.send(call.idempotency_key(key.of(&request)).patient(), move |answer| {
            key.answered();
            wanted.note.try_set(String::new());
            page.add(answer.version);
        });
    };
    let close = move |()| {
        form.clear();
        page.adding.set(false);
    };
    let busy = move || form.busy.get().then_some("Making the version. This can take a while…");
    view! {
        <Dialog
            id="new-version"
            title="New version"
            open=page.adding
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
        view! {
            <Select
                id="version-from"
                label="Conversations"
                hint="Your saved views are here as well."
                choices=wanted.choices()
                value=wanted.from
                on_change=move |from| wanted.from.set(from)
                error=form.error("query")
            />
        }
    };
    let include = |reason| {
        Choice::new(LeftOut::as_str(reason), words::reason(LeftOutCount { reason, count: 0 }))
    };
    view! {
        {from}
        <SharesFields form=form shares=wanted.shares />
        <CheckboxGroup
            id="version-include"
            label="Also include"
            choices=LeftOut::ON_REQUEST.map(include).to_vec()
            value=wanted.include
            on_change=move |all| wanted.include.set(all)
            inline=true
        />
        <Length form=form wanted=wanted />
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

/// How long conversations may be, and what becomes of those that are longer.
#[component]
fn Length(form: FormState, wanted: Wanted) -> impl IntoView {
    let Wanted { target, rule, .. } = wanted;
    let edit = move |entered| {
        target.set(match entered {
            Entered::Number(number) => number.to_string(),
            Entered::Empty => String::new(),
            Entered::Unread(text) => text,
        });
    };
    let any = Memo::new(move |_| target.with(String::is_empty));
    let longer = move || {
        (!any.get()).then(|| {
            let rules = TokenRule::CHOICES.iter().map(|it| Choice::new(it.value, it.label));
            view! {
                <Select
                    id="version-rule"
                    label="Longer ones"
                    choices=rules.collect()
                    value=rule
                    on_change=move |word| rule.set(word)
                />
            }
        })
    };
    view! {
        <NumberEntry
            id="version-target"
            label="Longest, in tokens"
            hint="Empty: any length."
            value=target
            rule=NumberRule::whole(f64::from(*TARGETS.start()), f64::from(*TARGETS.end()))
            optional=true
            on_edit=edit
            error=form.error("rules.tokenFit.target")
        />
        {longer}
    }
    .into_any()
}
