//! `/notifications`: everything that the person was told, newest first. Filter and page stand in
//! the address; without a script it reads and marks all the same.

use crate::{
    api::notifications::load_notifications,
    domain::notifications::{NotificationPage, NotificationQuery, NotificationView},
    ui::{
        client::{
            news::{Notified, tone, use_notified},
            preferences::{use_preferences, use_rows_per_page},
            resource::resource,
        },
        components::{
            Badge, Banner, Button, EmptyState, Icon, IconName, PageHeader, PageTitle, Pager,
            TabLink, TabLinks, Tone, rows,
        },
        form::focus,
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};
use uuid::Uuid;

const PAGE: &str = "/notifications";
const UNREAD: &str = "/notifications?unread=true";
/// The form that marks without a script.
const MARK: &str = "/api/fn/mark-notifications-read";

/// The page, loaded when it is visited.
pub struct NotificationsPage;

#[lazy_route]
impl LazyRoute for NotificationsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Notifications />
            </div>
        }
        .into_any()
    }
}

/// What the address asks for; what cannot be meant is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    unread: bool,
    before: Option<i64>,
}

impl Asked {
    fn read(part: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            unread: part("unread").as_deref() == Some("true"),
            before: part("before").and_then(|word| word.parse().ok()),
        }
    }

    fn newest(self) -> &'static str {
        if self.unread { UNREAD } else { PAGE }
    }

    fn older(self, before: i64) -> String {
        format!("{}{}before={before}", self.newest(), if self.unread { '&' } else { '?' })
    }
}

#[component]
fn Notifications() -> impl IntoView {
    let (preferences, rows, notified) = (use_preferences(), use_rows_per_page(), use_notified());
    let address = use_query_map();
    let asked = Memo::new(move |_| address.with(|query| Asked::read(|name| query.get(name))));
    let quiet =
        Memo::new(move |_| preferences.applied.with(|applied| !applied.notifications.in_app));
    let page = resource(
        move || (asked.get(), rows.get(), notified.changed.get()),
        |(asked, rows, _)| {
            let Asked { unread, before } = asked;
            let (unread, limit) = (unread.then_some(true), Some(rows));
            load_notifications(NotificationQuery { unread, before, limit })
        },
    );
    view! {
        <PageTitle text="Notifications" />
        <PageHeader
            title="Notifications"
            hint="Newest first."
            actions=move || view! { <Actions notified=notified /> }
        />
        {move || quiet.get().then(|| view! { <InAppIsOff /> })}
        <TabLinks
            label="Which notifications"
            tabs=vec![TabLink::new("All", PAGE), TabLink::new("Unread", UNREAD)]
            current=Signal::derive(move || asked.get().newest().to_owned())
        />
        <Loaded read=page label="Loading your notifications" lines=6 let:page>
            <List page=page asked=asked.get_untracked() notified=notified />
        </Loaded>
    }
}

#[component]
fn InAppIsOff() -> impl IntoView {
    view! {
        <Banner tone=Tone::Info>
            "Notifications in Train are off: nothing new arrives here, and the bell is hidden. "
            <a href="/settings/notifications">"Change this in settings"</a>
        </Banner>
    }
    .into_any()
}

#[component]
fn Actions(notified: Notified) -> impl IntoView {
    view! {
        <a class="button" data-variant="ghost" data-size="s" href="/settings/notifications">
            "Settings"
        </a>
        <Show when=move || { notified.unread.get() > 0 }>
            <MarkForm notified=notified>"Mark all as read"</MarkForm>
        </Show>
    }
    .into_any()
}

/// A form that works by itself, and faster with a script.
#[component]
fn MarkForm(
    notified: Notified,
    /// All, without one.
    #[prop(optional)]
    id: Option<Uuid>,
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        notified.mark_read(id);
        // The button goes with what it marked.
        focus("#main");
    };
    let field = id.map(|id| view! { <input type="hidden" name="id" value=id.to_string() /> });
    view! {
        <form method="post" action=MARK on:submit=submit>
            {field}
            <Button small=true kind="submit" icon=IconName::Check>
                {children()}
            </Button>
        </form>
    }
    .into_any()
}

/// One page with the way to older and back to the newest ones.
#[component]
fn List(page: NotificationPage, asked: Asked, notified: Notified) -> impl IntoView {
    let older = page.next_before.map(|before| ("Older", asked.older(before)));
    let newest = asked.before.map(|_| ("Newest", asked.newest().to_owned()));
    let found = if page.notifications.is_empty() {
        let (title, text) = match (asked.before, asked.unread) {
            (Some(_), _) => ("No older notifications", "This is the end of the list."),
            (None, true) => ("No unread notifications.", "New notifications stay here until read."),
            (None, false) => (
                "You're all caught up.",
                "Budgets, refused keys and database alerts will appear here, with what to do.",
            ),
        };
        view! { <EmptyState icon=IconName::Bell title=title text=text /> }.into_any()
    } else {
        let item = |notification| view! { <Item notification=notification notified=notified /> };
        let items = rows(page.notifications, |notification| notification.id, item);
        view! { <ul class="item-list notification-list">{items}</ul> }.into_any()
    };
    view! {
        {found}
        <Pager before=newest after=older />
    }
    .into_any()
}

#[component]
fn Item(notification: NotificationView, notified: Notified) -> impl IntoView {
    let NotificationView { id, category, severity, title, text, link, read_at, created_at } =
        notification;
    let unread = read_at.is_none();
    let follow = move |_| {
        if unread {
            notified.mark_read(Some(id));
        }
    };
    let heading = match link {
        Some(link) => view! {
            <a href=link on:click=follow>
                {title.clone()}
            </a>
        }
        .into_any(),
        None => title.clone().into_any(),
    };
    let mark = unread.then(|| {
        view! {
            <MarkForm notified=notified id=id>
                "Mark as read"
                <span class="visually-hidden">": " {title}</span>
            </MarkForm>
        }
    });
    view! {
        <li class="item" data-unread=unread.then_some("")>
            <span class="notification-sign" data-tone=tone(severity).name()>
                <Icon name=tone(severity).icon() />
            </span>
            <div class="item-text">
                <p>
                    <strong>{heading}</strong>
                    " "
                    {unread.then(|| view! { <Badge tone=Tone::Accent>"Unread"</Badge> })}
                </p>
                {(!text.is_empty()).then(|| view! { <p class="notification-text">{text}</p> })}
                <p class="item-hint">{category.label()} " · " <Moment time=created_at /></p>
            </div>
            <div class="item-actions">{mark}</div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[(&str, &str)]) -> Asked {
        Asked::read(|name| {
            parts.iter().find(|(own, _)| *own == name).map(|(_, word)| (*word).to_owned())
        })
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        assert_eq!(read(&[("unread", "maybe"), ("before", "yesterday")]), Asked::default());
        assert_eq!(
            read(&[("unread", "true"), ("before", "7")]),
            Asked { unread: true, before: Some(7) }
        );
    }

    #[test]
    fn an_older_page_keeps_the_filter() {
        assert_eq!(Asked { unread: false, before: None }.older(7), "/notifications?before=7");
        assert_eq!(
            Asked { unread: true, before: Some(9) }.older(7),
            "/notifications?unread=true&before=7"
        );
    }
}
