//! What may be in the way: each with what was found. What is fine is folded up.

use super::{
    address::address,
    panel::Missing,
    words::{count, seconds},
};
use crate::{
    domain::{
        database::{
            Interval, OldTransaction, Overview, Panel, PreparedTransaction, Reading, Replication,
            Wraparound, XminHolder,
        },
        quantity::{bytes, percent},
    },
    ui::components::{Badge, Card, IconName, Tone, UsageMeter, rows, text_rows},
};
use leptos::prelude::*;

/// How one check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    Attention,
    Unknown,
}

/// One check, and what was found, in words or more.
struct Found {
    name: &'static str,
    state: State,
    view: AnyView,
}

impl Found {
    /// Of a panel: whether it is fine, and how it is shown.
    fn of<T: 'static>(
        name: &'static str,
        panel: Panel<T>,
        is_fine: impl FnOnce(&T) -> bool,
        view: impl FnOnce(T) -> AnyView,
    ) -> Self {
        match panel {
            Panel::Reading(Reading { value, .. }) => {
                let state = if is_fine(&value) { State::Fine } else { State::Attention };
                Self { name, state, view: view(value) }
            }
            Panel::Unavailable { unavailable: why } => {
                Self { name, state: State::Unknown, view: view! { <Missing why=why /> }.into_any() }
            }
        }
    }
}

#[component]
fn Words(#[prop(into)] text: String) -> impl IntoView {
    view! { <span>{text}</span> }.into_any()
}

/// All of them, those that are not fine first and openly.
#[component]
pub fn Checks(overview: Overview) -> impl IntoView {
    let no_trouble = |interval: &Interval| interval.deadlocks == 0 && interval.conflicts == 0;
    let found = vec![
        Found::of(
            "Oldest transaction",
            overview.oldest_transaction,
            |oldest| oldest.as_ref().is_none_or(OldTransaction::is_fine),
            |oldest| view! { <Oldest oldest=oldest /> }.into_any(),
        ),
        Found::of(
            "What holds back vacuum",
            overview.oldest_xmin,
            |holder| holder.as_ref().is_none_or(XminHolder::is_fine),
            |holder| view! { <Words text=holder_words(holder) /> }.into_any(),
        ),
        Found::of("Wraparound", overview.wraparound, Wraparound::is_fine, |age| {
            view! { <WraparoundMeters age=age /> }.into_any()
        }),
        Found::of("Replication", overview.replication, Replication::is_fine, |all| {
            view! { <Standbys all=all /> }.into_any()
        }),
        Found::of("Deadlocks and conflicts", overview.interval, no_trouble, |interval| {
            view! { <Words text=trouble_words(&interval) /> }.into_any()
        }),
        Found::of("Prepared transactions", overview.prepared_transactions, Vec::is_empty, |all| {
            view! { <Prepared all=all /> }.into_any()
        }),
        Found::of(
            "Checksum failures",
            overview.checksum_failures,
            |number| *number == 0,
            |number| view! { <Failures number=number /> }.into_any(),
        ),
        Found::of("Pending restart", overview.pending_restart, Vec::is_empty, |settings| {
            view! { <Restart settings=settings /> }.into_any()
        }),
    ];
    let (fine, open): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|one| one.state == State::Fine);
    let summary = format!("{} fine", fine.len());
    let line = |one| view! { <CheckLine found=one /> };
    let open = (!open.is_empty())
        .then(|| view! { <ul class="items">{rows(open, |one| one.name, line)}</ul> });
    let fine = (!fine.is_empty()).then(|| {
        view! {
            <details class="database-fine">
                <summary>{summary}</summary>
                <ul class="items">{rows(fine, |one| one.name, line)}</ul>
            </details>
        }
    });
    view! {
        <Card id="database-checks" title="Checks" flush=true>
            {open}
            {fine}
        </Card>
    }
    .into_any()
}

