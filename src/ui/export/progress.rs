//! How far an export is that was begun, and its file.

use super::{
    LOG,
    wishes::{Wishes, file_address},
    words,
};
use crate::{
    api::{
        exports::{ReadExport, StopExport},
        operation::Nothing,
    },
    domain::{
        exports::{ExportState, ExportView},
        quantity::bytes,
    },
    ui::{
        client::rest::Call,
        components::{Banner, Button, Icon, IconName, Progress, Tone, text_rows},
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// How often it is asked about.
const EVERY: Duration = Duration::from_secs(1);
/// A small one is done before the first of these.
const SOON: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];

#[component]
pub fn Made(wishes: Wishes) -> impl IntoView {
    follow(wishes);
    let made = wishes.made;
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let open = Memo::new(move |_| made.with(|it| it.as_ref().is_some_and(|it| it.state.is_open())));
    let name = made.with_untracked(|it| it.as_ref().map(|it| it.file_name.clone()));
    let text = Signal::derive(move || {
        made.with(|it| it.as_ref().map(words::progress)).unwrap_or_default()
    });
    let share = Signal::derive(move || {
        made.with(|it| {
            let it = it.as_ref().filter(|it| it.state != ExportState::Queued)?;
            Some(f64::from(it.percent()) / 100.0)
        })
    });
    let stop = move |()| {
        let Some(id) = made.with_untracked(|it| it.as_ref().map(|it| it.id)) else { return };
        error.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = Call::<StopExport>::new(id, &Nothing {}).send().await;
            // The dialog may be about something else by now.
            busy.try_set(false);
            match answer {
                Ok(answer) => take(wishes, answer.export),
                Err(failed) => {
                    error.try_set(Some(failed.error));
                }
            }
        });
    };
    let running = move || {
        open.get().then(|| {
            view! {
                <Progress id="export-progress" label="Conversations" value=share text=text />
                <div class="button-row">
                    <Button small=true busy=busy on_press=stop>
                        "Stop"
                    </Button>
                </div>
            }
        })
    };
    let error =
        move || error.get().map(|error| view! { <Banner tone=Tone::Danger>{error}</Banner> });
    view! {
        <div class="stack" data-gap="s" id="export-made">
            <p class="export-name" translate="no">
                {name}
            </p>
            {running}
            {error}
            <Ended wishes=wishes />
            <File wishes=wishes />
            <p class="muted">
                "It goes on when you close this. The last ten files stay for 24 hours under "
                <a href=LOG on:click=move |_| wishes.exporting.open.set(false)>
                    "Exports"
                </a>
                "."
            </p>
        </div>
    }
    .into_any()
}

/// What came of it.
#[component]
fn Ended(wishes: Wishes) -> impl IntoView {
    let told = move || {
        let made = wishes.made.get().filter(|made| !made.state.is_open())?;
        let (tone, sentences) = ended(&made);
        let sentences = text_rows(sentences, |sentence| view! { <span>{sentence} " "</span> });
        Some(view! {
            <p data-tone=tone.name()>
                <Icon name=tone.icon() size="s" />
                " "
                {sentences}
            </p>
        })
    };
    view! { <div role="status">{told}</div> }
}

fn ended(made: &ExportView) -> (Tone, Vec<String>) {
    let (tone, first) = match made.state {
        ExportState::Failed => {
            let why = made.error.clone();
            (Tone::Danger, why.unwrap_or_else(|| "It could not be finished.".to_owned()))
        }
        ExportState::Cancelled => (Tone::Warning, "Stopped. There is no file.".to_owned()),
        _ => {
            let size = made.size_bytes.map(|size| format!(", {}", bytes(size)));
            let size = size.unwrap_or_default();
            (Tone::Success, format!("Done: {}{size}.", words::conversations(made.written)))
        }
    };
    let mut sentences = vec![first];
    if made.state == ExportState::Done {
        sentences.extend(words::left_out(&made.left_out));
    }
    (tone, sentences)
}

/// The link to the file, or the way back where there will be none.
#[component]
fn File(wishes: Wishes) -> impl IntoView {
    let made = wishes.made;
    let has_file = Memo::new(move |_| {
        made.with(|it| it.as_ref().map(|it| (it.id, it.state.is_open() || it.can_download)))
    });
    move || {
        has_file.get().map(|(id, has_file)| match has_file {
            true => view! {
                <div class="button-row">
                    <a
                        class="button"
                        id="export-file"
                        data-variant="primary"
                        rel="external"
                        download=""
                        href=file_address(id)
                    >
                        <Icon name=IconName::Download size="s" />
                        "Download again"
                    </a>
                </div>
            }
            .into_any(),
            false => view! {
                <div class="button-row">
                    <Button on_press=move |()| made.set(None)>"Back"</Button>
                </div>
            }
            .into_any(),
        })
    }
}

fn take(wishes: Wishes, export: ExportView) {
    // The dialog may be about something else by now, or gone.
    wishes.made.try_update(|made| {
        if made.as_ref().is_some_and(|own| own.id == export.id) {
            *made = Some(export);
        }
    });
}

/// Asks how far it is until it has ended, for as long as the component lives that calls it.
fn follow(wishes: Wishes) {
    let asking = StoredValue::new(false);
    let ask = move || {
        let open = wishes.made.try_with_untracked(|made| {
            made.as_ref().filter(|made| made.state.is_open()).map(|made| made.id)
        });
        let Some(id) = open.flatten() else { return };
        if asking.try_get_value() != Some(false) {
            return;
        }
        asking.set_value(true);
        spawn_local(async move {
            // Without an answer the next turn asks again.
            if let Ok(answer) = Call::<ReadExport>::new(id, &Nothing {}).send().await {
                take(wishes, answer.export);
            }
            asking.try_set_value(false);
        });
    };
    Effect::new(move |_| {
        for wait in SOON {
            set_timeout(ask, wait);
        }
        if let Ok(handle) = set_interval_with_handle(ask, EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
}
