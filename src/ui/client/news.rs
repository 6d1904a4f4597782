//! What the person was told: how much of it is unread, and that something changed. Kept in step by
//! server push.

use super::{
    live::{self, News},
    rest::Call,
    toasts::Toasts,
};
use crate::{
    api::{
        events::{LiveEvent, NotificationNews},
        notifications::{ListNotifications, MarkNotifications},
        operation::Nothing,
    },
    domain::notifications::{MarkRequest, NotificationQuery, Severity},
    ui::components::Tone,
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// In the page's context, for the bell and the list.
#[derive(Clone, Copy)]
pub struct Notified {
    pub unread: RwSignal<i64>,
    /// Counts up whenever a list that is shown is no longer right.
    pub changed: RwSignal<u32>,
}

impl Notified {
    pub fn new(unread: i64) -> Self {
        Self { unread: RwSignal::new(unread), changed: RwSignal::new(0) }
    }

    /// Follows the server for as long as the page lives.
    pub fn start(self, toasts: Toasts) {
        let _ = live::subscribe(move |news| {
            match news {
                News::Pushed(LiveEvent::Notification(NotificationNews::Sent(sent))) => {
                    if sent.toast && is_looked_at() {
                        toasts.show(tone(sent.severity), sent.title.clone());
                    }
                }
                News::Pushed(LiveEvent::Notification(NotificationNews::Marked(_))) => {}
                News::Pushed(_) => return,
                News::Missed => {}
            }
            self.count_again();
        });
    }

    fn count_again(self) {
        self.changed.update(|changed| *changed += 1);
        spawn_local(async move {
            // Asks for the count alone; a page holds at least one.
            let count = NotificationQuery { unread: Some(true), limit: Some(1), before: None };
            let call = Call::<ListNotifications>::asking((), &count, &Nothing {});
            // Without an answer the old count stays; the next event asks again.
            if let Ok(page) = call.send().await {
                self.unread.set(page.unread);
            }
        });
    }

    /// Marks one as read, or all. Without an answer it stays unread, which the list shows.
    pub fn mark_read(self, id: Option<Uuid>) {
        let mark = MarkRequest { all: id.is_none(), ids: id.into_iter().collect(), read: true };
        spawn_local(async move {
            if let Ok(marked) = Call::<MarkNotifications>::new((), &mark).send().await {
                self.unread.set(marked.unread);
                self.changed.update(|changed| *changed += 1);
            }
        });
    }
}

/// The colour of a severity.
pub fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Info,
        Severity::Success => Tone::Success,
        Severity::Warning => Tone::Warning,
        Severity::Error => Tone::Danger,
    }
}

/// Of several tabs only the one that is seen speaks up.
fn is_looked_at() -> bool {
    web_sys::window().and_then(|window| window.document()).is_none_or(|page| !page.hidden())
}

/// The news of this page.
pub fn use_notified() -> Notified {
    expect_context::<Notified>()
}
