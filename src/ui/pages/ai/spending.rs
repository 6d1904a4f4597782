//! What was spent in a day, a week or a month that the address names.

use crate::{
    api::ai::load_spending,
    domain::{
        ai::{
            ScopeType,
            spending::{MOST_BACK, Share, Spending, SpendingQuery},
        },
        generation::Period,
    },
    ui::{
        chart::{BarList, PlotFigure},
        client::resource::resource,
        components::{Button, Card, Choice, IconName, SegmentedControl, rows},
        loaded::Loaded,
        page_query::{use_page_query, with_query},
    },
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};

#[component]
pub fn SpendingCard(scope: ScopeType) -> impl IntoView {
    let query = use_page_query();
    let asked = Memo::new(move |_| query.with(|query| asked(scope, query)));
    let read = resource(move || asked.get(), load_spending);
    let navigate = use_navigate();
    let go = Callback::new(move |(window, back): (Period, u32)| {
        let options =
            NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
        navigate(&address(scope, window, back), options);
    });
    let choices = [(Period::Day, "Day"), (Period::Week, "Week"), (Period::Month, "Month")];
    let choices = choices.map(|(window, label)| Choice::new(window.as_str(), label)).to_vec();
    view! {
        <Card id="ai-spending" title="Spending">
            <SegmentedControl
                id="spending-window"
                name="window"
                label="Window"
                choices=choices
                value=Signal::derive(move || asked.get().window.as_str().to_owned())
                on_change=move |word: String| go.run((word.parse().unwrap_or_default(), 0))
            />
            <Loaded
                read=read
                label="Loading the spending"
                lines=9
                children=move |spending: Spending| {
                    let SpendingQuery { window, back, .. } = asked.get_untracked();
                    let step = Callback::new(move |back| go.run((window, back)));
                    view! { <Window spending=spending back=back go=step /> }
                }
            />
        </Card>
    }
    .into_any()
}

/// The window that an address names; this month where it names none.
fn asked(scope: ScopeType, query: &ParamsMap) -> SpendingQuery {
    let word = |name: &str| query.get(name).unwrap_or_default();
    SpendingQuery {
        scope,
        window: word("window").parse().unwrap_or(Period::Month),
        back: word("back").parse::<u32>().unwrap_or_default().min(MOST_BACK),
    }
}

fn address(scope: ScopeType, window: Period, back: u32) -> String {
    let back = back.to_string();
    let mut parts = vec![("scope", scope.as_str()), ("window", window.as_str())];
    if back != "0" {
        parts.push(("back", &back));
    }
    with_query("/ai/costs", &parts)
}

/// The pictures of one window, and the ways to the ones beside it.
#[component]
fn Window(
    spending: Spending,
    back: u32,
    /// To the window that lies so many back.
    go: Callback<u32>,
) -> impl IntoView {
    let Spending { title, summary, over_time, sum, shares } = spending;
    let shares = rows(
        shares,
        |share| share.label.clone(),
        |Share { label, bars }| {
            view! {
                <section>
                    <h3>{label.clone()}</h3>
                    <BarList label=format!("Spending {}", label.replacen('B', "b", 1)) bars=bars />
                </section>
            }
        },
    );
    view! {
        <div class="toolbar">
            <Button
                small=true
                icon=IconName::ChevronLeft
                disabled=Signal::stored(back >= MOST_BACK)
                on_press=move |()| go.run(back + 1)
            >
                "Earlier"
            </Button>
            <strong>{title}</strong>
            <Button
                small=true
                disabled=Signal::stored(back == 0)
                on_press=move |()| go.run(back.saturating_sub(1))
            >
                "Later"
            </Button>
            <span class="muted">{summary}</span>
        </div>
        <div class="columns">
            <PlotFigure label="Spending over time" plot=over_time />
            <PlotFigure label="Spending added up" plot=sum />
        </div>
        <div class="columns">{shares}</div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_window() {
        for (window, back) in [(Period::Week, 3), (Period::Month, 0)] {
            let address = address(ScopeType::Person, window, back);
            let mut query = ParamsMap::new();
            for part in address.split_once('?').unwrap().1.split('&') {
                let (name, word) = part.split_once('=').unwrap();
                query.insert(name.to_owned(), word.to_owned());
            }
            let read = asked(ScopeType::Person, &query);
            assert_eq!((read.window, read.back), (window, back), "{address}");
        }
        assert_eq!(asked(ScopeType::Person, &ParamsMap::new()).window, Period::Month);
    }
}
