//! The periodic jobs: how often each runs, how its last run went, and when the next one is due.

use crate::{
    api::admin::load_jobs,
    domain::{
        jobs::{JobState, JobStatus, JobsAnswer},
        quantity::milliseconds,
    },
    ui::{
        client::resource::resource,
        components::{Badge, Card, EmptyState, Head, IconName, Table, Tone, rows},
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::prelude::*;

/// All of them.
#[component]
pub fn JobsTab() -> impl IntoView {
    let list = resource(|| (), |()| load_jobs());
    view! {
        <Loaded read=list label="Loading the periodic jobs" lines=6 let:list>
            <JobsCard list=list />
        </Loaded>
    }
    .into_any()
}

#[component]
fn JobsCard(list: JobsAnswer) -> impl IntoView {
    if list.jobs.is_empty() {
        return view! {
            <Card id="jobs" title="Periodic jobs">
                <EmptyState
                    icon=IconName::History
                    title="No jobs yet"
                    text="Jobs start with the server."
                />
            </Card>
        }
        .into_any();
    }
    let lines = rows(list.jobs, |job| job.name, |job| view! { <JobRow job=job /> });
    let heads = [
        Head::text("Job"),
        Head::text("Interval"),
        Head::text("Last run"),
        Head::number("Duration"),
        Head::text("Outcome"),
        Head::text("Next run"),
    ];
    view! {
        <Card
            id="jobs"
            title="Periodic jobs"
            hint="Recurring work. With several servers, one runs each job."
            flush=true
        >
            <Table label="Job list" heads=heads>
                {lines}
            </Table>
        </Card>
    }
    .into_any()
}

#[component]
fn JobRow(job: JobStatus) -> impl IntoView {
    let (tone, word) = (tone(job.state), job.state.label());
    let took = job.duration_ms.map(|time| milliseconds(time as f64));
    let last = job.last_started_at.map(|time| view! { <Moment time=time /> });
    // While it runs nobody knows.
    let next = (job.state != JobState::Running)
        .then(|| view! { <Moment time=job.next_due_at ahead=true /> });
    let failures = match job.failures_in_a_row {
        0 | 1 => None,
        count => Some(view! {
            " "
            <small>{format!("{count} times in a row")}</small>
        }),
    };
    let reason = job.error.map(|error| view! { <p class="job-error">{error}</p> });
    view! {
        <tr>
            <th scope="row">{job.name.label()}</th>
            <td class="nowrap">{every(job.period_seconds)}</td>
            <td class="nowrap">{last}</td>
            <td class="nowrap" translate="no" data-num="">
                {took}
            </td>
            <td>
                <Badge tone=tone>{word}</Badge>
                {failures}
                {reason}
            </td>
            <td class="nowrap">{next}</td>
        </tr>
    }
    .into_any()
}

/// The colour of a state.
pub fn tone(state: JobState) -> Tone {
    match state {
        JobState::Waiting => Tone::Neutral,
        JobState::Running => Tone::Info,
        JobState::Succeeded => Tone::Success,
        JobState::Failed => Tone::Danger,
        JobState::Overdue => Tone::Warning,
    }
}

/// “Every hour”, “Every 20 seconds”.
fn every(seconds: u64) -> String {
    let (length, unit) = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
        .unwrap_or((1, "second"));
    match seconds / length {
        1 => format!("Every {unit}"),
        count => format!("Every {count} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_often() {
        for (seconds, words) in [
            (20, "Every 20 seconds"),
            (60, "Every minute"),
            (90, "Every 90 seconds"),
            (3_600, "Every hour"),
            (7_200, "Every 2 hours"),
            (86_400, "Every day"),
        ] {
            assert_eq!(every(seconds), words);
        }
    }
}
