//! What the search finds: pages and their tabs, what can be done at once, and every setting, by
//! their names and by what else people call them.

use crate::{
    domain::{
        accounts::Role,
        ai,
        letter_case::lowercase,
        preferences::catalog::{self, Section},
        settings::{Field, Kind},
    },
    ui::{
        components::Tab,
        pages::{
            admin::AdminTab, ai::AiTab, data_sets::DataSetsTab, database::DatabaseTab,
            organizations::OrganizationTab,
        },
    },
};
use std::borrow::Cow;

/// Found at once; more would not be read.
pub const SHOWN: usize = 12;

const PAGE: &str = "Page";
const ACTION: &str = "Action";

/// Something that is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub label: &'static str,
    /// What it is, or the way to it: "Settings › Display".
    pub way: Cow<'static, str>,
    pub goal: Goal,
    /// What it is found by beside these.
    words: String,
}

/// What opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    Address(String),
    Act(Act),
}

/// What is done from anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    ToggleTheme,
    ShowShortcuts,
    MarkRead,
    SignOut,
}

/// Pages with their addresses.
const PAGES: [(&str, &str); 12] = [
    ("Home", "/"),
    ("Generate", "/generate"),
    ("Conversations", "/conversations"),
    ("Review", "/review"),
    ("Coverage", "/coverage"),
    ("Data sets", "/datasets"),
    ("AI configuration", "/ai/model"),
    ("Settings", "/settings/display"),
    ("Organization", "/organization/members"),
    ("Invitations", "/invitations"),
    ("Notifications", "/notifications"),
    ("History", "/history"),
];

/// Those for administrators. Nobody else may see them, so nobody else is led there.
const FOR_ADMINISTRATORS: [(&str, &str, &str); 3] = [
    (PAGE, "Database", "/database/overview"),
    (PAGE, "Administration", "/admin/overview"),
    (ACTION, "Back up now", "/database/backups"),
];

/// What stands under Settings › Account, with its address.
const ACCOUNT: [(&str, &str); 6] = [
    ("Time zone", "/settings/account#time-zone"),
    ("E-mail address", "/settings/account#email-card"),
    ("Password", "/settings/account#password-card"),
    ("Two-step verification", "/settings/account#second-factor"),
    ("Signed-in browsers", "/settings/account#sessions"),
    ("Delete account", "/settings/account#delete-account"),
];

const ACTS: [(&str, Act); 4] = [
    ("Toggle theme", Act::ToggleTheme),
    ("Show keyboard shortcuts", Act::ShowShortcuts),
    ("Mark all notifications as read", Act::MarkRead),
    ("Sign out", Act::SignOut),
];

/// What else people call things, by label. Half words do: what is typed is looked for in them.
const ALSO: [(&str, &str); 38] = [
    ("AI configuration", "claude anthropic"),
    ("API keys", "anthropic secret credential"),
    ("Alerts", "rules thresholds"),
    ("Account", "profile display name email"),
    ("Administration", "admin installation"),
    ("Back up now", "backup"),
    ("Backups", "restore dump"),
    ("Connections", "sessions locks"),
    ("Conversations", "dataset examples table training"),
    ("Costs", "budget spending money price"),
    ("Coverage", "gaps missing matrix length tokens histogram"),
    ("Data sets", "dataset versions split train validation test"),
    ("Database", "postgres health"),
    ("Display", "appearance"),
    ("Exports", "download file jsonl csv markdown openai sharegpt alpaca"),
    ("Gateway", "proxy programs sdk"),
    ("Generate", "new conversation"),
    ("Imports", "upload file jsonl csv sharegpt alpaca"),
    ("Indexes", "unused"),
    ("Invitations", "join organization"),
    ("Mail", "smtp email delivery"),
    ("Maintenance", "vacuum analyze reindex"),
    ("Members", "people invite users team"),
    ("New token", "api access"),
    ("Organizations", "teams owners"),
    ("People", "users accounts disable reset password administrator"),
    ("Periodic jobs", "cron scheduled background"),
    ("Queries", "slow statements sql"),
    ("Review", "approve reject queue annotate"),
    ("Rate limits & retries", "retry backoff throttle"),
    ("Signed-in browsers", "sessions devices"),
    ("Show keyboard shortcuts", "help keys hotkeys"),
    ("Sign out", "log out logout"),
    ("Sign-up", "registration register accounts open closed"),
    ("Tables", "bloat"),
    ("Time zone", "timezone"),
    ("Toggle theme", "dark light mode"),
    ("Two-step verification", "2fa mfa two-factor authenticator totp recovery codes"),
];

