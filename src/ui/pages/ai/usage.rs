//! The usage log: every attempt, what it used and what it cost, newest first.

use super::draft::AiDraft;
use crate::{
    api::ai::load_ledger,
    domain::{
        ai::{
            ScopeType,
            ledger::{LedgerPage, LedgerQuery},
            usage::{AttemptOutcome, GenerationLogView},
        },
        generation::TokenUsage,
        money::{Money, grouped},
        quantity::milliseconds,
    },
    ui::{
        client::{preferences::use_preferences, resource::resource},
        components::{
            Badge, Card, Choice, EmptyState, FilterForm, FilterSelect, Head, IconName, Pager,
            Table, Tone, rows,
        },
        loaded::Loaded,
        moment::Moment,
        page_query::{use_page_query, with_query},
    },
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    scope: ScopeType,
    after: Option<String>,
    status: Option<AttemptOutcome>,
    model: Option<String>,
}

impl Asked {
    fn is_filtered(&self) -> bool {
        self.status.is_some() || self.model.is_some()
    }

    /// The address of the first page, or of the one after a row.
    fn address(&self, after: Option<&str>) -> String {
        let status = self.status.map(AttemptOutcome::as_str);
        let parts = [
            ("scope", Some(self.scope.as_str())),
            ("status", status),
            ("model", self.model.as_deref()),
            ("after", after),
        ];
        let parts = parts.into_iter().filter_map(|(name, word)| Some((name, word?)));
        with_query("/ai/usage", &parts.collect::<Vec<_>>())
    }
}

#[component]
pub fn UsageTab(draft: AiDraft) -> impl IntoView {
    let preferences = use_preferences();
    let query = use_page_query();
    let scope = draft.scope;
    let asked = Memo::new(move |_| {
        let word = |name: &str| query.with(|query| query.get(name)).filter(|word| !word.is_empty());
        let status = word("status").and_then(|word| word.parse().ok());
        // As a word that is no status: what is not in the list narrows nothing.
        let is_known = |id: &String| draft.models.with_value(|models| models.get(id).is_some());
        Asked { scope, after: word("after"), status, model: word("model").filter(is_known) }
    });
    let rows =
        Memo::new(move |_| preferences.applied.with(|applied| i64::from(applied.rows_per_page)));
    let page = resource(
        move || (asked.get(), rows.get()),
        move |(Asked { scope, after, status, model }, limit)| {
            load_ledger(LedgerQuery { scope, after, limit: Some(limit), status, model })
        },
    );
    let listed = move |page| view! { <Attempts page=page asked=asked.get_untracked() /> };
    view! {
        <Card
            id="ai-usage"
            title="Usage log"
            hint="One row per attempt. Failed attempts may be billed as well; where Claude \
            reported no usage, the cost is estimated."
            flush=true
        >
            <Filters draft=draft asked=asked />
            <Loaded read=page label="Loading the usage log" lines=8 children=listed />
        </Card>
    }
    .into_any()
}

/// By status and by model. Each works at once and stands in the address.
#[component]
fn Filters(draft: AiDraft, asked: Memo<Asked>) -> impl IntoView {
    let navigate = use_navigate();
    let wish = Callback::new(move |(name, word): (&'static str, String)| {
        let mut wanted = asked.get_untracked();
        match name {
            "status" => wanted.status = word.parse().ok(),
            _ => wanted.model = Some(word).filter(|word| !word.is_empty()),
        }
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&wanted.address(None), options);
    });
    let outcomes = AttemptOutcome::ALL.iter();
    let statuses = outcomes.map(|it| Choice::new(it.as_str(), it.label())).collect();
    let models = draft.models.with_value(|catalog| {
        let models = catalog.models().iter();
        models.map(|model| Choice::new(model.id.clone(), model.name.clone()).named()).collect()
    });
    let status = move || {
        asked
            .with(|asked| asked.status.map(|status| status.as_str().to_owned()))
            .unwrap_or_default()
    };
    let model = move || asked.with(|asked| asked.model.clone()).unwrap_or_default();
    view! {
        <FilterForm class="toolbar ai-filters" action="/ai/usage" label="Filter the usage log">
            <FilterSelect
                id="usage-status"
                name="status"
                label="Result"
                all="All results"
                choices=statuses
                value=Signal::derive(status)
                on_change=wish
            />
            <FilterSelect
                id="usage-model"
                name="model"
                label="Model"
                all="All models"
                choices=models
                value=Signal::derive(model)
                on_change=wish
            />
            <input type="hidden" name="scope" value=draft.scope.as_str() />
        </FilterForm>
    }
    .into_any()
}

