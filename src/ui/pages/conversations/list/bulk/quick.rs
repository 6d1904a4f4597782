//! What is done at once, without a question: the same job, prepared and started in one go.

use super::{
    Act, Bulk, Wanted,
    question::{discard, request, started},
    words,
};
use crate::{
    api::{bulk::PrepareBulkJob, error::ApiError},
    domain::bulk::{BulkAction, BulkJobView},
    ui::{client::rest::Call, components::Tone, form::focus},
};
use leptos::{prelude::*, task::spawn_local};

/// Does what is wanted, for as long as the component lives that calls it.
pub fn start(bulk: Bulk) {
    Effect::new(move |_| {
        let Some(wanted) = bulk.quick.get() else { return };
        spawn_local(async move {
            let answer = run(wanted).await;
            match answer {
                Ok(job) if job.changed == 0 && !job.state.is_open() => {
                    bulk.toasts.show(Tone::Warning, words::prepared(&job).join(" "));
                }
                Ok(job) => {
                    bulk.begin(job, true);
                    // The bar goes, and with it what had the focus.
                    focus(".conversation-table thead .check");
                    if bulk.quick.try_get_untracked().is_some() {
                        bulk.selection.clear();
                    }
                }
                Err(error) => bulk.toasts.show(Tone::Danger, words::refusal(error)),
            }
            bulk.quick.try_set(None);
        });
    });
}

/// Answers what was started, or what would change nothing and so was not.
async fn run(wanted: Wanted) -> Result<BulkJobView, ApiError> {
    let Wanted { act, target } = wanted;
    let action = match act {
        Act::Unarchive => BulkAction::Unarchive {},
        _ => BulkAction::Archive {},
    };
    let request = request(action, target);
    let job = Call::<PrepareBulkJob>::new((), &request).send().await?.job;
    if job.changed > 0 {
        return started(job.id).await;
    }
    discard(job.id);
    Ok(job)
}
