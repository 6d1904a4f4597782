//! Backups: the list, another one, and their schedule.

use super::{
    cron_field::CronField,
    panel::{Code, Missing},
    refresh::{Refreshed, use_refresh},
    words::count,
};
use crate::{
    api::{
        database::backups::{
            DownloadBackup, MakeBackup, RemoveBackup, SetBackupSchedule, load_backups,
        },
        operation::{Nothing, address},
    },
    domain::{
        database::{
            Backup, BackupSchedule, BackupScheduleRequest, BackupState, BackupsAnswer, Panel,
        },
        quantity::bytes,
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{resource::resource, rest::Call},
        components::{
            Badge, Button, ButtonVariant, Card, EmptyState, IconName, NumberField, Progress,
            Switch, Tone, rows,
        },
        form::{FetchForm, FormAlert, FormButtons, FormState},
        moment::Moment,
        words::absolute,
    },
};
use leptos::prelude::*;
use std::time::Duration;

/// How often a backup that is being made is asked about.
const EVERY: Duration = Duration::from_secs(2);
/// Characters of a checksum that are shown; its title has all.
const SHOWN: usize = 12;

#[derive(Clone, Copy)]
struct Acts {
    begin: FormState,
    read_again: RwSignal<u32>,
    removing: Question<Backup>,
}

impl Acts {
    fn changed(self) {
        self.read_again.update(|count| *count = count.wrapping_add(1));
    }

    fn make(self) {
        self.begin.send(Call::<MakeBackup>::new((), &Nothing {}), move |_| self.changed());
    }
}

#[component]
pub fn BackupsTab() -> impl IntoView {
    let refresh = use_refresh();
    let acts = Acts {
        begin: FormState::new("backup-begin", &[]),
        read_again: RwSignal::new(0),
        removing: Question::default(),
    };
    let read = resource(move || (acts.read_again.get(), refresh.reading.get()), |_| load_backups());
    let runs = RwSignal::new(false);
    Effect::new(move |_| {
        let running =
            |list: &BackupsAnswer| list.backups.iter().any(|one| one.state == BackupState::Running);
        let now = read.with(|answer| matches!(answer, Some(Ok(list)) if running(list)));
        if runs.get_untracked() != now {
            runs.set(now);
        }
    });
    Effect::new(move |_| {
        if runs.get()
            && let Ok(handle) = set_interval_with_handle(move || acts.changed(), EVERY)
        {
            on_cleanup(move || handle.clear());
        }
    });
    // Only once: what is typed must not be lost when the list is read again.
    let schedule = resource(|| (), |()| load_backups());
    let remove = |one: Backup| Call::<RemoveBackup>::new(one.id, &Nothing {});
    view! {
        <div class="stack">
            <Card
                id="backups"
                title="Backups"
                hint="The whole database in PostgreSQL’s own format, verified by reading it back."
                flush=true
                actions=move || {
                    view! {
                        <Button
                            variant=ButtonVariant::Primary
                            small=true
                            icon=IconName::Download
                            busy=acts.begin.busy
                            disabled=runs
                            on_press=move |()| acts.make()
                        >
                            "Back up now"
                        </Button>
                    }
                }
            >
                <div class="card-status">
                    <FormAlert form=acts.begin />
                </div>
                <Refreshed label="Reading the backups" lines=5 read=read let:list>
                    <BackupItems list=list acts=acts />
                </Refreshed>
            </Card>
            <Card
                id="backup-schedule"
                title="Schedule"
                hint="Keeps the newest verified backups."
            >
                <Refreshed label="Reading the schedule" lines=3 read=schedule let:list>
                    <ScheduleForm schedule=list.schedule />
                </Refreshed>
            </Card>
        </div>
        <QuestionDialog
            id="remove-backup"
            question=acts.removing
            title=|one| format!("Remove {}?", one.file_name)
            confirm=|_| "Remove".to_owned()
            name=|one| one.file_name.clone()
            call=remove
            on_done=move |_| acts.changed()
            danger=true
        >
            <p>"Its file is deleted. This cannot be undone."</p>
        </QuestionDialog>
    }
    .into_any()
}

#[component]
fn BackupItems(list: BackupsAnswer, acts: Acts) -> impl IntoView {
    let directory = list.directory;
    let tool = match list.pg_dump {
        Panel::Reading(reading) => view! {
            <p class="database-foot muted small">
                {format!("Created with pg_dump {} in ", reading.value)}
                <code translate="no">{directory}</code>
            </p>
        }
        .into_any(),
        Panel::Unavailable { unavailable: why } => view! {
            <div class="database-foot">
                <p>"Backups are not possible."</p>
                <Missing why=why />
            </div>
        }
        .into_any(),
    };
    let content = if list.backups.is_empty() {
        view! {
            <EmptyState
                icon=IconName::Download
                title="No backups yet"
                text="Back up now, or turn on scheduled backups."
            />
        }
        .into_any()
    } else {
        let item = |one| view! { <BackupItem backup=one acts=acts /> };
        view! { <ul class="items">{rows(list.backups, |one| one.id, item)}</ul> }.into_any()
    };
    view! {
        {content}
        {tool}
        <div class="database-foot">
            <p class="muted small">
                "A backup is restored into a new database, never over this one:"
            </p>
            <Code text="train restore FILE --into NAME" />
        </div>
    }
    .into_any()
}

