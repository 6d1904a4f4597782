//! What the person was told: how much of it is unread, and that something changed. Kept in step by
//! server push.

use super::{
    live::{self, News},
    rest::Call,
    toasts::Toasts,
};
use crate::{
    api::{
        accounts::ReadAccount,
        error::ApiError,
        events::{LiveEvent, NotificationNews, SentNotification},
        notifications::{ListNotifications, MarkNotifications},
        operation::Nothing,
    },
    domain::{
        accounts::PublicUser,
        notifications::{
            MarkRequest, NotificationPage, NotificationQuery, NotificationView, Severity,
        },
    },
    ui::tone::Tone,
};
use leptos::{
    prelude::*,
    task::{spawn_local, tick},
};
use uuid::Uuid;

/// Of so many that were missed each is told by a toast; the bell counts all.
const MOST_MISSED: i64 = 3;

/// In the page's context, for the bell, the list, and pages about what others do to the person.
#[derive(Clone, Copy)]
pub struct Notified {
    pub unread: RwSignal<i64>,
    /// Counts up whenever a list that is shown is no longer right.
    pub changed: RwSignal<u32>,
    /// How many alerts of the database are open, as an administrator's pages read last.
    pub alerts: RwSignal<i64>,
    /// How often it is being asked at the moment who the person is.
    asking: RwSignal<u32>,
    /// Numbers these questions: the answer to the last one counts.
    asked: RwSignal<u32>,
}

/// How much of the news is in what a page shows: to be taken before that is read.
#[derive(Clone, Copy)]
pub struct Following {
    changed: RwSignal<u32>,
    since: u32,
}

impl Notified {
    pub fn new(unread: i64) -> Self {
        let [changed, asking, asked] = [0, 0, 0].map(RwSignal::new);
        let [unread, alerts] = [unread, 0].map(RwSignal::new);
        Self { unread, changed, alerts, asking, asked }
    }

    /// Follows the server for as long as the page lives. `update` receives who the person is
    /// whenever that may be another: where they belong, and as what.
    pub fn start(self, toasts: Toasts, update: impl Fn(PublicUser) + Copy + 'static) {
        let _ = live::subscribe(move |news| match news {
            News::Pushed(LiveEvent::Notification(news)) => {
                if let NotificationNews::Sent(sent) = news
                    && sent.toast
                    && is_looked_at()
                {
                    let SentNotification { id, severity, title, link, in_app, .. } = sent.clone();
                    let follow = move || {
                        if in_app {
                            self.mark_read(Some(id));
                        }
                    };
                    toasts.lead(tone(severity), title, link, follow);
                }
                self.count_again(None);
            }
            News::Pushed(LiveEvent::MembershipChanged {}) => self.ask_who(None, update),
            News::Missed => self.ask_who(Some(toasts), update),
            News::Pushed(_) => {}
        });
    }

    /// What is shown is no longer right: the server said so in an answer.
    pub fn look_again(self) {
        self.changed.update(|changed| *changed += 1);
    }

    /// For a page that follows the news.
    pub fn following(self) -> Following {
        Following { changed: self.changed, since: self.changed.get_untracked() }
    }

    /// First who the person is: a page that is no longer theirs is gone before it reads anything.
    fn ask_who(self, missed: Option<Toasts>, update: impl Fn(PublicUser) + 'static) {
        self.asking.update(|asking| *asking += 1);
        self.asked.update(|asked| *asked += 1);
        let question = self.asked.get_untracked();
        spawn_local(async move {
            let answer = Call::<ReadAccount>::new((), &Nothing {}).send().await;
            self.asking.update(|asking| *asking -= 1);
            // Without an answer they stay who they were; the next event asks again. An answer that
            // a later question overtook may be from before what that one is about.
            if let Ok(answer) = answer
                && self.asked.get_untracked() == question
            {
                update(answer.user);
                // The page is drawn anew by that.
                tick().await;
            }
            self.count_again(missed);
        });
    }

