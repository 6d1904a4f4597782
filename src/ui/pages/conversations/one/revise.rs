//! "Revise with Claude": asking for another version, and what Claude proposes. Its code comes when
//! it is opened.

mod panel;
mod proposal;
mod proposals;

use super::state::Page;
use crate::{
    domain::conversations::CommentView,
    ui::{
        client::written::{self, written},
        components::{Button, Card, IconName},
        form::focus,
        tab_code::{TabCode, lazy_tab},
    },
};
use leptos::prelude::*;
use panel::Panel;
use uuid::Uuid;

lazy_tab!(ConversationsOneReviseTab, view! { <Panel revise=expect_context() /> });

/// The id of the field for the instruction.
const FIELD: &str = "revise-instruction";
/// The id of the button that opens it all.
const OPENER: &str = "revise-open";

/// What is asked of Claude.
#[derive(Clone, Copy)]
pub struct Revise {
    page: Page,
    editing: RwSignal<bool>,
    opened: RwSignal<bool>,
    text: RwSignal<String>,
    /// The comment that the text comes from.
    comment: RwSignal<Option<Uuid>>,
    /// How often a comment was taken over: the field then shows it, although it may have focus.
    taken: RwSignal<u32>,
}

impl Revise {
    /// For the page, and by its context for the comments on it.
    pub fn new(page: Page, editing: RwSignal<bool>) -> Self {
        let revise = Self {
            page,
            editing,
            opened: RwSignal::new(false),
            text: written(format!("train.revise.{}.{}", page.user, page.id)),
            comment: RwSignal::new(None),
            taken: RwSignal::new(0),
        };
        revise.keep_comment();
        // What was begun is in sight.
        Effect::new(move |_| {
            if revise.text.with(|text| !text.trim().is_empty()) {
                revise.opened.set(true);
            }
        });
        provide_context(revise);
        revise
    }

    /// Keeps with the text from which comment it comes.
    fn keep_comment(self) {
        let name = format!("train.revise-comment.{}.{}", self.page.user, self.page.id);
        Effect::new(move |started: Option<()>| {
            if started.is_none()
                && let Ok(id) = Uuid::try_parse(&written::read(&name))
            {
                self.comment.set(Some(id));
            }
            let id = self.comment.get().map(|id| id.to_string());
            written::write(&name, &id.unwrap_or_default());
        });
    }

    /// Makes an instruction of a comment, for the person to look over.
    pub fn take_over(self, comment: &CommentView) {
        let turn = comment.turn.filter(|_| !comment.is_outdated);
        self.text.set(match turn {
            Some(turn) => format!("Turn {turn}: {}", comment.text),
            None => comment.text.clone(),
        });
        self.comment.set(Some(comment.id));
        self.open();
    }

    fn open(self) {
        self.opened.set(true);
        self.taken.update(|count| *count = count.wrapping_add(1));
        // Where the code has not come yet, the field takes the focus with it.
        focus(format!("#{FIELD}"));
    }
}

#[component]
pub fn ReviseCard(revise: Revise) -> impl IntoView {
    let waiting = Memo::new(move |_| revise.page.now.with(|now| now.open_revisions));
    let label = move || match waiting.get() {
        0 => "Revise…".to_owned(),
        1 => "Show 1 proposal".to_owned(),
        count => format!("Show {count} proposals"),
    };
    let content = move || {
        if revise.opened.get() {
            return TabCode::of::<ConversationsOneReviseTab>().show();
        }
        view! {
            <Button id=OPENER icon=IconName::Spark on_press=move |()| revise.open()>
                {label}
            </Button>
        }
        .into_any()
    };
    view! {
        <Card
            id="conversation-revise"
            title="Revise with Claude"
            hint="Claude writes another version as you say. Nothing changes until you accept it."
        >
            {content}
        </Card>
    }
    .into_any()
}
