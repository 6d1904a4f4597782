//! One import: how far it is, and what was found.

use super::{
    Imports,
    problems::Problems,
    sending,
    steps::{DropButton, Import},
    words,
};
use crate::{
    domain::{
        imports::{ImportState, ImportView},
        quantity::bytes,
    },
    ui::{
        components::{Badge, Banner, FileDrop, FileField, LinkButton, Progress, Tone},
        export::words::conversations,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};
use web_sys::File;

type Own = Memo<ImportView>;

#[component]
pub(super) fn Row(first: ImportView, imports: Imports) -> impl IntoView {
    let (id, size, made) = (first.id, first.size_bytes, first.created_at);
    let name = first.file_name.clone();
    // Drawn once and then only changed, so that the focus stays.
    let own = imports.list.entry(first);
    let state = Memo::new(move |_| own.with(|own| own.state));
    let failed = Memo::new(move |_| {
        imports.failed.with(|failed| {
            failed.as_ref().filter(|(own, _)| *own == id).map(|(_, sentence)| sentence.clone())
        })
    });
    let failed = move || {
        failed.get().map(|sentence| view! { <Banner tone=Tone::Danger>{sentence}</Banner> })
    };
    let body = move || match state.get() {
        ImportState::Uploading => view! { <Uploading own=own imports=imports /> }.into_any(),
        ImportState::Checking => view! { <Working own=own label="Read" /> }.into_any(),
        ImportState::Checked => view! { <Checked own=own imports=imports /> }.into_any(),
        ImportState::Importing => view! { <Working own=own label="Importing" /> }.into_any(),
        ImportState::Done => view! { <Done own=own /> }.into_any(),
        ImportState::Failed | ImportState::Cancelled => {
            let why = own.with_untracked(|own| own.error.clone());
            why.map(|why| view! { <Banner tone=Tone::Danger>{why}</Banner> }).into_any()
        }
    };
    let badge = move || {
        let state = state.get();
        view! { <Badge tone=words::tone(state)>{state.label()}</Badge> }
    };
    view! {
        <li class="item" id=words::row_id(id) tabindex="-1">
            <div class="item-text stack" data-gap="s">
                <span>
                    <strong translate="no">{name}</strong>
                    " "
                    <span role="status">{badge}</span>
                </span>
                <span class="item-hint">{bytes(size)} " · " <Moment time=made /></span>
                {body}
                {failed}
            </div>
        </li>
    }
    .into_any()
}

/// A file of which pieces are missing: this tab sends them, or another did.
#[component]
fn Uploading(own: Own, imports: Imports) -> impl IntoView {
    let id = own.with_untracked(|own| own.id);
    let is_sent = Memo::new(move |_| imports.sending.with(|all| all.contains(&id)));
    let share = Signal::derive(move || {
        own.with(|own| Some(own.received_bytes as f64 / own.size_bytes.max(1) as f64))
    });
    let text = Signal::derive(move || {
        own.with(|own| format!("{} of {}", bytes(own.received_bytes), bytes(own.size_bytes)))
    });
    let rest = move || (!is_sent.get()).then(|| view! { <GoOn own=own imports=imports /> });
    view! {
        <Progress id=format!("sent-{id}") label="Sent" value=share text=text />
        {rest}
    }
    .into_any()
}

#[component]
fn GoOn(own: Own, imports: Imports) -> impl IntoView {
    let field = format!("go-on-{}", own.with_untracked(|own| own.id));
    let wrong = RwSignal::new(None::<String>);
    let choose = move |file: Option<File>| {
        wrong.set(None);
        let (Some(file), import) = (file, own.get_untracked()) else { return };
        if file.name() == import.file_name && file.size() as i64 == import.size_bytes {
            spawn_local(sending::send(imports, import, file));
        } else {
            let (name, size) = (import.file_name, bytes(import.size_bytes));
            wrong.set(Some(format!("This is another file. Choose {name} with {size} again.")));
        }
    };
    view! {
        <FileDrop field=field.clone()>
            <FileField
                id=field
                label="Go on with the same file"
                error=wrong
                on_choose=choose
            />
        </FileDrop>
        <div class="button-row">
            <DropButton own=own imports=imports />
        </div>
    }
    .into_any()
}

/// A server works on it. How much there is to read is known at the end.
#[component]
fn Working(own: Own, label: &'static str) -> impl IntoView {
    let id = own.with_untracked(|own| own.id);
    let unknown = Signal::derive(|| None);
    let text = Signal::derive(move || own.with(|own| conversations(own.total)));
    view! { <Progress id=format!("working-{id}") label=label value=unknown text=text /> }
}

/// What was found; nothing is imported yet.
#[component]
fn Checked(own: Own, imports: Imports) -> impl IntoView {
    let import = own.get_untracked();
    let problems =
        (import.problems > 0).then(|| view! { <Problems id=import.id count=import.problems /> });
    view! {
        <p>{words::found(&import)}</p>
        {problems}
        <Import own=own imports=imports />
    }
    .into_any()
}

#[component]
fn Done(own: Own) -> impl IntoView {
    let told = own.with_untracked(words::imported);
    view! {
        <p>{told}</p>
        <div class="button-row">
            <LinkButton href="/conversations?sort=created" small=true>
                "Show the newest"
            </LinkButton>
        </div>
    }
    .into_any()
}
