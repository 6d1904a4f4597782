//! The bell in the top bar: how much is unread, and the newest of it behind it.

use crate::{
    api::{error::ApiError, notifications::ListNotifications, operation::Nothing},
    domain::notifications::{NotificationPage, NotificationQuery, NotificationView},
    ui::{
        client::{
            news::{tone, use_notified},
            preferences::use_preferences,
            rest::Call,
        },
        components::{Button, Icon, IconName, Skeleton, close_on_navigation, rows},
        moment::Moment,
    },
};
use leptos::{html, prelude::*, task::spawn_local};

/// How many the list behind the bell shows.
const SHOWN: i64 = 6;

/// A count that stays small: nobody needs to know whether it is 120 or 121.
pub(super) fn short(count: i64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}

/// The button and its list, which the browser alone opens. Without a script the list holds the way
/// to the page only. Who does not want notifications here has no bell.
#[component]
pub fn Bell(#[prop(into)] path: Signal<String>) -> impl IntoView {
    let preferences = use_preferences();
    let wanted =
        Memo::new(move |_| preferences.applied.with(|applied| applied.notifications.in_app));
    move || wanted.get().then(|| view! { <OpenBell path=path /> })
}

#[component]
fn OpenBell(path: Signal<String>) -> impl IntoView {
    let notified = use_notified();
    let node = NodeRef::<html::Div>::new();
    close_on_navigation(node, path);
    let latest = RwSignal::new(None::<Result<NotificationPage, ApiError>>);
    let load = move || {
        spawn_local(async move {
            let newest = NotificationQuery { limit: Some(SHOWN), ..Default::default() };
            let call = Call::<ListNotifications>::asking((), &newest, &Nothing {});
            let answer = call.send().await;
            if let Ok(page) = &answer {
                notified.unread.set(page.unread);
            }
            latest.set(Some(answer));
        });
    };
    // Once it was opened it is kept in step; before, nobody looks at it.
    Effect::new(move |before: Option<u32>| {
        let changed = notified.changed.get();
        if before.is_some() && latest.with_untracked(Option::is_some) {
            load();
        }
        changed
    });
    let name = move || match notified.unread.get() {
        0 => "Notifications, none unread".to_owned(),
        count => format!("Notifications, {} unread", short(count)),
    };
    let count = move || {
        let unread = notified.unread.get();
        (unread > 0).then(|| {
            view! {
                <span class="bell-count" aria-hidden="true">
                    {short(unread)}
                </span>
            }
        })
    };
    let list = move || match latest.get() {
        None => view! {
            <div data-needs-script="">
                <Skeleton label="Loading notifications" lines=3 />
            </div>
        }
        .into_any(),
        Some(Err(error)) => view! {
            <p class="bell-note" role="alert">
                {error.error}
            </p>
            <Button small=true icon=IconName::Reset on_press=move |()| load()>
                "Retry"
            </Button>
        }
        .into_any(),
        Some(Ok(page)) if page.notifications.is_empty() => {
            view! { <p class="bell-note">"You're all caught up."</p> }.into_any()
        }
        Some(Ok(page)) => {
            let line = |notification| view! { <BellLine notification=notification /> };
            let lines = rows(page.notifications, |notification| notification.id, line);
            view! { <ul class="bell-list">{lines}</ul> }.into_any()
        }
    };
    view! {
        <button
            class="button bell"
            type="button"
            data-variant="ghost"
            data-icon-only=""
            popovertarget="notifications"
            aria-label=name
            on:click=move |_| load()
        >
            <Icon name=IconName::Bell />
            {count}
        </button>
        <div
            class="menu bell-menu"
            id="notifications"
            popover="auto"
            role="region"
            aria-label="Newest notifications"
            node_ref=node
        >
            {list}
            <div class="bell-foot">
                <a href="/notifications">"All notifications"</a>
                <Show when=move || { notified.unread.get() > 0 }>
                    <span data-needs-script="">
                        <Button
                            small=true
                            icon=IconName::Check
                            on_press=move |()| notified.mark_read(None)
                        >
                            "Mark all as read"
                        </Button>
                    </span>
                </Show>
            </div>
        </div>
    }
}

#[component]
fn BellLine(notification: NotificationView) -> impl IntoView {
    let notified = use_notified();
    let NotificationView { id, severity, title, link, read_at, created_at, .. } = notification;
    let unread = read_at.is_none();
    let title = match link {
        Some(link) => view! {
            <a
                href=link
                on:click=move |_| {
                    if unread {
                        notified.mark_read(Some(id));
                    }
                }
            >
                {title}
            </a>
        }
        .into_any(),
        None => view! { <span>{title}</span> }.into_any(),
    };
    view! {
        <li class="bell-line" data-unread=unread.then_some("") data-tone=tone(severity).name()>
            <Icon name=tone(severity).icon() />
            <div>
                <p>
                    {unread.then(|| view! { <span class="visually-hidden">"Unread: "</span> })}
                    {title}
                </p>
                <small>
                    <Moment time=created_at />
                </small>
            </div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_large_count_is_told_shortly() {
        assert_eq!([short(1), short(99), short(100)], ["1", "99", "99+"]);
    }
}
