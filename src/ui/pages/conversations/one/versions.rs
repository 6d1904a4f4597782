//! The versions of the conversation: what two of them differ in, and bringing one back.

use super::{
    differences::ContentChanges,
    state::{Page, standing},
};
use crate::{
    api::{
        conversations::{ConversationAnswer, EditConversation, EditRequest, ReadVersion},
        error::ApiError,
        operation::Nothing,
    },
    domain::conversations::{ContentChange, ConversationContent, VersionView, content_changes},
    ui::{
        client::rest::Call,
        components::{Banner, Button, Card, Choice, ConfirmDialog, Select, Tone, rows},
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// Which versions are compared, and which one is to be brought back.
#[derive(Clone, Copy)]
struct Compared {
    page: Page,
    from: RwSignal<i32>,
    /// The present, when it is none of the older ones.
    to: RwSignal<i32>,
    changes: RwSignal<Option<Vec<ContentChange>>>,
    error: RwSignal<Option<String>>,
    restoring: RwSignal<Option<(i32, ConversationContent)>>,
}

impl Compared {
    fn new(page: Page) -> Self {
        let version = page.now.with_untracked(|now| now.version);
        Self {
            page,
            from: RwSignal::new((version - 1).max(1)),
            to: RwSignal::new(version),
            changes: RwSignal::new(None),
            error: RwSignal::new(None),
            restoring: RwSignal::new(None),
        }
    }

    /// What a version holds. The present is here already.
    async fn content(self, version: i32) -> Result<ConversationContent, ApiError> {
        let present = self.page.now.try_with_untracked(|now| (now.version, now.content()));
        if let Some((_, content)) = present.filter(|(present, _)| *present == version) {
            return Ok(content);
        }
        let answer = Call::<ReadVersion>::new((self.page.id, version), &Nothing {}).send().await?;
        Ok(answer.content)
    }

    fn compare(self) {
        let (from, to) = (self.from.get_untracked(), self.to.get_untracked());
        self.error.set(None);
        spawn_local(async move {
            let both = match (self.content(from).await, self.content(to).await) {
                (Ok(from), Ok(to)) => Ok(content_changes(&from, &to)),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            // Another choice was made meanwhile, or the page is gone.
            if self.from.try_get_untracked() != Some(from)
                || self.to.try_get_untracked() != Some(to)
            {
                return;
            }
            match both {
                Ok(changes) => self.changes.set(Some(changes)),
                Err(error) => self.error.set(Some(error.error)),
            }
        });
    }

    /// Reads what is to be brought back, then asks.
    fn ask(self, version: i32) {
        self.error.set(None);
        spawn_local(async move {
            match self.content(version).await {
                Ok(content) => drop(self.restoring.try_set(Some((version, content)))),
                Err(error) => drop(self.error.try_set(Some(error.error))),
            }
        });
    }

    fn restore(self) {
        let Some((version, content)) = self.restoring.get_untracked() else { return };
        let request = EditRequest { content, reason: None, restored_from: Some(version) };
        let base = self.page.now.with_untracked(|now| i64::from(now.version));
        let call = Call::<EditConversation>::new(self.page.id, &request).if_match(base);
        let page = self.page;
        if page.busy.get_untracked() {
            return;
        }
        page.busy.set(true);
        spawn_local(async move {
            let answer = call.send().await;
            if page.busy.try_set(false).is_some() {
                return;
            }
            self.restoring.set(None);
            match answer {
                Ok(ConversationAnswer { conversation }) => {
                    page.show(conversation);
                    page.told.set(format!("Version {version} is back."));
                    self.from.set(version);
                    self.to.set(page.now.with_untracked(|now| now.version));
                    self.changes.set(None);
                }
                Err(error) => match standing(&error) {
                    Some(theirs) => page.overtaken(theirs),
                    None => self.error.set(Some(error.error)),
                },
            }
        });
    }
}

#[component]
pub fn VersionsCard(page: Page, editing: RwSignal<bool>) -> impl IntoView {
    let compared = Compared::new(page);
    let list = move || match page.versions.get() {
        None => view! {
            <div class="cluster">
                <p class="muted">"The versions could not be loaded."</p>
                <Button small=true on_press=move |()| page.read_versions()>
                    "Retry"
                </Button>
            </div>
        }
        .into_any(),
        Some(versions) => {
            let line = move |version| {
                view! { <Line compared=compared version=version editing=editing /> }
            };
            let present = page.version();
            let key = move |version: &VersionView| (version.version, version.version == present);
            let lines = rows(versions.clone(), key, line);
            let several = versions.len() > 1;
            let choice = several.then(|| view! { <Pair compared=compared versions=versions /> });
            view! {
                <ul class="conversation-entries">{lines}</ul>
                {choice}
            }
            .into_any()
        }
    };
    let failed = move || {
        compared.error.get().map(|error| view! { <Banner tone=Tone::Danger>{error}</Banner> })
    };
    let changes =
        move || compared.changes.get().map(|changes| view! { <ContentChanges changes=changes /> });
    view! {
        <Card id="conversation-versions" title="Versions">
            <div class="stack" data-gap="s">
                {list} {failed}
                <div aria-live="polite">{changes}</div>
            </div>
            <RestoreDialog compared=compared />
        </Card>
    }
    .into_any()
}

#[component]
fn Line(compared: Compared, version: VersionView, editing: RwSignal<bool>) -> impl IntoView {
    let number = version.version;
    let is_present = compared.page.now.with_untracked(|now| now.version == number);
    let who = version.editor_name.unwrap_or_else(|| "Deleted account".into());
    let reason = version.reason.map(|reason| {
        view! {
            <p class="conversation-note" lang="" dir="auto">
                {reason}
            </p>
        }
    });
    let origin = version.restored_from.map(|from| format!(" · Brings back version {from}"));
    let compare = move |()| {
        compared.from.set(number);
        compared.to.set(compared.page.now.with_untracked(|now| now.version));
        compared.compare();
    };
    let buttons = (!is_present).then(|| {
        let name = move || view! { <span class="visually-hidden">" version " {number}</span> };
        view! {
            <Button small=true on_press=compare>
                "Compare"
                {name()}
            </Button>
            <Button small=true disabled=editing on_press=move |()| compared.ask(number)>
                "Restore"
                {name()}
            </Button>
        }
    });
    view! {
        <li class="conversation-entry">
            <div class="cluster">
                <strong>"Version " {number}</strong>
                {is_present.then_some("(present)")}
                <span>{who}</span>
                <span class="small muted">
                    <Moment time=version.edited_at />
                    {origin}
                </span>
                {buttons}
            </div>
            {reason}
        </li>
    }
    .into_any()
}

/// Any two against each other.
#[component]
fn Pair(compared: Compared, versions: Vec<VersionView>) -> impl IntoView {
    let choices = move || {
        let choice = |version: &VersionView| {
            let number = version.version.to_string();
            Choice::new(number.clone(), format!("Version {number}"))
        };
        versions.iter().map(choice).collect::<Vec<_>>()
    };
    let chosen = |side: RwSignal<i32>| Signal::derive(move || side.get().to_string());
    let choose = move |side: RwSignal<i32>| {
        move |word: String| {
            if let Ok(version) = word.parse() {
                side.set(version);
                compared.compare();
            }
        }
    };
    let (from, to) = (compared.from, compared.to);
    view! {
        <div class="columns">
            <Select
                id="compare-from"
                label="Compare"
                choices=choices()
                value=chosen(from)
                on_change=choose(from)
            />
            <Select
                id="compare-to"
                label="With"
                choices=choices()
                value=chosen(to)
                on_change=choose(to)
            />
        </div>
    }
    .into_any()
}

#[component]
fn RestoreDialog(compared: Compared) -> impl IntoView {
    let number = move || compared.restoring.with(|it| it.as_ref().map_or(0, |(number, _)| *number));
    view! {
        <ConfirmDialog
            id="restore-version"
            title=Signal::derive(move || format!("Restore version {}?", number()))
            open=Signal::derive(move || compared.restoring.with(Option::is_some))
            confirm="Restore"
            on_confirm=move |()| compared.restore()
            on_cancel=move |()| compared.restoring.set(None)
            busy=compared.page.busy
        >
            <p>"Its content becomes a new version. The present one stays in the list."</p>
        </ConfirmDialog>
    }
    .into_any()
}