    /// Reads how much is unread, and tells by toasts what was missed.
    fn count_again(self, missed: Option<Toasts>) {
        if self.asking.get_untracked() == 0 {
            self.look_again();
        }
        let known = self.unread.get_untracked();
        spawn_local(async move {
            // Asks for little more than the count; a page holds at least one.
            let limit = Some(if missed.is_some() { MOST_MISSED } else { 1 });
            let count = NotificationQuery { unread: Some(true), limit, before: None };
            let call = Call::<ListNotifications>::asking((), &count, &Nothing {});
            // Without an answer the old count stays; the next event asks again.
            let Ok(page) = call.send().await else { return };
            self.unread.set(page.unread);
            if let Some(toasts) = missed.filter(|_| is_looked_at()) {
                let unseen = unseen(known, &page).iter().rev();
                for notification in unseen.filter(|news| toasts.are_wanted_for(news.category)) {
                    let NotificationView { id, severity, title, link, .. } = notification.clone();
                    toasts.lead(tone(severity), title, link, move || self.mark_read(Some(id)));
                }
            }
        });
    }

    /// Marks one as read, or all. Without an answer it stays unread, which the list shows.
    pub fn mark_read(self, id: Option<Uuid>) {
        let mark = MarkRequest { all: id.is_none(), ids: id.into_iter().collect(), read: true };
        spawn_local(async move {
            if let Ok(marked) = Call::<MarkNotifications>::new((), &mark).send().await {
                self.unread.set(marked.unread);
                self.look_again();
            }
        });
    }
}

impl Following {
    /// Reads again with all news, for as long as the component lives that calls it, and hands over
    /// what was read. Whoever puts it into a signal keeps the elements that are shown: the focus,
    /// an open question and what was typed stay.
    pub fn read_again<T: 'static, R>(
        self,
        read: impl Fn() -> R + 'static,
        take: impl Fn(T) + Clone + 'static,
    ) where
        R: Future<Output = Result<T, ApiError>> + 'static,
    {
        let changed = self.changed;
        self.each(move |now| {
            let (answer, take) = (read(), take.clone());
            spawn_local(async move {
                // Without an answer what is shown stays, and if there is more news by now, another
                // answer is on its way.
                match answer.await {
                    Ok(answer) if changed.get_untracked() == now => take(answer),
                    _ => {}
                }
            });
        });
    }

    /// Calls back with all news, for as long as the component lives that calls it, with the number
    /// that the news has.
    pub fn each(self, on_news: impl Fn(u32) + 'static) {
        let Self { changed, since } = self;
        Effect::new(move |before: Option<u32>| {
            let now = changed.get();
            if before.unwrap_or(since) != now {
                on_news(now);
            }
            now
        });
    }
}

/// Of unread notifications, the newest first, those that came since `known` were unread.
fn unseen(known: i64, page: &NotificationPage) -> &[NotificationView] {
    let new = usize::try_from(page.unread - known).unwrap_or_default();
    &page.notifications[..new.min(page.notifications.len())]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notifications::Category;
    use chrono::Utc;

    #[test]
    fn what_is_unseen_is_what_is_unread_beyond_what_was_known() {
        let titled = |title: &str| NotificationView {
            id: Uuid::nil(),
            category: Category::SystemAlerts,
            severity: Severity::Info,
            title: title.into(),
            text: String::new(),
            link: None,
            read_at: None,
            created_at: Utc::now(),
        };
        let notifications = ["newest", "newer", "old"].map(titled).to_vec();
        let page = NotificationPage { notifications, unread: 5, next_before: Some(1) };
        let titles = |known| {
            let new = unseen(known, &page).iter();
            new.map(|notification| notification.title.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(titles(3), ["newest", "newer"]);
        assert_eq!(titles(5), [""; 0], "nothing new");
        assert_eq!(titles(9), [""; 0], "they were read elsewhere");
        assert_eq!(titles(0).len(), 3, "no more than were read");
    }
}
