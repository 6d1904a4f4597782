//! Periodic jobs: once for all servers, taken over, retried, and never two runs of one at a time.

use crate::support::{TestDatabase, run, texts};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};
use train::{
    domain::jobs::JobName,
    server::{
        foundation::{error::ServiceError, shutdown::Shutdown},
        jobs::{JobRunner, PeriodicJob},
        postgres::{Database, apart},
    },
};

const HOUR: Duration = Duration::from_secs(3600);
const NAME: JobName = JobName::Sessions;

fn runner(database: &Database, jobs: Vec<PeriodicJob>) -> JobRunner {
    JobRunner::new(database.clone(), jobs, Arc::default())
}

/// Counts its runs.
fn counting(runs: &Arc<AtomicUsize>) -> PeriodicJob {
    let runs = Arc::clone(runs);
    PeriodicJob::new(NAME, HOUR, move || {
        let runs = Arc::clone(&runs);
        async move {
            runs.fetch_add(1, Ordering::SeqCst);
            Ok(0)
        }
    })
}

/// Says that it began, and runs until it is released.
fn waiting(began: &Arc<Notify>, release: &Arc<Notify>, period: Duration) -> PeriodicJob {
    let (began, release) = (Arc::clone(began), Arc::clone(release));
    PeriodicJob::new(NAME, period, move || {
        let (began, release) = (Arc::clone(&began), Arc::clone(&release));
        async move {
            began.notify_one();
            release.notified().await;
            Ok(0)
        }
    })
}

async fn change(test: &TestDatabase, what: &str) {
    let sql =
        format!("UPDATE periodic_jobs SET {what} WHERE name = '{NAME}'", NAME = NAME.as_str());
    run(&mut test.role("service_role").await, &sql).await;
}

async fn make_due(test: &TestDatabase) {
    change(test, "next_due_at = clock_timestamp()").await;
}

/// A text of the job's row.
async fn row(test: &TestDatabase, what: &str) -> String {
    let sql = format!(
        "SELECT coalesce(({what})::text, '-') FROM periodic_jobs WHERE name = '{NAME}'",
        NAME = NAME.as_str()
    );
    texts(&mut test.role("service_role").await, &sql).await.pop().expect("the job has a row")
}

#[tokio::test]
async fn two_servers_run_a_job_once_in_a_period() {
    let test = TestDatabase::new().await;
    let (runs, other) = (Arc::default(), test.second_server().await);
    let one = runner(&test.database, vec![counting(&runs)]);
    let two = runner(&other, vec![counting(&runs)]);
    for server in [&one, &two] {
        server.register().await.unwrap();
    }
    for expected in 1..=3 {
        let turns = tokio::join!(apart(one.turn()), apart(two.turn()));
        assert_ne!(turns.0.unwrap(), turns.1.unwrap(), "one of the two has it");
        assert!(!one.turn().await.unwrap() && !two.turn().await.unwrap(), "it is not due again");
        assert_eq!(runs.load(Ordering::SeqCst), expected);
        make_due(&test).await;
    }
    let facts = "concat_ws(' ', runs, error IS NULL, lease_id IS NULL, duration_ms IS NOT NULL,
        last_finished_at >= last_started_at, server <> '')";
    assert_eq!(row(&test, facts).await, "3 t t t t t");
}

#[tokio::test]
async fn the_next_run_is_due_a_period_after_the_last_one_began() {
    let test = TestDatabase::new().await;
    let server = runner(&test.database, vec![counting(&Arc::default()).after_a_period()]);
    server.register().await.unwrap();
    assert!(!server.turn().await.unwrap(), "not at once after the start");
    make_due(&test).await;
    assert!(server.turn().await.unwrap());
    assert_eq!(row(&test, "next_due_at - last_started_at").await, "01:00:00");
}

#[tokio::test]
async fn a_server_that_dies_leaves_its_run_to_another() {
    let test = TestDatabase::new().await;
    let (began, release) = (Arc::default(), Arc::default());
    let dies = runner(&test.database, vec![waiting(&began, &release, HOUR)]);
    dies.register().await.unwrap();
    let task = tokio::spawn(async move { dies.turn().await });
    began.notified().await;
    task.abort();
    let lives = runner(&test.database, vec![waiting(&began, &release, HOUR)]);
    assert!(!lives.turn().await.unwrap(), "its lease has not ended");
    change(&test, "lease_until = clock_timestamp()").await;
    let task = tokio::spawn(async move { lives.turn().await });
    began.notified().await;
    let told = row(&test, "failures_in_a_row || ' ' || error").await;
    assert_eq!(told, "1 The server that ran it ended before it was done.");
    release.notify_one();
    assert!(task.await.unwrap().unwrap());
    assert_eq!(row(&test, "concat_ws(' ', runs, failures_in_a_row, error)").await, "2 0");
}

