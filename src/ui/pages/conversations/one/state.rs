//! What the page knows of the conversation, and how it follows what becomes of it.

use crate::{
    api::{
        conversations::{
            ConversationAnswer, ListVersions, comments::load_comments, load_conversation,
            load_versions,
        },
        error::ApiError,
        operation::{Nothing, Operation},
    },
    domain::{
        conversations::{CommentsAnswer, ConversationView, Status, VersionView, VersionsAnswer},
        error_code::ErrorCode,
        json,
    },
    ui::client::{boot::use_user, rest::Call},
};
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Everything that the page is drawn from. Without its versions or comments, which failed to load,
/// the conversation is still there to read.
#[derive(Clone, Serialize, Deserialize)]
pub struct Whole {
    pub conversation: ConversationView,
    pub versions: Option<VersionsAnswer>,
    pub comments: Option<CommentsAnswer>,
}

/// Reads it; `None` when there is no such conversation.
pub async fn read(id: String) -> Result<Option<Whole>, ApiError> {
    let conversation = match load_conversation(id).await {
        Ok(answer) => answer.conversation,
        Err(error) if error.status == 404 => return Ok(None),
        Err(error) => return Err(error),
    };
    let versions = load_versions(conversation.id).await.ok();
    let comments = load_comments(conversation.id).await.ok();
    Ok(Some(Whole { conversation, versions, comments }))
}

/// What it is called.
pub fn title(conversation: &ConversationView) -> String {
    match conversation.title.as_str() {
        "" => format!("Conversation {}", conversation.public_id),
        title => title.to_owned(),
    }
}

/// The conversation as it was last heard of.
#[derive(Clone, Copy)]
pub struct Page {
    pub id: Uuid,
    /// Whose page it is.
    pub user: Uuid,
    pub now: RwSignal<ConversationView>,
    /// The newest first; `None` when they could not be read.
    pub versions: RwSignal<Option<Vec<VersionView>>>,
    /// What became of it last, in a sentence.
    pub told: RwSignal<String>,
    /// While something about it is on its way.
    pub busy: RwSignal<bool>,
}

impl Page {
    pub fn new(whole: &Whole) -> Self {
        let user = use_user().with_untracked(|user| user.as_ref().map(|user| user.id));
        let versions = whole.versions.clone().map(|answer| answer.versions);
        Self {
            id: whole.conversation.id,
            user: user.unwrap_or_default(),
            now: RwSignal::new(whole.conversation.clone()),
            versions: RwSignal::new(versions),
            told: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
        }
    }

    pub fn version(self) -> i32 {
        self.now.with(|now| now.version)
    }

    pub fn is_archived(self) -> bool {
        self.now.with(|now| now.status == Status::Archived)
    }

    /// Shows it as it stands now.
    pub fn show(self, standing: ConversationView) {
        let edited = self.now.with_untracked(|now| now.version != standing.version);
        self.now.set(standing);
        if edited {
            self.read_versions();
        }
    }

    pub fn read_versions(self) {
        spawn_local(async move {
            if let Ok(answer) = Call::<ListVersions>::new(self.id, &Nothing {}).send().await {
                // The page may be gone.
                let _ = self.versions.try_set(Some(answer.versions));
            }
        });
    }

    /// Does something about it that leaves it in another state. When somebody else was first, what
    /// stands is shown and told; every other refusal goes to `failed`.
    pub fn change<O: Operation<Answer = ConversationAnswer>>(
        self,
        call: Call<O>,
        done: impl FnOnce(&ConversationView) + 'static,
        failed: impl FnOnce(ApiError) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.told.set(String::new());
        spawn_local(async move {
            let answer = call.send().await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(ConversationAnswer { conversation }) => {
                    done(&conversation);
                    self.show(conversation);
                }
                Err(error) => match standing(&error) {
                    Some(theirs) => self.overtaken(theirs),
                    None => failed(error),
                },
            }
        });
    }

    /// Tells what somebody else did meanwhile, and shows it.
    pub fn overtaken(self, theirs: ConversationView) {
        let before = self.now.with_untracked(|now| now.status);
        self.told.set(meanwhile(before, &theirs));
        self.show(theirs);
    }
}

/// What stands instead, when somebody else was first.
pub fn standing(error: &ApiError) -> Option<ConversationView> {
    if error.code != ErrorCode::VersionConflict {
        return None;
    }
    json::read(error.current.as_ref()?).ok()
}

fn meanwhile(before: Status, theirs: &ConversationView) -> String {
    let by = theirs.review_history.last().and_then(|entry| entry.by_name.clone());
    let by = by.unwrap_or_else(|| "Somebody".into());
    let did = match theirs.status {
        status if status == before => "changed it",
        Status::Approved => "approved it",
        Status::Rejected => "rejected it",
        Status::NeedsRevision => "marked it for revision",
        Status::Archived => "archived it",
        _ => "changed it",
    };
    format!("{by} {did} meanwhile.")
}