fn also(label: &str) -> &'static str {
    ALSO.iter().find(|(own, _)| *own == label).map_or("", |(_, words)| words)
}

impl Place {
    fn at(way: impl Into<Cow<'static, str>>, label: &'static str, address: &str) -> Self {
        let goal = Goal::Address(address.to_owned());
        Self { label, way: way.into(), goal, words: also(label).to_owned() }
    }

    fn setting(page: &str, section: &str, field: &Field, address: String) -> Self {
        let words = [field.description, field.path, also(field.label)].join(" ");
        let choices: &[_] = match field.kind {
            Kind::OneOf(choices) | Kind::AllOrSome(choices) => choices,
            _ => &[],
        };
        let words = choices.iter().fold(words, |words, choice| words + " " + choice.label);
        let way = format!("{page} › {section}").into();
        Self { label: field.label, way, goal: Goal::Address(address), words }
    }

    /// What nobody looks for by a word is offered where none is typed.
    fn is_offered(&self) -> bool {
        matches!(&*self.way, PAGE | ACTION)
    }

    /// How well it fits, the best first; `None` if not.
    fn rank(&self, query: &str) -> Option<usize> {
        let label = lowercase(self.label);
        let all = format!("{label} {} {}", lowercase(&self.way), lowercase(&self.words));
        let holds = |text: &str| query.split_whitespace().all(|word| text.contains(word));
        if label.starts_with(query) {
            Some(0)
        } else if holds(&label) {
            Some(1)
        } else {
            holds(&all).then_some(2)
        }
    }
}

fn tabs<T: Tab>(page: &'static str, address: &'static str) -> impl Iterator<Item = Place> {
    T::ALL.iter().map(move |tab| Place::at(page, tab.label(), &format!("{address}/{}", tab.slug())))
}

/// The address of a setting of AI configurations, on the tab of its section.
fn address_of(section: ai::catalog::Section, field: &Field) -> String {
    format!("/ai/{}#{}", AiTab::of(section).slug(), field.long_anchor())
}

/// Everything, in the order in which it is shown.
fn places(role: Option<Role>) -> Vec<Place> {
    let is_administrator = role == Some(Role::Admin);
    let mut places: Vec<Place> =
        PAGES.iter().map(|(label, address)| Place::at(PAGE, label, address)).collect();
    if is_administrator {
        let own = FOR_ADMINISTRATORS.iter();
        places.extend(own.map(|(way, label, address)| Place::at(*way, label, address)));
    }
    places.push(Place::at(ACTION, "New token", "/settings/account#tokens"));
    places.extend(ACTS.iter().map(|(label, act)| {
        let words = also(label).to_owned();
        Place { label, way: ACTION.into(), goal: Goal::Act(*act), words }
    }));
    places.extend(tabs::<AiTab>("AI configuration", "/ai"));
    places.extend(Section::ALL.iter().map(|section| {
        Place::at("Settings", section.label(), &format!("/settings/{}", section.as_str()))
    }));
    places.push(Place::at("Settings", "Account", "/settings/account"));
    places.extend(tabs::<OrganizationTab>("Organization", "/organization"));
    let tabs_of_data = [DataSetsTab::Exports, DataSetsTab::Imports];
    places.extend(tabs_of_data.map(|tab| Place::at("Data sets", tab.label(), &tab.address())));
    if is_administrator {
        places.extend(tabs::<DatabaseTab>("Database", "/database"));
        places.extend(tabs::<AdminTab>("Administration", "/admin"));
        places.push(Place::at("Administration › People", "Sign-up", "/admin/people#sign-up"));
    }
    let account = ACCOUNT.iter();
    places.extend(account.map(|(label, address)| Place::at("Settings › Account", label, address)));
    places.extend(
        catalog::FIELDS.iter().map(|field| {
            Place::setting("Settings", field.section.label, field, catalog::link(field))
        }),
    );
    places.extend(ai::catalog::Section::ALL.into_iter().flat_map(|section| {
        section.fields().map(move |field| {
            Place::setting("AI configuration", section.label(), field, address_of(section, field))
        })
    }));
    places
}

