//! The periodic jobs of the installation: what is done how often. `docs/operations.md` lists them.

use super::{
    foundation::error::ServiceError,
    history,
    http::state::AppState,
    idempotency,
    jobs::{PeriodicJob, retention},
};
use crate::domain::jobs::JobName;
use chrono::Utc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// How often the rules of alerts are looked at.
const ALERTS: Duration = Duration::from_secs(30);
/// Who generates sees soon what is nearly the same.
const MARKS: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Times of schedules are minutes: what is due waits a third of one at most.
const SCHEDULES: Duration = Duration::from_secs(20);

/// All of them, but for those that a setting switches off.
pub fn jobs(state: &AppState) -> Vec<PeriodicJob> {
    let mut jobs = watching(state);
    jobs.extend(tidying(state));
    jobs.extend(state.config.history_days.map(|days| {
        job(state, JobName::HistoryArchive, DAY, move |state| async move {
            history::archive(state.database.pool(), days).await
        })
        .tidying()
    }));
    jobs.extend(state.config.ledger_days.map(|days| {
        job(state, JobName::Ledger, HOUR, move |state| async move {
            retention::forget_spending(state.database.pool(), days).await
        })
        .tidying()
    }));
    jobs
}

/// What looks whether something is to be done or to be told.
fn watching(state: &AppState) -> Vec<PeriodicJob> {
    vec![
        job(state, JobName::Snapshots, MINUTE, |state| async move {
            state.health.take_due_snapshots().await.map(|()| 0)
        }),
        // At the first moment there is nothing to compare with.
        job(state, JobName::AlertRules, ALERTS, |state| async move {
            state.alerts.evaluate_once().await.map(|_| 0)
        })
        .after_a_period(),
        job(state, JobName::MaintenanceSchedules, SCHEDULES, |state| async move {
            state.maintenance.queue_scheduled().await.map(|queued| queued as u64)
        }),
        job(state, JobName::Backups, SCHEDULES, |state| async move {
            state.backups.tend().await.map(|()| 0)
        }),
        job(state, JobName::ConversationMarks, MARKS, |state| async move {
            let searchable = state.conversations.index().await?;
            Ok(searchable + state.conversations.examine().await?)
        }),
        job(state, JobName::Reminders, DAY, |state| async move {
            state.ai.remind(&state.notifications, Utc::now()).await
        }),
    ]
}

/// What removes what has ended or is old.
fn tidying(state: &AppState) -> Vec<PeriodicJob> {
    let jobs = vec![
        job(state, JobName::Sessions, HOUR, |state| async move { state.accounts.sweep().await }),
        job(state, JobName::Invitations, HOUR, |state| async move {
            state.organizations.tidy_invitations().await
        }),
        job(state, JobName::IdempotencyKeys, HOUR, |state| async move {
            let keys = idempotency::tidy(state.database.pool()).await?;
            let unfinished = retention::forget_unfinished(state.database.pool()).await?;
            let proposals = state.revisions.tidy().await?;
            let files = state.exports.tidy().await? + state.imports.tidy().await?;
            let selections = state.data_sets.tidy().await?;
            Ok(keys + unfinished + proposals + files + selections + state.bulk.tidy().await?)
        }),
        job(state, JobName::Keys, HOUR, |state| async move { state.ai.tidy().await }),
        job(state, JobName::Notifications, HOUR, |state| async move {
            state.notifications.tidy().await
        }),
        job(state, JobName::ConversationRetention, DAY, |state| async move {
            state.conversation_policy.archive_old().await
        }),
        job(state, JobName::DatabaseLog, HOUR, |state| async move {
            retention::forget_operations(state.database.pool()).await
        }),
        job(state, JobName::CrashedServers, HOUR, |state| async move {
            retention::forget_crashed(state.database.pool()).await
        }),
    ];
    jobs.into_iter().map(PeriodicJob::tidying).collect()
}

/// A job whose runs have the services.
fn job<F, W>(state: &AppState, name: JobName, period: Duration, run: F) -> PeriodicJob
where
    F: Fn(AppState) -> W + Send + Sync + 'static,
    W: Future<Output = Result<u64, ServiceError>> + Send + 'static,
{
    let state = state.clone();
    PeriodicJob::new(name, period, move || run(state.clone()))
}
