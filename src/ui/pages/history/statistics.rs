//! How much was changed lately, and what the most.

use super::asked::Asked;
use crate::{
    domain::history::{ChangeScope, ConfigType, StatisticsAnswer},
    ui::{
        client::resource::Resource,
        components::{Card, rows},
        loaded::Loaded,
        words::{label, month},
    },
};
use chrono::Datelike;
use leptos::prelude::*;

/// Settings and people that are named.
const MOST_NAMED: usize = 5;

/// The numbers of a few days.
#[component]
pub fn StatisticsCard(asked: Memo<Asked>, statistics: Resource<StatisticsAnswer>) -> impl IntoView {
    let window = move |label: &'static str, word: &'static str| {
        let current = move || asked.with(|asked| asked.word("window") == word).then_some("true");
        let href = move || asked.with(|asked| asked.with("window", word).address());
        view! {
            <a class="button" data-variant="secondary" data-size="s" href=href aria-current=current>
                {label}
            </a>
        }
    };
    view! {
        <Card
            id="history-statistics"
            title="Activity"
            hint="Not affected by filters."
            actions=move || {
                view! {
                    {window("7 days", "")}
                    {window("30 days", "30")}
                }
            }
        >
            <Loaded read=statistics label="Counting" lines=4 let:statistics>
                <Counts statistics=statistics asked=asked.get_untracked() />
            </Loaded>
        </Card>
    }
    .into_any()
}

#[component]
fn Counts(statistics: StatisticsAnswer, asked: Asked) -> impl IntoView {
    let busiest = statistics.by_day.iter().max_by_key(|day| day.count).filter(|day| day.count > 0);
    let sentence = match (statistics.total, busiest) {
        (0, _) | (_, None) => format!("No changes in the last {} days.", statistics.window),
        (1, _) => format!("1 change in the last {} days.", statistics.window),
        (total, Some(day)) => format!(
            "{total} changes in the last {} days, the most on {} {}: {}.",
            statistics.window,
            day.day.day(),
            month(day.day),
            day.count
        ),
    };
    let here = asked.unfiltered();
    let kinds = statistics.by_type.iter().map(|counted| {
        let kind = counted.config_type;
        (kind.label().to_owned(), here.with("configType", kind.as_str()).address(), counted.count)
    });
    // What is stored of a key is no setting.
    let settings =
        statistics.top_fields.iter().filter(|counted| counted.config_type != ConfigType::ApiKey);
    let fields = settings.take(MOST_NAMED).map(|counted| {
        let only =
            here.with("configType", counted.config_type.as_str()).with("path", &counted.path);
        (label(&counted.path), only.address(), counted.count)
    });
    let people = statistics.by_person.iter().take(MOST_NAMED).filter_map(|counted| {
        let only = here.with("actor", &counted.id?.to_string());
        Some((counted.name.clone().unwrap_or_default(), only.address(), counted.count))
    });
    let (kinds, fields) = (kinds.collect::<Vec<_>>(), fields.collect::<Vec<_>>());
    let people = (asked.scope() != ChangeScope::Own).then(|| {
        view! { <Most title="By person" all=people.collect() /> }
    });
    view! {
        <p>{sentence}</p>
        <div class="history-counts">
            <Most title="By type" all=kinds />
            <Most title="Most changed settings" all=fields />
            {people}
        </div>
    }
    .into_any()
}

/// Names that lead to their changes, with their numbers. Nothing where there is none.
#[component]
fn Most(title: &'static str, all: Vec<(String, String, i64)>) -> impl IntoView {
    if all.is_empty() {
        return ().into_any();
    }
    let rows = rows(
        all,
        |(_, href, _)| href.clone(),
        |(name, href, count)| {
            view! {
                <li>
                    <a href=href>{name}</a>
                    " "
                    <span>{count}</span>
                </li>
            }
        },
    );
    view! {
        <section>
            <h3>{title}</h3>
            <ul>{rows}</ul>
        </section>
    }
    .into_any()
}
