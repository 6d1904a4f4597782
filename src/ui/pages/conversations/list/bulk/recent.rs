//! The last jobs: what was done to how many, by whom, and the way to undo it.

use super::{Bulk, words};
use crate::{
    api::{
        bulk::{BulkJobsAnswer, UndoBulkJob, load_bulk_jobs},
        operation::Nothing,
    },
    domain::{
        bulk::{BulkJobView, BulkState},
        field_error::FieldError,
    },
    ui::{
        client::{resource::resource, rest::Call},
        components::{Badge, Button, Dialog, Tone, rows},
        form::{FormAlert, FormState, focus},
        loaded::Loaded,
        moment::Moment,
    },
};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub fn RecentDialog(bulk: Bulk) -> impl IntoView {
    let close = move |()| bulk.recent.set(false);
    view! {
        <Dialog
            id="bulk-recent"
            title="Recent bulk changes"
            open=bulk.recent
            large=true
            light_dismiss=true
            on_close=close
        >
            <Show when=move || bulk.recent.get()>
                <Recent bulk=bulk />
            </Show>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Recent(bulk: Bulk) -> impl IntoView {
    let read = resource(|| (), |()| load_bulk_jobs());
    let form = FormState::new("bulk-recent-list", &[]);
    let list = move |answer: BulkJobsAnswer| {
        let mut jobs = answer.jobs;
        jobs.retain(|job| job.state != BulkState::Prepared);
        if jobs.is_empty() {
            return view! { <p class="muted">"Nothing was changed in bulk yet."</p> }.into_any();
        }
        let list =
            rows(jobs, |job| job.id, move |job| view! { <Item job=job bulk=bulk form=form /> });
        view! { <ul class="items">{list}</ul> }.into_any()
    };
    view! {
        <div id=form.id>
            <FormAlert form=form />
            <Loaded read=read label="Loading the changes" children=list />
        </div>
    }
    .into_any()
}

#[component]
fn Item(job: BulkJobView, bulk: Bulk, form: FormState) -> impl IntoView {
    let id = job.id;
    let told = match job.state.is_open() {
        true => format!("{}: {}.", words::running(&job), words::progress(&job)),
        false => words::ended(&job).join(" "),
    };
    let what = words::will(&job.action, job.changed);
    let who = job.author_name.clone().map(|name| {
        view! {
            <span translate="no">{name}</span>
            " · "
        }
    });
    let tone = match job.state {
        BulkState::Done | BulkState::Undone => Tone::Neutral,
        BulkState::Failed => Tone::Danger,
        BulkState::Cancelled => Tone::Warning,
        _ => Tone::Info,
    };
    let undo = move |()| {
        if form.busy.get_untracked() {
            return;
        }
        form.clear();
        form.busy.set(true);
        spawn_local(async move {
            let answer = Call::<UndoBulkJob>::new(id, &Nothing {}).send().await;
            form.busy.try_set(false);
            match answer {
                Ok(answer) => {
                    bulk.begin(answer.job, false);
                    bulk.recent.try_set(false);
                    focus("#bulk-jobs");
                }
                Err(error) => form.refuse(vec![FieldError::new("", words::refusal(error))]),
            }
        });
    };
    let button = job.can_undo.then(|| {
        view! {
            <Button small=true busy=form.busy on_press=undo>
                "Undo"
                <span class="visually-hidden">" “" {what} "”"</span>
            </Button>
        }
    });
    view! {
        <li class="item">
            <div class="item-text">
                <span>{told}</span>
                <span class="item-hint">
                    {who} <Moment time=job.created_at /> " "
                    <Badge tone=tone>{job.state.label()}</Badge>
                </span>
            </div>
            {button.map(|button| view! { <div class="item-actions">{button}</div> })}
        </li>
    }
    .into_any()
}
