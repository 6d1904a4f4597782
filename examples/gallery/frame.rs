//! The application frame with the gallery inside, and the sign-in layout.

use crate::{controls, feedback};
use leptos::prelude::*;
use train::ui::components::*;

fn item(label: &str, href: &str, icon: IconName) -> NavItem {
    NavItem { label: label.into(), href: href.into(), icon, section: href.into(), count: None }
}

fn nav() -> Vec<NavGroup> {
    vec![
        NavGroup {
            heading: Some("Work".into()),
            items: vec![
                item("Conversations", "/conversations", IconName::Chat),
                item("Review", "/review", IconName::Check),
                item("Generate", "/generate", IconName::Spark),
                item("Jobs", "/jobs", IconName::Queue),
            ],
        },
        NavGroup {
            heading: Some("Configure".into()),
            items: vec![
                item("Settings", "/settings", IconName::Settings),
                item("AI", "/ai", IconName::Gauge),
                item("History", "/history", IconName::History),
            ],
        },
        NavGroup {
            heading: Some("Administer".into()),
            items: vec![
                item("Organization", "/organization", IconName::Building),
                item("Database", "/database", IconName::Database),
                item("Installation", "/admin", IconName::Shield),
            ],
        },
    ]
}

pub fn gallery() -> impl IntoView {
    let menu = vec![
        MenuItem::Link {
            label: "Settings".into(),
            href: "/settings/display".into(),
            icon: IconName::Settings,
        },
        MenuItem::Link {
            label: "Account".into(),
            href: "/settings/account".into(),
            icon: IconName::User,
        },
        MenuItem::Link {
            label: "Keyboard shortcuts".into(),
            href: "/settings/shortcuts".into(),
            icon: IconName::Keyboard,
        },
        MenuItem::Post {
            label: "Sign out".into(),
            action: "/sign-out".into(),
            icon: IconName::SignOut,
        },
    ];
    let tabs = vec![
        TabLink::new("Display", "/settings/display").icon(IconName::Monitor),
        TabLink::new("Notifications", "/settings/notifications").icon(IconName::Bell),
        TabLink::new("Filters", "/settings/filters").icon(IconName::Filter),
        TabLink::new("Export", "/settings/export").icon(IconName::Download),
        TabLink::new("Shortcuts", "/settings/shortcuts").icon(IconName::Keyboard),
        TabLink::new("Quality", "/settings/quality").icon(IconName::Gauge),
        TabLink::new("Account", "/settings/account").icon(IconName::User),
    ];
    view! {
        <AppFrame
            nav=nav()
            path="/settings/display".to_owned()
            person=Person {
                name: "Ada Lovelace".into(),
                email: "ada@example.org".into(),
            }
            menu=menu
            collapsed=false
            on_collapse=|_: bool| ()
            top_start=|| {
                view! { <SearchField id="top-search" label="Search settings" chord="Ctrl+K" /> }
            }
            top_end=|| {
                view! {
                    <SaveStatus state=SaveState::Saved live=true />
                    <IconButton icon=IconName::Bell label="Notifications" />
                }
            }
        >
            <div class="page-narrow">
                <PageHeader
                    title="Settings".to_owned()
                    hint="Changes save themselves and follow you across tabs and devices."
                    actions=|| {
                        view! {
                            <Button small=true icon=IconName::Upload>
                                "Import"
                            </Button>
                            <Button small=true icon=IconName::Download>
                                "Export"
                            </Button>
                        }
                    }
                />
                <TabLinks label="Settings" tabs=tabs current="/settings/display".to_owned() />
                {controls::rows()}
                {controls::standalone()}
                {feedback::buttons()}
                {feedback::messages()}
                {feedback::data()}
                {feedback::overlays()}
            </div>
        </AppFrame>
    }
}

pub fn sign_in() -> impl IntoView {
    view! {
        <AuthCard
            title="Sign in"
            hint="Welcome back."
            footer=|| {
                view! {
                    "New here? "
                    <a href="/sign-up">"Make an account"</a>
                }
            }
        >
            <form method="post" action="/sign-in">
                <TextField
                    id="email"
                    name="email"
                    label="Email"
                    kind="email"
                    autocomplete="username"
                    value="ada@example.org".to_owned()
                    required=true
                />
                <PasswordField
                    id="password"
                    name="password"
                    label="Password"
                    autocomplete="current-password"
                    error="That is not the password of this account."
                />
                <Button kind="submit" variant=ButtonVariant::Primary>
                    "Sign in"
                </Button>
            </form>
        </AuthCard>
    }
}
