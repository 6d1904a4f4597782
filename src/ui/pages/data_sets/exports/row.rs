//! One export in the log.

use super::{Log, details::Details};
use crate::{
    api::{
        exports::DownloadExport,
        operation::{Nothing, address},
    },
    domain::{
        exports::{ExportState, ExportView},
        quantity::bytes,
    },
    ui::{
        components::{Badge, Button, IconName, Progress, Tone},
        conversation::query_words,
        export::{Subject, words},
        moment::Moment,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

type Now = Memo<ExportView>;

#[component]
pub fn Row(first: ExportView, log: Log) -> impl IntoView {
    // Drawn once and then only changed, so that the focus stays.
    let now = log.list.entry(first.clone());
    let state = Memo::new(move |_| now.with(|now| now.state));
    let badge = move || {
        let state = state.get();
        view! { <Badge tone=tone(state)>{state.label()}</Badge> }
    };
    let running = move || state.get().is_open().then(|| view! { <Running now=now /> });
    let told = Memo::new(move |_| now.with(told));
    let told = move || told.get().map(|told| view! { <span class="item-hint">{told}</span> });
    let who = first.author_name.clone().map(|name| {
        view! {
            <span translate="no">{name}</span>
            " · "
        }
    });
    view! {
        <li class="item" id=row_id(first.id)>
            <div class="item-text">
                <span>
                    <strong class="export-name" translate="no">
                        {first.file_name.clone()}
                    </strong>
                    " "
                    {badge}
                </span>
                <span class="item-hint">
                    <What export=first.clone() />
                    {move || now.with(amount)}
                </span>
                {running}
                <span role="status">{told}</span>
                <span class="item-hint">{who} <Moment time=first.created_at /></span>
                <Details now=now />
            </div>
            <Actions now=now log=log />
        </li>
    }
    .into_any()
}

/// The id of the row of an export.
pub(super) fn row_id(id: Uuid) -> String {
    format!("export-row-{id}")
}

fn tone(state: ExportState) -> Tone {
    match state {
        ExportState::Queued | ExportState::Running => Tone::Info,
        ExportState::Done => Tone::Success,
        ExportState::Failed => Tone::Danger,
        ExportState::Cancelled => Tone::Warning,
        ExportState::Expired => Tone::Neutral,
    }
}

/// Which conversations: the filters, with the way to what matches them now, or a version.
#[component]
fn What(export: ExportView) -> impl IntoView {
    match (export.query, export.version_id) {
        (Some(query), _) if query.is_empty() => "All conversations".into_any(),
        (Some(query), _) => {
            let words = query_words(&query);
            view! { <a href=format!("/conversations?{query}")>{words}</a> }.into_any()
        }
        (None, Some(version)) => match (export.version_name, export.data_set_id) {
            (Some(name), Some(set)) => view! {
                <a href=format!("/datasets/{set}?version={version}") translate="no">
                    {name}
                </a>
            }
            .into_any(),
            _ => "A version that was removed".into_any(),
        },
        (None, None) => "Selected conversations".into_any(),
    }
}

/// How much it has: " · 1,187 conversations · 2.3 MiB".
fn amount(export: &ExportView) -> String {
    let count = if export.state.is_open() { export.total } else { export.written };
    let size = export.size_bytes.map(|size| format!(" · {}", bytes(size))).unwrap_or_default();
    format!(" · {}{size}", words::conversations(count))
}

/// Why there is no file.
fn told(export: &ExportView) -> Option<String> {
    match export.state {
        ExportState::Failed => export.error.clone(),
        ExportState::Expired => {
            Some("The last ten of your files are kept, for 24 hours.".to_owned())
        }
        _ => None,
    }
}

#[component]
fn Running(now: Now) -> impl IntoView {
    let id = now.with_untracked(|now| now.id);
    let share = Signal::derive(move || {
        now.with(|now| {
            let waits = now.state == ExportState::Queued;
            (!waits).then(|| f64::from(now.percent()) / 100.0)
        })
    });
    let text = Signal::derive(move || now.with(words::progress));
    view! { <Progress id=format!("export-{id}") label="Written" value=share text=text /> }
}

#[component]
fn Actions(now: Now, log: Log) -> impl IntoView {
    let (id, name) = now.with_untracked(|now| (now.id, now.file_name.clone()));
    let name = StoredValue::new(name);
    let of = move || view! { <span class="visually-hidden">" " {name.get_value()}</span> };
    // Whether it can be fetched, stopped, and made again.
    let can = Memo::new(move |_| {
        now.with(|now| {
            let opens = now.state.is_open();
            let stops = opens && now.created_by.is_some() && now.created_by == log.user;
            (now.can_download, stops, !opens && Subject::of(now).is_some())
        })
    });
    let download = move || {
        can.get().0.then(|| {
            let href = address::<DownloadExport>(&id, &Nothing {});
            view! {
                <a
                    class="button"
                    data-variant="secondary"
                    data-size="s"
                    rel="external"
                    download=""
                    href=href
                >
                    "Download"
                    {of()}
                </a>
            }
        })
    };
    let stop = move || {
        can.get().1.then(|| {
            view! {
                <Button small=true on_press=move |()| log.stopping.ask(now.get_untracked())>
                    "Stop…"
                    {of()}
                </Button>
            }
        })
    };
    let again = move || {
        can.get().2.then(|| {
            let press = move |()| log.exporting.ask_again(&now.get_untracked());
            view! {
                <Button small=true icon=IconName::Reset on_press=press>
                    "Export again…"
                    {of()}
                </Button>
            }
        })
    };
    view! {
        <div class="item-actions" data-needs-script="buttons">
            {download} {stop} {again}
        </div>
    }
    .into_any()
}
