//! Editing a conversation: a draft that this browser keeps until it is saved or given up.

mod conflict;
mod fields;
mod kept;
mod turns;

use super::state::{Page, standing};
use crate::{
    api::conversations::{EditConversation, EditRequest},
    domain::conversations::{ConversationContent, ConversationView, Role, Turn},
    ui::{
        client::rest::Call,
        components::{Button, Card, TextField},
        form::{FetchForm, FormButtons, FormState, focus, warn_before_leaving},
    },
};
use conflict::Conflict;
use fields::Fields;
use kept::Kept;
pub use kept::KeptOffer;
use leptos::{prelude::*, task::spawn_local};
use turns::TurnFields;

/// The paths of the fields, as errors name them; those of turns are put together.
const PATHS: &[&str] =
    &["title", "persona", "emotion", "topic", "intent", "tone", "tier", "categories", "reason"];

/// A turn that is edited. It is known by its key, wherever it is moved; its texts are counted, not
/// owned, because it is made and removed by presses.
#[derive(Clone)]
pub struct EditedTurn {
    key: u32,
    role: ArcRwSignal<Role>,
    text: ArcRwSignal<String>,
}

/// The draft.
#[derive(Clone, Copy)]
pub struct Edit {
    pub page: Page,
    pub open: RwSignal<bool>,
    /// Everything but the turns.
    lines: RwSignal<ConversationContent>,
    turns: RwSignal<Vec<EditedTurn>>,
    reason: RwSignal<String>,
    /// The version that it is based on.
    base: RwSignal<i32>,
    /// What somebody else saved meanwhile.
    conflict: RwSignal<Option<ConversationView>>,
    /// What this browser kept of an earlier visit.
    kept: RwSignal<Option<Kept>>,
    next_key: StoredValue<u32>,
}

impl Edit {
    pub fn new(page: Page) -> Self {
        let mut lines = page.now.with_untracked(ConversationView::content);
        lines.turns.clear();
        let edit = Self {
            page,
            open: RwSignal::new(false),
            lines: RwSignal::new(lines),
            turns: RwSignal::new(Vec::new()),
            reason: RwSignal::new(String::new()),
            base: RwSignal::new(0),
            conflict: RwSignal::new(None),
            kept: RwSignal::new(None),
            next_key: StoredValue::new(0),
        };
        Effect::new(move |_| edit.kept.set(kept::read(page)));
        Effect::new(move |_| {
            if edit.open.get() {
                edit.keep();
            }
        });
        warn_before_leaving(move || {
            edit.open.try_get_untracked() == Some(true) && untrack(move || edit.differs())
        });
        edit
    }

    /// Opens it: with what was kept, or as the conversation stands.
    pub fn begin(self) {
        match self.kept.get_untracked() {
            Some(kept) => self.fill(kept.content, kept.reason, kept.version),
            None => {
                let (content, version) =
                    self.page.now.with_untracked(|now| (now.content(), now.version));
                self.fill(content, String::new(), version);
            }
        }
        self.kept.set(None);
        self.conflict.set(None);
        self.page.told.set(String::new());
        self.open.set(true);
        focus("#edit-title");
    }

    fn fill(self, mut content: ConversationContent, reason: String, version: i32) {
        let turns = std::mem::take(&mut content.turns);
        self.lines.set(content);
        self.turns.set(turns.into_iter().map(|turn| self.edited(turn)).collect());
        self.reason.set(reason);
        self.base.set(version);
    }

    fn edited(self, turn: Turn) -> EditedTurn {
        let key = self.next_key.get_value();
        self.next_key.set_value(key.wrapping_add(1));
        EditedTurn { key, role: ArcRwSignal::new(turn.role), text: ArcRwSignal::new(turn.content) }
    }

    /// The draft's turns as they stand.
    fn said(self) -> Vec<Turn> {
        let turn = |turn: &EditedTurn| Turn { role: turn.role.get(), content: turn.text.get() };
        self.turns.with(|turns| turns.iter().map(turn).collect())
    }

    /// The draft as it stands.
    fn content(self) -> ConversationContent {
        ConversationContent { turns: self.said(), ..self.lines.get() }
    }

    /// Whether there is anything to lose.
    fn differs(self) -> bool {
        let content = self.content();
        self.page.now.with(|now| now.content() != content)
            || self.reason.with(|reason| !reason.is_empty())
    }

    /// Writes the draft into this browser's storage while it differs.
    fn keep(self) {
        if self.differs() {
            let kept = Kept::now(self.content(), self.reason.get(), self.base.get());
            kept::write(self.page, &kept);
        } else {
            kept::remove(self.page);
        }
    }

    /// Gives the draft up.
    fn close(self) {
        self.open.set(false);
        self.conflict.set(None);
        kept::remove(self.page);
        focus("#edit-conversation");
    }

    fn save(self, form: FormState) {
        if form.busy.get_untracked() {
            return;
        }
        let draft = untrack(move || self.content());
        let content = match draft.clone().check() {
            Ok(content) => content,
            Err(errors) => return form.refuse(errors),
        };
        let reason = self.reason.get_untracked().trim().to_owned();
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        let request = EditRequest { content, reason, restored_from: None };
        let base = i64::from(self.base.get_untracked());
        let call = Call::<EditConversation>::new(self.page.id, &request).if_match(base);
        form.clear();
        form.busy.set(true);
        spawn_local(async move {
            let answer = call.send().await;
            if form.busy.try_set(false).is_some() {
                // The page is gone. What was kept differs from what is stored no more, which the
                // next visit sees.
                return;
            }
            match answer {
                Ok(answer) => self.saved(&draft, answer.conversation),
                Err(error) => match standing(&error) {
                    Some(theirs) => {
                        self.conflict.set(Some(theirs));
                        focus("#edit-conflict button");
                    }
                    None => form.fail(error),
                },
            }
        });
    }

    fn saved(self, draft: &ConversationContent, stored: ConversationView) {
        let version = stored.version;
        let is_new = self.base.get_untracked() != version;
        self.base.set(version);
        self.conflict.set(None);
        let goes_on = untrack(move || self.content()) != *draft;
        self.page.show(stored);
        self.page.told.set(match is_new {
            true => format!("Saved as version {version}."),
            false => "Nothing has changed.".into(),
        });
        // What was typed while it was on its way is the next edit.
        if !goes_on {
            self.reason.set(String::new());
            self.close();
        }
    }
}

/// The form in the place of the turns.
#[component]
pub fn Editor(edit: Edit) -> impl IntoView {
    let form = FormState::new("edit-form", PATHS).showing(|path| path.starts_with("turns."));
    let cancel = move || {
        view! { <Button on_press=move |()| edit.close()>"Cancel"</Button> }
    };
    view! {
        <Conflict edit=edit form=form />
        <Card
            id="conversation-edit"
            title="Edit"
            hint="Your changes are kept in this browser until you save or cancel."
        >
            <FetchForm form=form on_send=move |()| edit.save(form)>
                <Fields edit=edit form=form />
                <TurnFields edit=edit form=form />
                <TextField
                    id="edit-reason"
                    name="reason"
                    label="Reason"
                    hint="Optional. Stands beside the version."
                    max_length=500
                    value=edit.reason
                    on_change=move |text| edit.reason.set(text)
                    error=form.error("reason")
                />
                <FormButtons form=form others=cancel goes=true>
                    "Save"
                </FormButtons>
            </FetchForm>
        </Card>
    }
    .into_any()
}
