//! The usage log: every attempt, what it used and what it cost, newest first.

use super::draft::AiDraft;
use crate::{
    api::ai::load_ledger,
    domain::{
        ai::{
            ScopeType,
            ledger::{LedgerPage, LedgerQuery},
            usage::{GenerationLogView, LogStatus},
        },
        money::grouped,
    },
    ui::{
        client::{preferences::use_preferences, resource::resource},
        components::{Badge, Card, EmptyState, Head, IconName, Pager, Table, Tone, rows},
        loaded::Loaded,
        moment::Moment,
        page_query::use_page_query,
        words::seconds,
    },
};
use leptos::prelude::*;

#[component]
pub fn UsageTab(draft: AiDraft) -> impl IntoView {
    let preferences = use_preferences();
    let query = use_page_query();
    let scope = draft.scope;
    let after = Memo::new(move |_| {
        query.with(|query| query.get("after")).filter(|after| !after.is_empty())
    });
    let rows =
        Memo::new(move |_| preferences.applied.with(|applied| i64::from(applied.rows_per_page)));
    let page = resource(
        move || (after.get(), rows.get()),
        move |(after, limit)| load_ledger(LedgerQuery { scope, after, limit: Some(limit) }),
    );
    let listed = move |page| {
        let is_later = after.get_untracked().is_some();
        view! { <Attempts page=page scope=scope is_later=is_later /> }
    };
    view! {
        <Card
            id="ai-usage"
            title="Usage log"
            hint="One row per attempt. What failed may have cost something as well; where Claude \
            did not say how much, it is estimated."
            flush=true
        >
            <Loaded read=page label="Loading the usage log" lines=8 children=listed />
        </Card>
    }
    .into_any()
}

/// One page of the log.
#[component]
fn Attempts(page: LedgerPage, scope: ScopeType, is_later: bool) -> impl IntoView {
    let address = format!("/ai/usage?scope={scope}");
    if page.entries.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Queue
                title="Nothing was generated yet"
                text="As soon as Claude is asked for a conversation, it stands here with its \
                tokens and its cost."
            />
        }
        .into_any();
    }
    // A cursor of ours has no character that an address would have to escape.
    let older = page.next_after.map(|after| ("Older", format!("{address}&after={after}")));
    let newest = is_later.then_some(("Newest", address));
    let heads = [
        Head::text("When"),
        Head::text("Model"),
        Head::text("Asked by"),
        Head::text("Result"),
        Head::number("Tokens in"),
        Head::number("Tokens out"),
        Head::number("Cost"),
        Head::number("Time"),
    ];
    let lines = rows(page.entries, |entry| entry.id, |entry| view! { <AttemptRow entry=entry /> });
    view! {
        <Table label="Table of attempts" heads=heads>
            {lines}
        </Table>
        <Pager position=None before=newest after=older />
    }
    .into_any()
}

#[component]
fn AttemptRow(entry: GenerationLogView) -> impl IntoView {
    let tone = match entry.status {
        LogStatus::Success => Tone::Success,
        LogStatus::Cancelled => Tone::Neutral,
        LogStatus::RateLimited | LogStatus::Timeout => Tone::Warning,
        LogStatus::Failed => Tone::Danger,
    };
    let again = (entry.attempt > 1).then(|| {
        view! {
            " "
            <small class="muted">{format!("attempt {}", entry.attempt)}</small>
        }
    });
    let estimated = entry.estimated.then(|| {
        let why = "Claude did not say what this attempt used: it is counted with at least the \
            prompt and what was seen of the answer.";
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
    view! {
        <tr>
            <th scope="row" class="nowrap">
                <Moment time=entry.created_at />
            </th>
            <td class="nowrap">{entry.model}</td>
            <td translate="no">{entry.client}</td>
            <td class="nowrap">
                <Badge tone=tone>{entry.status.label()}</Badge>
                {error}
                {again}
            </td>
            <td translate="no" data-num="">
                {grouped(&entry.tokens.prompt().to_string())}
            </td>
            <td translate="no" data-num="">
                {grouped(&entry.tokens.output.to_string())}
            </td>
            <td data-num="" title=entry.price_version>
                <span translate="no">{entry.cost.to_string()}</span>
                {estimated}
            </td>
            <td class="nowrap" data-num="">
                {seconds(entry.duration_ms.max(0).unsigned_abs().div_ceil(1000))}
            </td>
        </tr>
    }
    .into_any()
}