/// One page of the log.
#[component]
fn Attempts(page: LedgerPage, asked: Asked) -> impl IntoView {
    if page.entries.is_empty() {
        let (title, text) = if asked.is_filtered() {
            ("No attempts found", "No attempt matches these filters.")
        } else {
            ("No attempts yet", "Each attempt will appear here with its tokens and cost.")
        };
        return view! { <EmptyState icon=IconName::Queue title=title text=text /> }.into_any();
    }
    let older = page.next_after.map(|after| ("Older", asked.address(Some(&after))));
    let newest = asked.after.is_some().then(|| ("Newest", asked.address(None)));
    let total = total(&page.entries);
    let with_person = asked.scope == ScopeType::Organization;
    let heads = [
        Some(Head::text("When")),
        with_person.then(|| Head::text("Person")),
        Some(Head::text("Model")),
        Some(Head::text("Asked by")),
        Some(Head::text("Result")),
        Some(Head::number("Tokens in")),
        Some(Head::number("Tokens out")),
        Some(Head::number("Cost")),
        Some(Head::number("Time")),
    ];
    let heads = heads.into_iter().flatten();
    let lines = rows(page.entries, |entry| entry.id, |entry| view! { <AttemptRow entry=entry /> });
    view! {
        <Table label="Attempt list" heads=heads>
            {lines}
        </Table>
        <p class="ai-total">{total}</p>
        <Pager position=None before=newest after=older />
    }
    .into_any()
}

/// `On this page: 12 attempts, $0.34.`
fn total(entries: &[GenerationLogView]) -> String {
    let cost = entries.iter().fold(Money::ZERO, |sum, entry| sum.saturating_add(entry.cost));
    let several = if entries.len() == 1 { "" } else { "s" };
    format!("On this page: {} attempt{several}, {cost}.", entries.len())
}

/// What of the prompt the cache had, and what was written to it.
fn cached(tokens: &TokenUsage) -> Option<String> {
    let written = tokens.cache_write_5m.saturating_add(tokens.cache_write_1h);
    let parts = [(tokens.cache_read, "cached"), (written, "written to the cache")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let words = parts.map(|(count, word)| format!("{} {word}", grouped(&count.to_string())));
    Some(words.collect::<Vec<_>>().join(", ")).filter(|words| !words.is_empty())
}

/// How an attempt ended.
fn tone(outcome: AttemptOutcome) -> Tone {
    match outcome {
        AttemptOutcome::Success => Tone::Success,
        AttemptOutcome::Cancelled => Tone::Neutral,
        AttemptOutcome::RateLimited | AttemptOutcome::Timeout => Tone::Warning,
        AttemptOutcome::Failed | AttemptOutcome::Unusable => Tone::Danger,
    }
}

#[component]
fn AttemptRow(entry: GenerationLogView) -> impl IntoView {
    let outcome = entry.outcome();
    let again = (entry.attempt > 1).then(|| {
        view! {
            " "
            <small class="muted">{format!("attempt {}", entry.attempt)}</small>
        }
    });
    let estimated = entry.estimated.then(|| {
        let why = "Claude did not report usage for this attempt. Counted: at least the prompt and \
            what was received of the answer.";
        view! {
            " "
            <small class="muted" title=why>
                "estimated"
            </small>
        }
    });
    let error = entry.error_code.map(|code| {
        view! {
            " "
            <code translate="no">{code}</code>
        }
    });
    let thought = (entry.tokens.thinking > 0).then(|| {
        let thought = grouped(&entry.tokens.thinking.to_string());
        view! {
            " "
            <small class="muted">{format!("{thought} thought")}</small>
        }
    });
    let cached = cached(&entry.tokens).map(|words| {
        view! {
            " "
            <small class="muted">{words}</small>
        }
    });
    let person = entry.person.map(|name| view! { <td translate="no">{name}</td> });
    let conversation = entry.conversation_id.map(|id| {
        view! {
            " "
            <a href=format!("/conversations/{id}")>"Conversation"</a>
        }
    });
    view! {
        <tr>
            <th scope="row" class="nowrap">
                <Moment time=entry.created_at />
            </th>
            {person}
            <td class="nowrap">{entry.model}</td>
            <td translate="no">{entry.client}</td>
            <td class="nowrap">
                <Badge tone=tone(outcome)>{outcome.label()}</Badge>
                {error}
                {again}
                {conversation}
            </td>
            <td data-num="">
                <span translate="no">{grouped(&entry.tokens.prompt().to_string())}</span>
                {cached}
            </td>
            <td data-num="">
                <span translate="no">{grouped(&entry.tokens.output.to_string())}</span>
                {thought}
            </td>
            <td data-num="" title=entry.price_version>
                <span translate="no">{entry.cost.to_string()}</span>
                {estimated}
            </td>
            <td class="nowrap" data-num="">
                {milliseconds(entry.duration_ms.max(0) as f64)}
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_stand_in_the_address_of_every_page() {
        let mut asked = Asked::default();
        assert_eq!(asked.address(None), "/ai/usage?scope=person");
        asked.status = Some(AttemptOutcome::Timeout);
        asked.model = Some("claude-sonnet-4-6".into());
        assert_eq!(
            asked.address(Some("17")),
            "/ai/usage?scope=person&status=timeout&model=claude-sonnet-4-6&after=17"
        );
    }

    #[test]
    fn what_is_counted_are_attempts() {
        assert_eq!(total(&[]), "On this page: 0 attempts, $0.00.");
    }

    #[test]
    fn the_caches_part_of_a_prompt_is_told_where_there_is_one() {
        assert_eq!(cached(&TokenUsage::new(5, 5)), None);
        let read = TokenUsage { cache_read: 1024, ..TokenUsage::default() };
        assert_eq!(cached(&read).as_deref(), Some("1,024 cached"));
        let both = TokenUsage { cache_write_5m: 12, ..read };
        assert_eq!(cached(&both).as_deref(), Some("1,024 cached, 12 written to the cache"));
    }
}
