//! Routine maintenance by the clock: the list, and the form for one.

use super::{refresh::loaded, words};
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
        client::{boot::use_user, rest::Call, toasts::use_toasts},
        components::{
            Badge, Button, ButtonVariant, Card, Choice, Dialog, EmptyState, IconName, NumberField,
            RadioGroup, Select, Switch, TextField, Tone, rows,
        },
        form::{FetchForm, FormState},
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

pub fn schedules_card() -> AnyView {
    let acts = Acts {
        changed: RwSignal::new(0),
        editing: RwSignal::new(None),
        form_open: RwSignal::new(false),
        removing: Question::default(),
    };
    let read = Resource::new(move || acts.changed.get(), |_| load_schedules());
    let remove = |one: Schedule| Call::<RemoveSchedule>::new(one.id, &Nothing {});
    view! {
        <Card
            id="schedules"
            title="Schedules"
            hint="Routine vacuum and analyze, run by the server."
            flush=true
            actions=move || {
                view! { <Button small=true icon=IconName::Plus on_press=move |()| acts.edit(None)>"Add a schedule…"</Button> }
            }
        >
            {loaded("Reading the schedules", 3, read, move |all| list(all.schedules, acts))}
        </Card>
        <Dialog
            id="schedule"
            title=Signal::derive(move || {
                if acts.editing.with(Option::is_some) { "Change a schedule".to_owned() } else { "Add a schedule".to_owned() }
            })
            open=acts.form_open
            on_close=move |()| acts.form_open.set(false)
        >
            {move || acts.form_open.get().then(|| form(acts))}
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

fn list(all: Vec<Schedule>, acts: Acts) -> AnyView {
    if all.is_empty() {
        return view! {
            <EmptyState icon=IconName::Clock title="Nothing is scheduled" text="Autovacuum still does what is due by itself." />
        }
        .into_any();
    }
    view! { <ul class="items">{rows(all, |one| one.id, |one| item(one, acts))}</ul> }.into_any()
}

fn scope_words(scope: &ScheduleScope) -> String {
    match scope {
        ScheduleScope::Table(table) => table.to_string(),
        ScheduleScope::DueTables => "tables that are due".into(),
        ScheduleScope::WholeDatabase => "the whole database".into(),
    }
}

/// A cron text in words, or as it is.
pub fn cron_words(cron: &str) -> String {
    words::cron(cron).unwrap_or_else(|| cron.to_owned())
}

fn named(schedule: &Schedule) -> String {
    format!("{} of {}", schedule.operation.label(), scope_words(&schedule.scope))
}

fn item(schedule: Schedule, acts: Acts) -> AnyView {
    let toasts = use_toasts();
    let what = named(&schedule);
    let when = format!("{} ({})", cron_words(&schedule.cron), schedule.time_zone);
    let next = schedule
        .next_run
        .filter(|_| schedule.enabled)
        .map(|time| format!("Next {}. ", absolute(time)));
    let last = schedule.last_run.map(|time| view! { "Last " <Moment time=time /> ". " });
    let by = schedule.created_by_name.clone().map(|name| format!("Made by {name}."));
    let (edited, removed, switched) = (schedule.clone(), schedule.clone(), schedule.clone());
    let toggle = move |on: bool| {
        let request = ScheduleRequest {
            operation: switched.operation,
            scope: switched.scope.clone(),
            cron: switched.cron.clone(),
            time_zone: switched.time_zone.clone(),
            window_minutes: switched.window_minutes,
            enabled: on,
        };
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
    let off = (!schedule.enabled).then(|| view! { " " <Badge>"Off"</Badge> });
    let (name, again) = (what.clone(), what.clone());
    view! {
        <li class="item">
            <div class="item-text">
                <span><strong>{what.clone()}</strong> {off}</span>
                <span>{when}</span>
                <span class="item-hint">{next} {last} {by}</span>
            </div>
            <div class="item-actions">
                <Switch id=format!("schedule-{}", schedule.id) label=format!("On: {what}") value=schedule.enabled on_change=toggle />
                <Button small=true on_press=move |()| acts.edit(Some(edited.clone()))>
                    "Edit…" <span class="visually-hidden">" " {name}</span>
                </Button>
                <Button small=true on_press=remove>
                    "Remove…" <span class="visually-hidden">" " {again}</span>
                </Button>
            </div>
        </li>
    }
    .into_any()
}

/// The form, made anew each time it opens.
fn form(acts: Acts) -> AnyView {
    let before = acts.editing.get_untracked();
    // Known here, whatever the browser calls its own.
    let user = use_user().get_untracked();
    let zone = user.map_or_else(|| "UTC".to_owned(), |user| user.time_zone);
    let start = before.as_ref().map_or(
        ScheduleRequest {
            operation: OperationKind::Vacuum,
            scope: ScheduleScope::DueTables,
            cron: "0 3 * * *".into(),
            time_zone: zone,
            window_minutes: 60,
            enabled: true,
        },
        |one| ScheduleRequest {
            operation: one.operation,
            scope: one.scope.clone(),
            cron: one.cron.clone(),
            time_zone: one.time_zone.clone(),
            window_minutes: one.window_minutes,
            enabled: one.enabled,
        },
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
    let (enabled, id) = (start.enabled, before.map(|one| one.id));
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
                <TextField id="schedule-schema" label="Schema" mono=true value=schema on_change=move |text| schema.set(text) />
                <TextField id="schedule-table" label="Table" mono=true value=table on_change=move |text| table.set(text) />
            }
        })
    };
    let said = move || {
        cron.with(|text| words::cron(text)).unwrap_or_else(|| "Five fields are needed.".into())
    };
    view! {
        <FetchForm form=form on_send=send>
            <Select id="schedule-operation" label="Operation" choices=operations value=operation on_change=move |word| operation.set(word) />
            <RadioGroup id="schedule-scope" name="schedule-scope" label="Of" choices=scopes value=scope on_change=move |word| scope.set(word) />
            {named}
            <TextField
                id="schedule-cron"
                label="When"
                hint="Minute, hour, day of the month, month, day of the week, as in cron."
                mono=true
                value=cron
                on_change=move |text| cron.set(text)
                error=form.error("cron")
            />
            <p class="muted small" role="status">{said}</p>
            <TextField id="schedule-zone" label="Time zone" value=zone on_change=move |text| zone.set(text) error=form.error("timeZone") />
            <NumberField
                id="schedule-window"
                label="Leave it out when it would be late by more than"
                unit="minutes"
                min=1.0
                max=1440.0
                value=window
                on_change=move |minutes| window.set(minutes)
                error=form.error("windowMinutes")
            />
            <div class="button-row">
                <Button variant=ButtonVariant::Primary kind="submit" busy=form.busy>"Save schedule"</Button>
            </div>
        </FetchForm>
    }
    .into_any()
}
