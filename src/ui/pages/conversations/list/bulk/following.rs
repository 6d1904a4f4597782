//! Following jobs until they have ended.

use super::{Bulk, words};
use crate::{
    api::{
        bulk::{ReadBulkJob, UndoBulkJob},
        operation::Nothing,
    },
    domain::bulk::{BulkJobView, BulkState},
    ui::{client::rest::Call, components::Tone},
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use uuid::Uuid;

/// How often what runs is asked about.
const EVERY: Duration = Duration::from_secs(1);
/// What was begun just now may be done before the first of these.
const SOON: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(550)];
/// Meanwhile the list is read again with every so many answers.
const ANSWERS: u32 = 5;

#[derive(Clone, Copy)]
struct Following {
    bulk: Bulk,
    asking: StoredValue<bool>,
    answers: StoredValue<u32>,
}

/// Asks about the jobs that run, for as long as the component lives that calls it.
pub fn start(bulk: Bulk) {
    let following =
        Following { bulk, asking: StoredValue::new(false), answers: StoredValue::new(0) };
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(move || following.ask(), EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
    let open = Memo::new(move |_| bulk.jobs.with(|jobs| open_ids(jobs)));
    Effect::new(move |_| {
        if open.with(|open| !open.is_empty()) {
            for wait in SOON {
                set_timeout(move || following.ask(), wait);
            }
        }
    });
}

fn open_ids(jobs: &[BulkJobView]) -> Vec<Uuid> {
    jobs.iter().filter(|job| job.state.is_open()).map(|job| job.id).collect()
}

impl Following {
    fn ask(self) {
        // `None` when the page is gone.
        let Some(open) = self.bulk.jobs.try_with_untracked(|jobs| open_ids(jobs)) else { return };
        if open.is_empty() || document().hidden() || self.asking.try_get_value() != Some(false) {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            for id in open {
                match Call::<ReadBulkJob>::new(id, &Nothing {}).send().await {
                    Ok(answer) => self.take(answer.job),
                    // It is forgotten, or not to be seen any more.
                    Err(error) if error.status == 404 => self.bulk.dismiss(id),
                    // The next turn asks again.
                    Err(_) => {}
                }
            }
            self.asking.try_set_value(false);
        });
    }

    fn take(self, job: BulkJobView) {
        let bulk = self.bulk;
        if job.state.is_open() {
            let answers = self.answers.try_update_value(|count| {
                *count = count.wrapping_add(1);
                *count
            });
            if answers.is_some_and(|count| count.is_multiple_of(ANSWERS)) {
                bulk.look_again();
            }
        } else {
            bulk.look_again();
            if bulk.quiet.try_with_untracked(|all| all.contains(&job.id)) == Some(true) {
                return tell(bulk, &job);
            }
        }
        bulk.jobs.try_update(|jobs| {
            if let Some(own) = jobs.iter_mut().find(|own| own.id == job.id) {
                *own = job;
            }
        });
    }
}

/// Tells the end of a job by a toast, with the way to undo it.
fn tell(bulk: Bulk, job: &BulkJobView) {
    let (id, text) = (job.id, words::ended(job).join(" "));
    bulk.dismiss(id);
    match job.state {
        BulkState::Failed => bulk.toasts.show(Tone::Danger, text),
        _ if job.can_undo => bulk.toasts.offer(text, "Undo", move || undo(bulk, id)),
        _ => bulk.toasts.show(Tone::Success, text),
    }
}

fn undo(bulk: Bulk, id: Uuid) {
    spawn_local(async move {
        match Call::<UndoBulkJob>::new(id, &Nothing {}).send().await {
            Ok(answer) => bulk.begin(answer.job, true),
            Err(error) => bulk.toasts.show(Tone::Danger, words::refusal(error)),
        }
    });
}
