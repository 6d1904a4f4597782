//! Alerts: what is wrong, what comes of it, and what to do.

use super::{
    address::Asked,
    alert_rules::RulesCard,
    alert_timeline::AlertTimelineCard,
    refresh::{Refreshed, use_refresh},
    words::SeverityBadge,
};
use crate::{
    api::database::alerts::{ChangeAlert, load_alerts},
    domain::database::{
        Alert, AlertChange, AlertKind, AlertPage, AlertQuery, AlertRequest, AlertState, Severity,
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{
            preferences::use_rows_per_page, resource::resource, rest::Call, toasts::use_toasts,
        },
        components::{
            Badge, Banner, Button, Card, Choice, EmptyState, FilterForm, FilterSelect, IconName,
            LinkButton, Select, Tone, parts, rows, text_rows,
        },
        form::focus,
        moment::Moment,
        page_query::use_page_query,
        paged_list::NumberedPager,
        words::absolute,
    },
};
use chrono::Utc;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use uuid::Uuid;

/// The parts of the address; the range is that of the picture.
const NAMES: [&str; 7] = ["state", "severity", "kind", "page", "range", "from", "to"];

/// What the buttons of the list do.
#[derive(Clone, Copy)]
struct Acts {
    muting: Question<Alert>,
    act: Callback<(Uuid, AlertChange)>,
}

fn change(alert_id: Uuid, action: AlertChange, hours: Option<i64>) -> Call<ChangeAlert> {
    Call::new((), &AlertRequest { alert_id, action, hours })
}

#[component]
pub fn AlertsTab() -> impl IntoView {
    let (refresh, rows, query, toasts) =
        (use_refresh(), use_rows_per_page(), use_page_query(), use_toasts());
    let asked =
        Memo::new(move |_| query.with(|query| Asked::read("database", "alerts", &NAMES, query)));
    let read = resource(
        move || (asked.get(), rows.get(), refresh.reading.get()),
        |(asked, rows, _)| {
            load_alerts(AlertQuery {
                state: asked.meant("state"),
                severity: asked.meant("severity"),
                kind: asked.meant("kind"),
                page: asked.page(),
                limit: Some(rows),
            })
        },
    );
    let act = Callback::new(move |(id, action): (Uuid, AlertChange)| {
        spawn_local(async move {
            match change(id, action, None).send().await {
                Ok(_) => {
                    let done = if action == AlertChange::Resolve {
                        "Alert resolved."
                    } else {
                        "Alert acknowledged."
                    };
                    toasts.show(Tone::Success, done);
                    refresh.now();
                    // The button that had focus goes away with the list.
                    focus("#alerts-state");
                }
                Err(error) => toasts.show(Tone::Danger, error.error),
            }
        });
    });
    let acts = Acts { muting: Question::default(), act };
    view! {
        <div class="stack">
            <Card
                id="alerts"
                title="Alerts"
                hint="Most severe first. Alerts resolve automatically."
                flush=true
            >
                <Filters asked=asked />
                <Refreshed
                    label="Reading the alerts"
                    lines=6
                    read=read
                    about=Signal::derive(move || asked.with(Asked::address))
                    let:page
                >
                    <AlertPageView page=page asked=asked.get_untracked() acts=acts />
                </Refreshed>
            </Card>
            <AlertTimelineCard />
            <RulesCard />
        </div>
        <MuteDialog acts=acts />
    }
    .into_any()
}

#[component]
fn Filters(asked: Memo<Asked>) -> impl IntoView {
    let navigate = use_navigate();
    let go = Callback::new(move |(name, word): (&'static str, String)| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&asked.get_untracked().with(name, &word).address(), options);
    });
    let value = move |name| Signal::derive(move || asked.with(|asked| asked.word(name)));
    let states = [("open", "Open"), ("acknowledged", "Acknowledged"), ("resolved", "Resolved")];
    let states = states.map(|(word, label)| Choice::new(word, label)).to_vec();
    let severities = Severity::ALL.map(|one| Choice::new(one.as_str(), one.label())).to_vec();
    let kinds = AlertKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label())).to_vec();
    let filters = [
        ("state", "State", "Not resolved", states),
        ("severity", "Severity", "Every severity", severities),
        ("kind", "Kind", "Every kind", kinds),
    ];
    let filters = filters.map(|(name, label, all, choices)| {
        let id = format!("alerts-{name}");
        view! {
            <FilterSelect
                id=id
                name=name
                label=label
                all=all
                choices=choices
                value=value(name)
                on_change=go
            />
        }
    });
    view! {
        <FilterForm
            class="toolbar database-filters"
            action="/database/alerts"
            label="Filter the alerts"
        >
            {parts(filters)}
        </FilterForm>
    }
    .into_any()
}