#[tokio::test]
async fn a_run_that_another_server_took_over_is_cut_off() {
    let test = TestDatabase::new().await;
    let (begins, mut began) = mpsc::channel::<mpsc::Sender<()>>(1);
    let job = PeriodicJob::new(NAME, HOUR, move || {
        let begins = begins.clone();
        async move {
            // Dropped with the run.
            let (held, mut never) = mpsc::channel(1);
            begins.send(held).await.unwrap();
            never.recv().await;
            Ok(0)
        }
    });
    let server = runner(&test.database, vec![job]).with_lease(Duration::from_millis(200));
    server.register().await.unwrap();
    let task = tokio::spawn(async move { server.turn().await });
    let held = began.recv().await.unwrap();
    change(&test, "lease_id = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 h'")
        .await;
    held.closed().await;
    task.await.unwrap().unwrap();
    assert_eq!(row(&test, "last_finished_at").await, "-", "the other one writes down how it ended");
}

#[tokio::test]
async fn a_failure_is_told_and_tried_again_at_the_next_time() {
    let test = TestDatabase::new().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let job = PeriodicJob::new(NAME, HOUR, move || {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        async move {
            match run {
                0 => Err(ServiceError::Internal("the disk is wet".into())),
                1 => panic!("it burns"),
                _ => Ok(0),
            }
        }
    });
    let server = runner(&test.database, vec![job]);
    server.register().await.unwrap();
    let facts = "concat_ws(' ', failures_in_a_row, next_due_at - last_started_at, error)";
    for expected in
        ["1 01:00:00 internal: the disk is wet", "2 01:00:00 It panicked: it burns", "0 01:00:00"]
    {
        assert!(server.turn().await.unwrap());
        assert_eq!(row(&test, facts).await, expected);
        assert!(!server.turn().await.unwrap(), "it is not tried again before its next time");
        make_due(&test).await;
    }
}

