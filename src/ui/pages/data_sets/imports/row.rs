//! One import: how far it is, what was found, and what can be done with it.

use super::{Imports, problems::Problems, sending};
use crate::{
    api::{
        imports::{StartImport, StartImportRequest, StopImport},
        operation::Nothing,
    },
    domain::{
        imports::{ImportState, ImportView},
        quantity::bytes,
    },
    ui::{
        client::{files, rest::Call},
        components::{Badge, Banner, Button, ButtonVariant, LinkButton, Progress, Switch, Tone},
        export::words::number,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};
use web_sys::File;

#[component]
pub(super) fn Row(first: ImportView, imports: Imports) -> impl IntoView {
    let id = first.id;
    let (name, made, size) = (first.file_name.clone(), first.created_at, first.size_bytes);
    let own = Memo::new(move |_| {
        imports
            .all
            .with(|all| all.iter().find(|own| own.id == id).cloned())
            .unwrap_or(first.clone())
    });
    let failed = move || {
        let failed = imports.failed.get().filter(|(own, _)| *own == id)?;
        Some(view! { <Banner tone=Tone::Danger>{failed.1}</Banner> })
    };
    let state = Memo::new(move |_| own.with(|own| own.state));
    let body = move || match state.get() {
        ImportState::Uploading => view! { <Uploading own=own imports=imports /> }.into_any(),
        ImportState::Checked => view! { <Checked own=own imports=imports /> }.into_any(),
        ImportState::Checking | ImportState::Importing => {
            let words = move || own.with(|own| format!("{} conversations", number(own.total)));
            view! { <span class="item-hint" role="status">{words}</span> }.into_any()
        }
        ImportState::Done => view! { <Done own=own /> }.into_any(),
        ImportState::Failed | ImportState::Cancelled => {
            let why = own.with_untracked(|own| own.error.clone());
            view! { {why.map(|why| view! { <Banner tone=Tone::Danger>{why}</Banner> })} }.into_any()
        }
    };
    view! {
        <li class="item">
            <div class="item-text stack" data-gap="s">
                <span>
                    <strong translate="no">{name}</strong>
                    " "
                    <Badge>{move || state.get().label()}</Badge>
                </span>
                <span class="item-hint">{bytes(size)} " · " <Moment time=made /></span>
                {failed}
                {body}
            </div>
        </li>
    }
    .into_any()
}

/// A file of which pieces are missing: this tab sends them, or another did.
#[component]
fn Uploading(own: Memo<ImportView>, imports: Imports) -> impl IntoView {
    let id = own.with_untracked(|own| own.id);
    let is_sent = Memo::new(move |_| imports.sending.get() == Some(id));
    let share = Signal::derive(move || {
        own.with(|own| Some(own.received_bytes as f64 / own.size_bytes.max(1) as f64))
    });
    let text = Signal::derive(move || {
        own.with(|own| format!("{} of {}", bytes(own.received_bytes), bytes(own.size_bytes)))
    });
    let go_on = move |file: File| {
        let import = own.get_untracked();
        if file.name() != import.file_name || file.size() as i64 != import.size_bytes {
            imports.fail(id, format!("Choose the same file again: {}.", import.file_name));
            return;
        }
        spawn_local(sending::send(imports, import, file));
    };
    let rest = move || {
        (!is_sent.get()).then(|| {
            let field = format!("go-on-{id}");
            view! {
                <div class="control">
                    <label class="control-label" for=field.clone()>
                        "Go on with the same file"
                    </label>
                    <input
                        class="input"
                        type="file"
                        id=field
                        on:change:target=move |event| {
                            files::take(&event.target()).into_iter().for_each(go_on)
                        }
                    />
                </div>
                <Drop own=own imports=imports />
            }
        })
    };
    view! {
        <Progress id=format!("sent-{id}") label="Sent" value=share text=text />
        {rest}
    }
    .into_any()
}

/// What was found; nothing is imported yet.
#[component]
fn Checked(own: Memo<ImportView>, imports: Imports) -> impl IntoView {
    let import = own.get_untracked();
    let (id, duplicates) = (import.id, import.duplicates);
    let all = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let start = move |()| {
        busy.set(true);
        let request = StartImportRequest { takes_duplicates: all.get_untracked() };
        spawn_local(async move {
            let answer = Call::<StartImport>::new(id, &request).send().await;
            busy.try_set(false);
            match answer {
                Ok(answer) => imports.take(answer.import),
                Err(error) => imports.fail(id, error.error),
            }
        });
    };
    let taken = move || if all.get() { import.valid } else { import.valid - duplicates };
    let also = (duplicates > 0).then(|| {
        view! {
            <Switch
                id=format!("duplicates-{id}")
                label=format!("Also import {} duplicates", number(duplicates))
                value=all
                on_change=move |on| all.set(on)
            />
        }
    });
    let problems =
        (import.problems > 0).then(|| view! { <Problems id=id count=import.problems /> });
    view! {
        <p>{found(&own.get_untracked())}</p>
        {problems}
        {also}
        <div class="button-row">
            <Button
                variant=ButtonVariant::Primary
                busy=busy
                disabled=Signal::derive(move || taken() == 0)
                reason="There is nothing to import."
                on_press=start
            >
                {move || format!("Import {} conversations", number(taken()))}
            </Button>
            <Drop own=own imports=imports />
        </div>
    }
    .into_any()
}

/// What was found, in a sentence or two.
fn found(import: &ImportView) -> String {
    let format = import.format.map(|format| format!("{}: ", format.label())).unwrap_or_default();
    let mut text = format!(
        "{format}{} of {} conversations can be imported.",
        number(import.valid),
        number(import.total)
    );
    if import.untrainable > 0 {
        text += &format!(" {} of them are not taken by trainers.", number(import.untrainable));
    }
    if import.duplicates > 0 {
        let count = number(import.duplicates);
        text += &format!(" {count} are word for word here already, or twice in the file.");
    }
    text
}

#[component]
fn Done(own: Memo<ImportView>) -> impl IntoView {
    let count = own.with_untracked(|own| number(own.imported));
    view! {
        <p>{format!("{count} conversations were imported.")}</p>
        <div class="button-row">
            <LinkButton href="/conversations?sort=created" small=true>
                "Show the newest"
            </LinkButton>
        </div>
    }
    .into_any()
}

#[component]
fn Drop(own: Memo<ImportView>, imports: Imports) -> impl IntoView {
    let id = own.with_untracked(|own| own.id);
    let busy = RwSignal::new(false);
    let drop = move |()| {
        busy.set(true);
        spawn_local(async move {
            let answer = Call::<StopImport>::new(id, &Nothing {}).send().await;
            busy.try_set(false);
            match answer {
                Ok(answer) => imports.take(answer.import),
                Err(error) => imports.fail(id, error.error),
            }
        });
    };
    view! {
        <Button busy=busy on_press=drop>
            "Drop"
        </Button>
    }
    .into_any()
}