#[component]
fn BackupItem(backup: Backup, acts: Acts) -> impl IntoView {
    let (tone, icon) = match backup.state {
        BackupState::Running => (Tone::Info, IconName::Clock),
        BackupState::Verified => (Tone::Success, IconName::Check),
        BackupState::Failed => (Tone::Danger, IconName::Error),
        BackupState::Removed => (Tone::Neutral, IconName::Trash),
    };
    let id = backup.id;
    let progress = (backup.state == BackupState::Running).then(|| {
        // A dump is smaller than its database, so this only ever says too little.
        let share = backup
            .database_bytes
            .filter(|all| *all > 0)
            .map(|all| (backup.size_bytes as f64 / all as f64).min(0.99));
        let text = format!("{} written", bytes(backup.size_bytes));
        view! { <Progress id=format!("backup-{id}") label="Being made" value=share text=text /> }
    });
    let facts = (backup.state != BackupState::Running).then(|| {
        let entries = backup.entries.map(|entries| format!(", {} entries", count(entries)));
        view! { <span>{bytes(backup.size_bytes)} {entries}</span> }
    });
    let checksum = backup.checksum.clone().map(|sum| {
        let short = sum.chars().take(SHOWN).collect::<String>();
        view! {
            <span class="item-hint">
                "SHA-256 " <code translate="no" title=sum>
                    {short}
                    "…"
                </code>
            </span>
        }
    });
    let who = match (&backup.initiated_by_name, backup.scheduled) {
        (_, true) => "by the schedule".to_owned(),
        (Some(name), false) => format!("by {name}"),
        (None, false) => "by the command line".to_owned(),
    };
    let tries = (backup.attempts > 1).then(|| format!(", {} tries", backup.attempts));
    let version = backup.server_version.clone().map(|version| format!(", PostgreSQL {version}"));
    let name = backup.file_name.clone();
    let download = (backup.state == BackupState::Verified).then(|| {
        let href = address::<DownloadBackup>(&id, &Nothing {});
        view! {
            <a
                class="button"
                data-variant="secondary"
                data-size="s"
                rel="external"
                download=name.clone()
                href=href
            >
                "Download"
                <span class="visually-hidden">" " {name.clone()}</span>
            </a>
        }
    });
    let about = backup.clone();
    let remove = matches!(backup.state, BackupState::Verified | BackupState::Failed).then(|| {
        let press = move |()| {
            acts.removing.ask(about.clone());
        };
        view! {
            <Button small=true on_press=press>
                "Remove…"
                <span class="visually-hidden">" " {name.clone()}</span>
            </Button>
        }
    });
    view! {
        <li class="item">
            <div class="item-text">
                <span>
                    <strong>{backup.file_name}</strong>
                    " "
                    <Badge tone=tone icon=icon>
                        {backup.state.label()}
                    </Badge>
                </span>
                {progress}
                {facts}
                {backup.error_message.map(|error| view! { <span>{error}</span> })}
                {checksum}
                <span class="item-hint">
                    <Moment time=backup.started_at />
                    " "
                    {who}
                    {version}
                    {tries}
                </span>
            </div>
            <div class="item-actions">{download} {remove}</div>
        </li>
    }
    .into_any()
}

/// When backups are made without anybody asking.
#[component]
fn ScheduleForm(schedule: BackupSchedule) -> impl IntoView {
    let enabled = RwSignal::new(schedule.enabled);
    let next_of = |schedule: &BackupSchedule| schedule.next_run.filter(|_| schedule.enabled);
    let planned = RwSignal::new(next_of(&schedule));
    let (cron, zone) = (RwSignal::new(schedule.cron), RwSignal::new(schedule.time_zone));
    let keep = RwSignal::new(schedule.keep as f64);
    let form = FormState::new("backup-schedule-form", &["cron", "timeZone", "keep"]);
    let next = move || {
        planned
            .get()
            .map(|time| view! { <p class="muted small">{format!("Next {}.", absolute(time))}</p> })
    };
    let save = move |()| {
        let schedule = BackupScheduleRequest {
            enabled: enabled.get_untracked(),
            cron: cron.get_untracked().trim().to_owned(),
            time_zone: zone.get_untracked().trim().to_owned(),
            keep: keep.get_untracked() as i64,
        };
        let call = Call::<SetBackupSchedule>::new((), &schedule);
        form.send(call, move |answer| {
            planned.set(next_of(&answer.schedule));
            form.done("Schedule saved.");
        });
    };
    view! {
        <FetchForm form=form on_send=save>
            <Switch
                id="backup-enabled"
                label="Scheduled backups"
                value=enabled
                on_change=move |on| enabled.set(on)
            />
            <CronField id="backup" form=form cron=cron zone=zone note=next />
            <NumberField
                id="backup-keep"
                label="Keep"
                unit="backups"
                min=1.0
                max=1000.0
                value=keep
                on_change=move |number| keep.set(number)
                error=form.error("keep")
            />
            <FormButtons form=form>"Save schedule"</FormButtons>
        </FetchForm>
    }
    .into_any()
}
