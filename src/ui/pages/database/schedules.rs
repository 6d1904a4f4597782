//! Routine maintenance by the clock: the list, and the form for one.

use super::{
    cron_field::CronField,
    refresh::{Refreshed, use_refresh},
    words::cron_words,
};
use crate::{
    api::{
        database::maintenance::{
            ChangeSchedule, MakeSchedule, RemoveSchedule, ScheduleAnswer, load_schedules,
        },
        operation::Nothing,
    },
    domain::database::{ObjectName, OperationKind, Schedule, ScheduleRequest, ScheduleScope},
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{boot::use_user, resource::resource, rest::Call, toasts::use_toasts},
        components::{
            Badge, Button, Card, Choice, Dialog, EmptyState, IconName, NumberField, RadioGroup,
            Select, Switch, TextField, Tone, rows,
        },
        form::{FetchForm, FormButtons, FormState},
        moment::Moment,
        words::absolute,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// What the buttons of the list do.
#[derive(Clone, Copy)]
struct Acts {
    changed: RwSignal<u32>,
    /// The schedule in the form; `None` for a new one.
    editing: RwSignal<Option<Schedule>>,
    form_open: RwSignal<bool>,
    removing: Question<Schedule>,
}

impl Acts {
    fn changed(self) {
        self.changed.update(|count| *count = count.wrapping_add(1));
    }

    fn edit(self, schedule: Option<Schedule>) {
        self.editing.set(schedule);
        self.form_open.set(true);
    }
}

/// The list of schedules, and the form for one.
#[component]
pub fn SchedulesCard() -> impl IntoView {
    let acts = Acts {
        changed: RwSignal::new(0),
        editing: RwSignal::new(None),
        form_open: RwSignal::new(false),
        removing: Question::default(),
    };
    let refresh = use_refresh();
    let read = resource(move || (acts.changed.get(), refresh.reading.get()), |_| load_schedules());
    let remove = |one: Schedule| Call::<RemoveSchedule>::new(one.id, &Nothing {});
    view! {
        <Card
            id="schedules"
            title="Schedules"
            hint="Routine vacuum and analyze, run by the server."
            flush=true
            actions=move || {
                view! {
                    <Button small=true icon=IconName::Plus on_press=move |()| acts.edit(None)>
                        "Add a schedule…"
                    </Button>
                }
            }
        >
            <Refreshed label="Reading the schedules" lines=3 read=read let:all>
                <ScheduleItems all=all.schedules acts=acts />
            </Refreshed>
        </Card>
        <Dialog
            id="schedule"
            title=Signal::derive(move || {
                if acts.editing.with(Option::is_some) {
                    "Change a schedule".to_owned()
                } else {
                    "Add a schedule".to_owned()
                }
            })
            open=acts.form_open
            on_close=move |()| acts.form_open.set(false)
        >
            {move || acts.form_open.get().then(|| view! { <ScheduleForm acts=acts /> })}
        </Dialog>
        <QuestionDialog
            id="remove-schedule"
            question=acts.removing
            title=|one| format!("Remove the schedule “{}”?", named(one))
            confirm=|_| "Remove".to_owned()
            name=named
            call=remove
            on_done=move |_| acts.changed()
            danger=true
        >
            <p>"What it has done stays in the log."</p>
        </QuestionDialog>
    }
    .into_any()
}

#[component]
fn ScheduleItems(all: Vec<Schedule>, acts: Acts) -> impl IntoView {
    if all.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Clock
                title="No schedules"
                text="Autovacuum still runs when it is due."
            />
        }
        .into_any();
    }
    let items = rows(all, |one| one.id, |one| view! { <ScheduleItem schedule=one acts=acts /> });
    view! { <ul class="items">{items}</ul> }.into_any()
}

fn scope_words(scope: &ScheduleScope) -> String {
    match scope {
        ScheduleScope::Table(table) => table.to_string(),
        ScheduleScope::DueTables => "tables that are due".into(),
        ScheduleScope::WholeDatabase => "the whole database".into(),
    }
}

/// The request that makes a schedule what it is.
fn asked_for(schedule: Schedule) -> ScheduleRequest {
    ScheduleRequest {
        operation: schedule.operation,
        scope: schedule.scope,
        cron: schedule.cron,
        time_zone: schedule.time_zone,
        window_minutes: schedule.window_minutes,
        enabled: schedule.enabled,
    }
}

fn named(schedule: &Schedule) -> String {
    format!("{} of {}", schedule.operation.label(), scope_words(&schedule.scope))
}

