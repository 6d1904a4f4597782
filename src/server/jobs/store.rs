//! The jobs' rows. Every statement asks the database's clock, so that servers need not agree, and
//! takes a time that lies farther ahead than anybody keeps one for one that has come: it was kept
//! while the clock was ahead.

use super::PeriodicJob;
use crate::{
    domain::jobs::{JobName, JobStatus},
    server::{foundation::error::ServiceError, postgres::Pool},
};
use chrono::{DateTime, Utc};
use std::time::Duration;
use uuid::Uuid;

/// A job that has been due for so long is run by nobody any more.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);

/// A run that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub name: JobName,
    pub id: Uuid,
    pub length: Duration,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub took: Duration,
    /// Why it failed.
    pub error: Option<String>,
}

/// Makes the rows of these jobs, tells others their periods, and removes those of jobs that nobody
/// has run for long, as when a setting keeps something for ever. Servers with other settings may
/// still run what this one does not.
pub(super) async fn register(pool: &Pool, jobs: &[PeriodicJob]) -> Result<(), ServiceError> {
    let names: Vec<_> = jobs.iter().map(|job| job.name.as_str().to_owned()).collect();
    let periods: Vec<_> = jobs.iter().map(|job| job.period.as_secs_f64()).collect();
    let delays: Vec<_> = jobs.iter().map(|job| job.delay.as_secs_f64()).collect();
    sqlx::query!(
        "INSERT INTO public.periodic_jobs AS known (name, period, next_due_at)
         SELECT name, make_interval(secs => period),
           clock_timestamp() + make_interval(secs => delay)
         FROM unnest($1::text[], $2::float8[], $3::float8[]) AS job (name, period, delay)
         ON CONFLICT (name) DO UPDATE SET period = excluded.period
           WHERE known.period <> excluded.period",
        &names,
        &periods,
        &delays
    )
    .execute(pool)
    .await?;
    let known = JobName::ALL.map(|name| name.as_str().to_owned());
    sqlx::query!(
        "DELETE FROM public.periodic_jobs WHERE name = ANY($1) AND NOT name = ANY($2)
           AND lease_id IS NULL
           AND next_due_at < clock_timestamp() - make_interval(secs => $3)",
        &known,
        &names,
        GIVEN_UP.as_secs_f64()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes the job that has been due for the longest, unless another server has it. A run whose
/// server is gone counts as failed.
pub(super) async fn take(
    pool: &Pool,
    names: &[String],
    server: &str,
    length: Duration,
) -> Result<Option<Lease>, ServiceError> {
    let id = Uuid::new_v4();
    let taken = sqlx::query_scalar!(
        r#"UPDATE public.periodic_jobs SET lease_id = $1,
             lease_until = clock_timestamp() + make_interval(secs => $2),
             last_started_at = clock_timestamp(), runs = runs + 1, server = $3,
             failures_in_a_row = failures_in_a_row + (lease_id IS NOT NULL)::integer,
             error = CASE WHEN lease_id IS NULL THEN error
               ELSE 'The server that ran it ended before it was done.' END
           WHERE name = (SELECT name FROM public.periodic_jobs
             WHERE name = ANY($4) AND public.is_due(next_due_at, period)
               AND (lease_until IS NULL
                 OR public.is_due(lease_until, make_interval(secs => $2::float8 * 2)))
             ORDER BY next_due_at, name LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING name"#,
        id,
        length.as_secs_f64(),
        server,
        names
    )
    .fetch_optional(pool)
    .await?;
    let name = taken.map(|name| name.parse::<JobName>().map_err(ServiceError::Internal));
    Ok(name.transpose()?.map(|name| Lease { name, id, length }))
}

/// Keeps a run; false when it is another server's now.
pub(super) async fn renew(pool: &Pool, lease: Lease) -> Result<bool, ServiceError> {
    let renewed = sqlx::query!(
        "UPDATE public.periodic_jobs
         SET lease_until = clock_timestamp() + make_interval(secs => $3)
         WHERE name = $1 AND lease_id = $2",
        lease.name.as_str(),
        lease.id,
        lease.length.as_secs_f64()
    )
    .execute(pool)
    .await?;
    Ok(renewed.rows_affected() > 0)
}

/// Writes down how a run ended, and when the next one is due: a period after this one began, or at
/// once when it took longer.
pub(super) async fn conclude(
    pool: &Pool,
    lease: Lease,
    ending: &Ending,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.periodic_jobs SET lease_id = NULL, lease_until = NULL,
           last_finished_at = clock_timestamp(), duration_ms = $3, error = $4,
           failures_in_a_row = CASE WHEN $4::text IS NULL THEN 0 ELSE failures_in_a_row + 1 END,
           next_due_at = greatest(last_started_at + period, clock_timestamp())
         WHERE name = $1 AND lease_id = $2",
        lease.name.as_str(),
        lease.id,
        i64::try_from(ending.took.as_millis()).unwrap_or(i64::MAX),
        ending.error
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Leaves a run that was cut off to whichever server comes first.
pub(super) async fn release(pool: &Pool, lease: Lease) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.periodic_jobs SET lease_id = NULL, lease_until = NULL
         WHERE name = $1 AND lease_id = $2",
        lease.name.as_str(),
        lease.id
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// How long none of these jobs will be due that is not running.
pub(super) async fn until_next(
    pool: &Pool,
    names: &[String],
) -> Result<Option<Duration>, ServiceError> {
    let seconds = sqlx::query_scalar!(
        "SELECT extract(epoch FROM min(next_due_at) - clock_timestamp())::float8
         FROM public.periodic_jobs WHERE name = ANY($1) AND lease_id IS NULL",
        names
    )
    .fetch_one(pool)
    .await?;
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()))
}

/// A row as administrators read it.
struct Row {
    name: String,
    state: String,
    period_seconds: i64,
    last_started_at: Option<DateTime<Utc>>,
    last_finished_at: Option<DateTime<Utc>>,
    duration_ms: Option<i64>,
    error: Option<String>,
    runs: i64,
    failures_in_a_row: i32,
    server: Option<String>,
    lease_until: Option<DateTime<Utc>>,
    next_due_at: DateTime<Utc>,
}

impl Row {
    fn into_status(self) -> Result<JobStatus, String> {
        Ok(JobStatus {
            name: self.name.parse()?,
            state: self.state.parse()?,
            period_seconds: self.period_seconds.try_into().unwrap_or_default(),
            last_started_at: self.last_started_at,
            last_finished_at: self.last_finished_at,
            duration_ms: self.duration_ms.and_then(|millis| millis.try_into().ok()),
            error: self.error,
            runs: self.runs.try_into().unwrap_or_default(),
            failures_in_a_row: self.failures_in_a_row.try_into().unwrap_or_default(),
            server: self.server,
            lease_until: self.lease_until,
            next_due_at: self.next_due_at,
        })
    }
}

/// All jobs that this program knows, those that need somebody first.
pub(super) async fn list(pool: &Pool) -> Result<Vec<JobStatus>, ServiceError> {
    let known = JobName::ALL.map(|name| name.as_str().to_owned());
    // Less than that is nothing: servers look now and then, and run only so many jobs at once.
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT name, CASE
             WHEN lease_until > clock_timestamp() THEN 'running'
             WHEN next_due_at < clock_timestamp() - greatest(period, interval '5 minutes')
               THEN 'overdue'
             WHEN error IS NOT NULL THEN 'failed'
             WHEN last_finished_at IS NULL THEN 'waiting'
             ELSE 'succeeded' END AS "state!",
             extract(epoch FROM period)::int8 AS "period_seconds!", last_started_at,
             last_finished_at, duration_ms, error, runs, failures_in_a_row, server, lease_until,
             next_due_at
           FROM public.periodic_jobs WHERE name = ANY($1)
           ORDER BY error IS NULL,
             next_due_at >= clock_timestamp() - greatest(period, interval '5 minutes'), name"#,
        &known
    )
    .fetch_all(pool)
    .await?;
    let statuses = rows.into_iter().map(Row::into_status);
    statuses.collect::<Result<_, _>>().map_err(ServiceError::Internal)
}
