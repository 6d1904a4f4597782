//! The jobs that ran last, for administrators.

use crate::{
    domain::jobs::JobStatus,
    ui::{
        components::{Badge, Card, LinkButton, rows},
        moment::Moment,
        pages::admin::jobs::tone,
    },
};
use leptos::prelude::*;

/// A line for each, or why they could not be read.
#[component]
pub fn LastJobs(jobs: Vec<JobStatus>, failed: Option<String>) -> impl IntoView {
    let all = || {
        view! {
            <LinkButton href="/admin/jobs" small=true>
                "All jobs"
            </LinkButton>
        }
    };
    let content = match (failed, jobs.is_empty()) {
        (Some(error), _) => view! { <p class="home-failed">{error}</p> }.into_any(),
        (None, true) => {
            view! { <p class="home-none">"Nothing has run yet. Jobs start with the server."</p> }
                .into_any()
        }
        (None, false) => {
            let lines = rows(jobs, |job| job.name, |job| view! { <JobLine job=job /> });
            view! { <ul class="home-jobs">{lines}</ul> }.into_any()
        }
    };
    view! {
        <Card id="home-jobs" title="Last jobs" actions=all flush=true>
            {content}
        </Card>
    }
    .into_any()
}

#[component]
fn JobLine(job: JobStatus) -> impl IntoView {
    let last = job.last_started_at.map(|time| view! { <Moment time=time /> });
    view! {
        <li class="item">
            <div class="item-text">
                {job.name.label()}
                {job.error.map(|error| view! { <span class="item-hint">{error}</span> })}
            </div>
            <small>{last}</small>
            <Badge tone=tone(job.state)>{job.state.label()}</Badge>
        </li>
    }
    .into_any()
}