#[component]
fn ScheduleItem(schedule: Schedule, acts: Acts) -> impl IntoView {
    let toasts = use_toasts();
    let what = named(&schedule);
    let times = cron_words(&schedule.cron).unwrap_or_else(|| schedule.cron.clone());
    let when = format!("{times} ({})", schedule.time_zone);
    let next = schedule
        .next_run
        .filter(|_| schedule.enabled)
        .map(|time| format!("Next {}. ", absolute(time)));
    let last = schedule.last_run.map(|time| {
        view! {
            "Last "
            <Moment time=time />
            ". "
        }
    });
    let by = schedule.created_by_name.clone().map(|name| format!("Created by {name}."));
    let (edited, removed, switched) = (schedule.clone(), schedule.clone(), schedule.clone());
    let toggle = move |on: bool| {
        let request = ScheduleRequest { enabled: on, ..asked_for(switched.clone()) };
        let call = Call::<ChangeSchedule>::new(switched.id, &request);
        spawn_local(async move {
            match call.send().await {
                Ok(_) => acts.changed(),
                Err(error) => toasts.show(Tone::Danger, error.error),
            }
        });
    };
    let remove = move |()| {
        acts.removing.ask(removed.clone());
    };
    let off = (!schedule.enabled).then(|| {
        view! {
            " "
            <Badge>"Off"</Badge>
        }
    });
    let (name, again) = (what.clone(), what.clone());
    view! {
        <li class="item">
            <div class="item-text">
                <span>
                    <strong>{what.clone()}</strong>
                    {off}
                </span>
                <span>{when}</span>
                <span class="item-hint">{next} {last} {by}</span>
            </div>
            <div class="item-actions">
                <Switch
                    id=format!("schedule-{}", schedule.id)
                    label=format!("On: {what}")
                    value=schedule.enabled
                    on_change=toggle
                />
                <Button small=true on_press=move |()| acts.edit(Some(edited.clone()))>
                    "Edit…"
                    <span class="visually-hidden">" " {name}</span>
                </Button>
                <Button small=true on_press=remove>
                    "Remove…"
                    <span class="visually-hidden">" " {again}</span>
                </Button>
            </div>
        </li>
    }
    .into_any()
}

/// The form, made anew each time it opens.
#[component]
fn ScheduleForm(acts: Acts) -> impl IntoView {
    let before = acts.editing.get_untracked();
    // Known here, whatever the browser calls its own.
    let user = use_user().get_untracked();
    let zone = user.map_or_else(|| "UTC".to_owned(), |user| user.time_zone);
    let id = before.as_ref().map(|one| one.id);
    let start = before.map_or_else(
        || ScheduleRequest {
            operation: OperationKind::Vacuum,
            scope: ScheduleScope::DueTables,
            cron: "0 3 * * *".into(),
            time_zone: zone,
            window_minutes: 60,
            enabled: true,
        },
        asked_for,
    );
    let (scope, table) = match &start.scope {
        ScheduleScope::Table(table) => ("table", table.clone()),
        ScheduleScope::DueTables => ("due", ObjectName::new("public", "")),
        ScheduleScope::WholeDatabase => ("database", ObjectName::new("public", "")),
    };
    let operation = RwSignal::new(start.operation.as_str().to_owned());
    let scope = RwSignal::new(scope.to_owned());
    let (schema, table) = (RwSignal::new(table.schema), RwSignal::new(table.name));
    let (cron, zone) = (RwSignal::new(start.cron), RwSignal::new(start.time_zone));
    let window = RwSignal::new(start.window_minutes as f64);
    let enabled = start.enabled;
    let form = FormState::new("schedule-form", &["cron", "timeZone", "windowMinutes"]);
    let send = move |()| {
        let scope = match scope.get_untracked().as_str() {
            "table" => {
                ScheduleScope::Table(ObjectName::new(schema.get_untracked(), table.get_untracked()))
            }
            "database" => ScheduleScope::WholeDatabase,
            _ => ScheduleScope::DueTables,
        };
        let request = ScheduleRequest {
            operation: operation.get_untracked().parse().unwrap_or_default(),
            scope,
            cron: cron.get_untracked().trim().to_owned(),
            time_zone: zone.get_untracked().trim().to_owned(),
            window_minutes: window.get_untracked() as i64,
            enabled,
        };
        let done = move |_: ScheduleAnswer| {
            acts.form_open.set(false);
            acts.changed();
        };
        match id {
            Some(id) => form.send(Call::<ChangeSchedule>::new(id, &request), done),
            None => form.send(Call::<MakeSchedule>::new((), &request), done),
        }
    };
    let operations = [OperationKind::Vacuum, OperationKind::VacuumAnalyze, OperationKind::Analyze];
    let operations = operations.map(|kind| Choice::new(kind.as_str(), kind.label())).to_vec();
    let scopes = [
        ("due", "Tables that are due"),
        ("table", "One table"),
        ("database", "The whole database"),
    ];
    let scopes = scopes.map(|(word, label)| Choice::new(word, label)).to_vec();
    let named = move || {
        (scope.get() == "table").then(|| {
            view! {
                <TextField
                    id="schedule-schema"
                    label="Schema"
                    mono=true
                    value=schema
                    on_change=move |text| schema.set(text)
                />
                <TextField
                    id="schedule-table"
                    label="Table"
                    mono=true
                    value=table
                    on_change=move |text| table.set(text)
                />
            }
        })
    };
    view! {
        <FetchForm form=form on_send=send>
            <Select
                id="schedule-operation"
                label="Operation"
                choices=operations
                value=operation
                on_change=move |word| operation.set(word)
            />
            <RadioGroup
                id="schedule-scope"
                name="schedule-scope"
                label="Target"
                choices=scopes
                value=scope
                on_change=move |word| scope.set(word)
            />
            {named}
            <CronField id="schedule" form=form cron=cron zone=zone />
            <NumberField
                id="schedule-window"
                label="Skip when late by more than"
                unit="minutes"
                min=1.0
                max=1440.0
                value=window
                on_change=move |minutes| window.set(minutes)
                error=form.error("windowMinutes")
            />
            <FormButtons form=form goes=true>
                "Save schedule"
            </FormButtons>
        </FetchForm>
    }
    .into_any()
}