#[component]
fn CheckLine(found: Found) -> impl IntoView {
    let (tone, icon, word) = match found.state {
        State::Fine => (Tone::Success, IconName::Check, "Fine"),
        State::Attention => (Tone::Warning, IconName::Warning, "Attention"),
        State::Unknown => (Tone::Neutral, IconName::Info, "Unknown"),
    };
    view! {
        <li class="item">
            <div class="item-text">
                <span>
                    <strong>{found.name}</strong>
                    " "
                    <Badge tone=tone icon=icon>
                        {word}
                    </Badge>
                </span>
                {found.view}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn Oldest(oldest: Option<OldTransaction>) -> impl IntoView {
    let Some(OldTransaction { pid, user, application, state, seconds: length }) = oldest else {
        return view! { <Words text="No open transaction" /> }.into_any();
    };
    let who = [user, application, state].into_iter().flatten().filter(|word| !word.is_empty());
    let who: String = who.map(|word| format!(", {word}")).collect();
    view! {
        <span>
            {format!("Open for {}: ", seconds(length))}
            <a href="/database/connections">{format!("process {pid}")}</a> {who}
        </span>
    }
    .into_any()
}

fn holder_words(holder: Option<XminHolder>) -> String {
    match holder {
        Some(XminHolder { age, sentence, .. }) => {
            format!("{sentence} Transactions since: {}.", count(age))
        }
        None => "Nothing holds back vacuum".into(),
    }
}

fn trouble_words(interval: &Interval) -> String {
    let length = seconds(interval.seconds);
    match (interval.deadlocks, interval.conflicts) {
        (0, 0) => format!("None in the last {length}"),
        (deadlocks, conflicts) => format!(
            "Deadlocks: {}, conflicts: {}, in the last {length}",
            count(deadlocks),
            count(conflicts)
        ),
    }
}

/// How much of the identifiers is used up.
#[component]
fn WraparoundMeters(age: Wraparound) -> impl IntoView {
    let meter = |id: &'static str, label: &'static str, share: f64, age: i64| {
        let text = format!("{} ({})", percent(share), count(age));
        view! { <UsageMeter id=id label=label used=share text=text warning=0.5 danger=0.75 /> }
    };
    let table = age.oldest_table.map(|table| {
        view! {
            <span class="item-hint">"Oldest row in " <span translate="no">{table}</span></span>
        }
    });
    view! {
        {meter("database-xid", "Transactions", age.xid_share, age.xid_age)}
        {meter("database-multixact", "Multixacts", age.multixact_share, age.multixact_age)}
        {table}
    }
    .into_any()
}

#[component]
fn Standbys(all: Replication) -> impl IntoView {
    if all.replicas.is_empty() && all.slots.is_empty() {
        return view! { <Words text="No standby and no slot" /> }.into_any();
    }
    let replicas = rows(
        all.replicas,
        |replica| replica.name.clone(),
        |replica| {
            let lag = replica.lag_bytes.map(|lag| format!(", {} behind", bytes(lag)));
            let late = replica.lag_seconds.map(|late| format!(", {} late", seconds(late)));
            view! {
                <li>
                    "Standby " <strong>{replica.name}</strong>
                    {replica.state.map(|state| format!(", {state}"))} {lag} {late}
                </li>
            }
        },
    );
    let slots = rows(
        all.slots,
        |slot| slot.name.clone(),
        |slot| {
            let (tone, word) =
                if slot.active { (Tone::Success, "Active") } else { (Tone::Warning, "Inactive") };
            let kept = slot.retained_bytes.map(|kept| format!(" keeps {}", bytes(kept)));
            let status = slot.wal_status.map(|status| format!(", {status}"));
            view! {
                <li>
                    {format!("Slot ({}) ", slot.kind)} <strong>{slot.name}</strong> {kept} {status}
                    " " <Badge tone=tone>{word}</Badge>
                </li>
            }
        },
    );
    view! { <ul class="database-list">{replicas} {slots}</ul> }.into_any()
}

#[component]
fn Prepared(all: Vec<PreparedTransaction>) -> impl IntoView {
    if all.is_empty() {
        return view! { <Words text="No prepared transactions" /> }.into_any();
    }
    let all = rows(
        all,
        |one| one.gid.clone(),
        |one| {
            view! {
                <li>
                    <code translate="no">{one.gid}</code>
                    {format!(" of {}, for {}", one.owner, seconds(one.seconds))}
                </li>
            }
        },
    );
    view! { <ul class="database-list">{all}</ul> }.into_any()
}

#[component]
fn Failures(number: i64) -> impl IntoView {
    if number == 0 {
        return view! { <Words text="No checksum failures" /> }.into_any();
    }
    view! {
        <span>
            {count(number)} ". "
            <a href=address("alerts", &[("kind", "checksum_failure")])>"What to do"</a>
        </span>
    }
    .into_any()
}

/// Settings that only count after a restart.
#[component]
fn Restart(settings: Vec<String>) -> impl IntoView {
    if settings.is_empty() {
        return view! { <Words text="No pending restart" /> }.into_any();
    }
    let settings = text_rows(settings, |name| {
        view! {
            <li>
                <code translate="no">{name}</code>
            </li>
        }
    });
    view! { <ul class="database-list">{settings}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_counted_in_words() {
        let words = |deadlocks, conflicts| {
            trouble_words(&Interval { seconds: 90.0, deadlocks, conflicts, ..Interval::default() })
        };
        assert_eq!(words(0, 0), "None in the last 1 min 30 s");
        assert_eq!(words(1, 0), "Deadlocks: 1, conflicts: 0, in the last 1 min 30 s");
    }
}
