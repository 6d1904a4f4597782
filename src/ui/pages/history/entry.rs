//! One change in the timeline.

use crate::{
    domain::history::{Change, ConfigType},
    ui::{
        app::use_boot,
        components::{Badge, DifferenceList},
        words::{absolute, ago, difference},
    },
};
use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;

/// Who did what when, and the difference by field. Until `now` is known (on the server) the time is told absolutely.
#[component]
pub fn Entry(change: Change, now: RwSignal<Option<DateTime<Utc>>>) -> impl IntoView {
    let me = use_boot().user.map(|user| user.id);
    let who = if change.changed_by.is_some() && change.changed_by == me {
        "You".to_owned()
    } else {
        change.changed_by_name.clone().unwrap_or_else(|| "The system".to_owned())
    };
    let time = change.changed_at;
    let when = move || now.get().map_or_else(|| absolute(time), |now| ago(time, now));
    let items: Vec<_> = change.changes.iter().map(difference).collect();
    let reason = change.reason.clone();
    view! {
        <li class="timeline-entry" id=format!("change-{}", change.sequence)>
            <p class="timeline-head">
                <strong>{who}</strong>
                " "
                {verb(&change.action)}
                " "
                {subject(change.config_type)}
                ", "
                <time datetime=time.to_rfc3339_opts(SecondsFormat::Secs, true) title=absolute(time)>
                    {when}
                </time>
                " "
                <Badge>{source(&change.source)}</Badge>
            </p>
            {reason.map(|reason| view! { <p class="hint">{reason}</p> })}
            <DifferenceList items=items />
        </li>
    }
}

fn verb(action: &str) -> &'static str {
    match action {
        "created" => "created",
        "deleted" => "deleted",
        "reset" => "reset",
        "imported" => "imported",
        "rolled_back" => "rolled back",
        _ => "changed",
    }
}

fn subject(config_type: ConfigType) -> &'static str {
    match config_type {
        ConfigType::UserPreference => "preferences",
        ConfigType::OrganizationPreferenceDefault => "the organization’s defaults",
        ConfigType::AiConfig => "an AI configuration",
        ConfigType::OrganizationPolicy => "the organization’s AI ceilings",
        ConfigType::ApiKey => "an API key",
    }
}

fn source(source: &str) -> &'static str {
    match source {
        "page" => "Web page",
        "api_token" => "API token",
        "command" => "Command line",
        "rollback" => "Rollback",
        _ => "System",
    }
}