#[tokio::test]
async fn times_kept_while_the_clock_was_ahead_hold_no_job_up() {
    let test = TestDatabase::new().await;
    let runs = Arc::default();
    let server = runner(&test.database, vec![counting(&runs)]);
    server.register().await.unwrap();
    assert!(server.turn().await.unwrap());
    change(&test, "next_due_at = next_due_at + interval '2 days'").await;
    assert!(server.turn().await.unwrap(), "nobody keeps it so far ahead");
    make_due(&test).await;
    change(
        &test,
        "lease_id = gen_random_uuid(), lease_until = clock_timestamp() + interval '2 days'",
    )
    .await;
    assert!(server.turn().await.unwrap(), "nor a lease");
    assert!(!server.turn().await.unwrap());
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_job_longer_than_its_period_and_its_lease_does_not_overlap_itself() {
    let test = TestDatabase::new().await;
    let (began, release) = (Arc::default(), Arc::default());
    let period = Duration::from_millis(20);
    let job = waiting(&began, &release, period);
    let one = runner(&test.database, vec![job.clone()]).with_lease(Duration::from_secs(3));
    let two = runner(&test.database, vec![job]).with_lease(Duration::from_secs(3));
    one.register().await.unwrap();
    let first = one.clone();
    let task = tokio::spawn(async move { first.turn().await });
    began.notified().await;
    // Long after its period, and after its lease would have ended.
    while row(&test, "clock_timestamp() < last_started_at + interval '3.5 s'").await == "true" {
        assert!(!one.turn().await.unwrap() && !two.turn().await.unwrap());
        sleep(Duration::from_millis(20)).await;
    }
    release.notify_one();
    assert!(task.await.unwrap().unwrap());
    assert_eq!(row(&test, "runs").await, "1");
    assert_eq!(row(&test, "next_due_at <= clock_timestamp()").await, "true", "the next at once");
    release.notify_one();
    assert!(two.turn().await.unwrap());
}

#[tokio::test]
async fn a_job_that_panics_stops_neither_the_others_nor_the_server() {
    let test = TestDatabase::new().await;
    let runs: Arc<AtomicUsize> = Arc::default();
    let breaks = PeriodicJob::new(JobName::Ledger, HOUR, || async { panic!("it burns") });
    let server = runner(&test.database, vec![breaks, counting(&runs)]);
    let shutdown = Shutdown::default();
    let running = tokio::spawn(server.run(shutdown.clone()));
    let failed = "SELECT error FROM periodic_jobs WHERE error IS NOT NULL";
    let mut role = test.role("service_role").await;
    while texts(&mut role, failed).await != ["It panicked: it burns"]
        || runs.load(Ordering::SeqCst) == 0
    {
        sleep(Duration::from_millis(10)).await;
    }
    make_due(&test).await;
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_server_that_stops_leaves_what_it_runs_to_the_others() {
    let test = TestDatabase::new().await;
    let began = Arc::new(Notify::new());
    let beginning = Arc::clone(&began);
    let job = PeriodicJob::new(NAME, HOUR, move || {
        beginning.notify_one();
        pending()
    });
    let shutdown = Shutdown::default();
    let running = tokio::spawn(runner(&test.database, vec![job]).run(shutdown.clone()));
    began.notified().await;
    shutdown.cancel();
    running.await.unwrap();
    let facts = "concat_ws(' ', lease_id IS NULL, next_due_at <= clock_timestamp(), error IS NULL)";
    assert_eq!(row(&test, facts).await, "t t t");
    let runs = Arc::default();
    assert!(runner(&test.database, vec![counting(&runs)]).turn().await.unwrap());
}

#[tokio::test]
async fn a_start_tells_periods_and_removes_what_is_switched_off() {
    let test = TestDatabase::new().await;
    let job = |name, period| PeriodicJob::new(name, period, || async { Ok(0) });
    let before = runner(&test.database, vec![job(NAME, HOUR), job(JobName::Ledger, HOUR)]);
    before.register().await.unwrap();
    // A newer server's, which this one does not know.
    let newer = "INSERT INTO periodic_jobs (name, period) VALUES ('of_a_newer_one', '1 h')";
    run(&mut test.role("service_role").await, newer).await;
    let after = runner(&test.database, vec![job(NAME, HOUR * 2)]);
    after.register().await.unwrap();
    // Another server may still run it.
    let ledger = "SELECT name FROM periodic_jobs WHERE name = 'ledger'";
    assert_eq!(texts(&mut test.role("service_role").await, ledger).await, ["ledger"]);
    let given_up =
        "UPDATE periodic_jobs SET next_due_at = now() - interval '2 days' WHERE name = 'ledger'";
    run(&mut test.role("service_role").await, given_up).await;
    after.register().await.unwrap();
    let rows = "SELECT name || ' ' || period FROM periodic_jobs ORDER BY name";
    assert_eq!(
        texts(&mut test.role("service_role").await, rows).await,
        ["of_a_newer_one 01:00:00", "sessions 02:00:00"]
    );
}

#[tokio::test]
async fn a_run_that_never_ends_is_cut_off_and_is_a_failure() {
    let test = TestDatabase::new().await;
    let stuck = PeriodicJob::new(NAME, HOUR, || async {
        pending::<()>().await;
        Ok(0)
    });
    let runner = runner(&test.database, vec![stuck]).with_longest_run(Duration::from_millis(20));
    runner.register().await.unwrap();
    assert!(runner.turn().await.unwrap());
    let facts = "concat_ws(' ', lease_id IS NULL, failures_in_a_row, error)";
    assert_eq!(row(&test, facts).await, "t 1 It did not end in time and was cut off.");
}

#[tokio::test]
async fn what_watches_does_not_wait_for_what_tidies() {
    let test = TestDatabase::new().await;
    let stuck = |name| {
        let job = PeriodicJob::new(name, HOUR, || async {
            pending::<()>().await;
            Ok(0)
        });
        job.tidying()
    };
    let names =
        [JobName::Sessions, JobName::Invitations, JobName::Notifications, JobName::DatabaseLog];
    let watched = Arc::new(Notify::new());
    let mut jobs: Vec<_> = names.into_iter().map(stuck).collect();
    let seen = Arc::clone(&watched);
    jobs.push(PeriodicJob::new(JobName::AlertRules, HOUR, move || {
        let seen = Arc::clone(&seen);
        async move {
            seen.notify_one();
            Ok(0)
        }
    }));
    let shutdown = Shutdown::default();
    let runner = runner(&test.database, jobs);
    runner.register().await.unwrap();
    // Due after all the others.
    let last =
        "UPDATE periodic_jobs SET next_due_at = now() + interval '1 ms' WHERE name = 'alert_rules'";
    run(&mut test.role("service_role").await, last).await;
    let running = tokio::spawn(runner.run(shutdown.clone()));
    watched.notified().await;
    shutdown.cancel();
    running.await.unwrap();
}