/// One page of the list.
#[component]
fn AlertPageView(page: AlertPage, asked: Asked, acts: Acts) -> impl IntoView {
    let unchecked = (!page.unchecked.is_empty()).then(|| {
        let unchecked = text_rows(page.unchecked, |sentence| view! { <li>{sentence}</li> });
        view! {
            <Banner tone=Tone::Info>
                <p>"Not everything could be checked:"</p>
                <ul class="database-list">{unchecked}</ul>
            </Banner>
        }
    });
    let looked = page.checked_at.map(|time| {
        view! {
            "Checked "
            <Moment time=time />
            ". "
        }
    });
    let filtered = ["state", "severity", "kind"].iter().any(|name| asked.get(name).is_some());
    let content = if page.alerts.is_empty() {
        let (title, text) = if filtered {
            ("No alerts match", "Change or clear the filters.")
        } else {
            ("No open alerts", "Problems appear here with what to do.")
        };
        view! { <EmptyState icon=IconName::Check title=title text=text /> }.into_any()
    } else {
        let item = |alert| view! { <AlertItem alert=alert acts=acts /> };
        view! { <ul class="items">{rows(page.alerts, |alert| alert.id, item)}</ul> }.into_any()
    };
    view! {
        {unchecked}
        {content}
        <p class="database-foot muted small">{looked}</p>
        <NumberedPager asked=asked total=page.total page=page.page limit=page.limit />
    }
    .into_any()
}

#[component]
fn AlertItem(alert: Alert, acts: Acts) -> impl IntoView {
    let what = alert.title();
    let state = match alert.state {
        AlertState::Open => None,
        AlertState::Acknowledged => Some((Tone::Info, "Acknowledged")),
        AlertState::Resolved => Some((Tone::Success, "Resolved")),
    };
    let state = state.map(|(tone, word)| {
        view! {
            " "
            <Badge tone=tone>{word}</Badge>
        }
    });
    let muted = alert.muted_until.filter(|until| *until > Utc::now());
    let muted = muted.map(|until| {
        view! {
            " "
            <Badge>{format!("Muted until {}", absolute(until))}</Badge>
        }
    });
    let seen = match (&alert.acknowledged_by, alert.acknowledged_at) {
        (Some(name), Some(time)) => Some(view! {
            {format!("Acknowledged by {name} ")}
            <Moment time=time />
            ". "
        }),
        _ => None,
    };
    let resolved = alert.resolved_at.map(|time| {
        let who = alert
            .resolved_by
            .clone()
            .map_or_else(|| "automatically".to_owned(), |name| format!("by {name}"));
        view! {
            {format!("Resolved {who} ")}
            <Moment time=time />
            ". "
        }
    });
    let action = alert.action.clone().filter(|_| alert.state != AlertState::Resolved);
    let action = action.map(|action| {
        let subject = alert.subject.clone();
        view! {
            <LinkButton small=true href=action.href>
                {action.label}
                <span class="visually-hidden">" " {subject}</span>
            </LinkButton>
        }
    });
    let id = alert.id;
    let name = StoredValue::new(what.clone());
    let hidden = move || view! { <span class="visually-hidden">" " {name.get_value()}</span> };
    let acknowledge = (alert.state == AlertState::Open).then(|| {
        view! {
            <Button small=true on_press=move |()| acts.act.run((id, AlertChange::Acknowledge))>
                "Acknowledge"
                {hidden()}
            </Button>
        }
    });
    let about = alert.clone();
    let others = (alert.state != AlertState::Resolved).then(|| {
        let mute = move |()| {
            acts.muting.ask(about.clone());
        };
        view! {
            <Button small=true on_press=move |()| acts.act.run((id, AlertChange::Resolve))>
                "Resolve"
                {hidden()}
            </Button>
            <Button small=true on_press=mute>
                "Mute…"
                {hidden()}
            </Button>
        }
    });
    view! {
        <li class="item">
            <div class="item-text">
                <span>
                    <SeverityBadge severity=alert.severity />
                    " "
                    <strong>{what.clone()}</strong>
                    {state}
                    {muted}
                </span>
                <span>{alert.cause}</span>
                <span class="item-hint">{alert.effect}</span>
                <span>{alert.remedy}</span>
                <span class="item-hint">
                    "Since " <Moment time=alert.first_seen /> ", last seen "
                    <Moment time=alert.last_seen /> ". " {seen} {resolved}
                </span>
            </div>
            <div class="item-actions">{action} {acknowledge} {others}</div>
        </li>
    }
    .into_any()
}

#[component]
fn MuteDialog(acts: Acts) -> impl IntoView {
    let refresh = use_refresh();
    let hours = RwSignal::new("24".to_owned());
    let call =
        move |alert: Alert| change(alert.id, AlertChange::Mute, hours.get_untracked().parse().ok());
    let choices =
        [("1", "1 hour"), ("8", "8 hours"), ("24", "1 day"), ("168", "1 week"), ("720", "30 days")];
    let choices = choices.map(|(word, label)| Choice::new(word, label)).to_vec();
    view! {
        <QuestionDialog
            id="mute-alert"
            question=acts.muting
            title=|alert| format!("Mute “{}”", alert.title())
            confirm=|_| "Mute".to_owned()
            name=Alert::title
            call=call
            on_done=move |_| refresh.now()
        >
            <p>"It stays in this list, but nobody is notified of it meanwhile."</p>
            <Select
                id="mute-hours"
                label="For"
                choices=choices
                value=hours
                on_change=move |word| hours.set(word)
            />
        </QuestionDialog>
    }
    .into_any()
}