/// What fits the words that were typed, the best first; without words, pages and what can be done.
pub fn found(query: &str, role: Option<Role>) -> Vec<Place> {
    let query = lowercase(query.trim());
    let mut ranks: [Vec<Place>; 3] = Default::default();
    for place in places(role) {
        let rank =
            if query.is_empty() { place.is_offered().then_some(0) } else { place.rank(&query) };
        if let Some(rank) = rank {
            ranks[rank].push(place);
        }
    }
    // What is offered without a word is short, and all of it is.
    let most = if query.is_empty() { usize::MAX } else { SHOWN };
    ranks.into_iter().flatten().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(query: &str) -> Vec<&'static str> {
        found(query, Some(Role::Member)).into_iter().map(|place| place.label).collect()
    }

    #[test]
    fn what_people_type_is_found() {
        for (query, label) in [
            ("dark", "Theme"),
            ("dark", "Toggle theme"),
            ("email", "E-mail"),
            ("retry", "Maximum retries"),
            ("temperature", "Temperature"),
            ("streaming", "Streaming"),
            ("timezone", "Time zone"),
            ("time zone", "Time zone"),
            ("password", "Password"),
            ("2fa", "Two-step verification"),
            ("new token", "New token"),
            ("api token", "New token"),
            ("sign out", "Sign out"),
            ("Log out", "Sign out"),
            ("shortcuts", "Show keyboard shortcuts"),
            ("budget", "Daily budget"),
            ("display theme", "Theme"),
        ] {
            assert!(labels(query).contains(&label), "{query}: {:?}", labels(query));
        }
        assert_eq!(labels("no such thing"), [""; 0]);
    }

    #[test]
    fn the_name_that_was_typed_comes_first() {
        for (query, label) in [
            ("history", "History"),
            ("organization", "Organization"),
            ("temp", "Temperature"),
            ("theme", "Theme"),
            ("tier", "Tiers"),
        ] {
            assert_eq!(labels(query)[0], label, "{query}: {:?}", labels(query));
        }
    }

    #[test]
    fn a_word_finds_the_page_its_tabs_and_what_leads_there() {
        let found = labels("organization");
        let all = [
            "Organization",
            "Go to Organization",
            "Invitations",
            "Members",
            "Defaults",
            "Conversations",
        ];
        assert_eq!(found, all);
    }

    #[test]
    fn without_a_word_everything_that_can_be_done_is_offered() {
        for role in [Role::Admin, Role::Member] {
            let places = found("", Some(role));
            for (label, _) in ACTS {
                assert!(places.iter().any(|place| place.label == label), "{role:?}: {label}");
            }
        }
    }

    #[test]
    fn only_administrators_are_led_to_their_pages() {
        let all = |role| found("", role).into_iter().map(|place| place.label).collect::<Vec<_>>();
        let own = FOR_ADMINISTRATORS.map(|(_, label, _)| label);
        assert!(own.iter().all(|label| all(Some(Role::Admin)).contains(label)));
        for role in [Some(Role::Member), None] {
            assert!(own.iter().all(|label| !all(role).contains(label)));
            assert_eq!(found("bloat vacuum database", role), []);
        }
    }

    #[test]
    fn the_way_says_where_a_setting_stands() {
        let found = found("temperature", Some(Role::Member)).remove(0);
        assert_eq!(found.way, "AI configuration › Model");
        assert_eq!(found.goal, Goal::Address("/ai/model#model-temperature".into()));
    }

    #[test]
    fn what_things_are_called_also_belongs_to_something() {
        let places = places(Some(Role::Admin));
        for (label, _) in ALSO {
            assert!(places.iter().any(|place| place.label == label), "{label}");
        }
    }
}
