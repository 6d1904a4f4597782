//! Counters of this process since its start, in the form that Prometheus reads.

use dashmap::DashMap;
use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Upper ends of the buckets of the request duration, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counters since the start, in the form that Prometheus reads.
#[derive(Debug)]
pub struct Metrics {
    began: Instant,
    requests: DashMap<(String, String, u16), u64>,
    /// Runs of periodic jobs by name, and whether they succeeded.
    jobs: DashMap<(&'static str, bool), u64>,
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    microseconds: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            requests: DashMap::new(),
            jobs: DashMap::new(),
            buckets: Default::default(),
            count: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    /// Counts one request that was answered.
    pub fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Clients may invent methods; routes are ours.
        let method =
            if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
                method
            } else {
                "other"
            };
        *self.requests.entry((method.to_owned(), route.to_owned(), status)).or_default() += 1;
        self.count.fetch_add(1, Ordering::Relaxed);
        self.microseconds
            .fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        for (bucket, upper) in self.buckets.iter().zip(BUCKETS) {
            if took.as_secs_f64() <= upper {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Counts one run of a periodic job by this server.
    pub fn job_ended(&self, job: &'static str, succeeded: bool) {
        *self.jobs.entry((job, succeeded)).or_default() += 1;
    }

    /// The text of `/metrics`. `connections`: open and idle ones to the database.
    pub fn render(&self, connections: (u32, usize)) -> String {
        let mut text = String::new();
        let mut line = |words: std::fmt::Arguments<'_>| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{words}");
        };
        line(format_args!(
            "# HELP train_http_requests_total Requests answered since the start.\n# TYPE \
                train_http_requests_total counter"
        ));
        for entry in &self.requests {
            let ((method, route, status), count) = entry.pair();
            line(format_args!(
                "train_http_requests_total{{method=\"{method}\",route=\"{route}\",\
                    status=\"{status}\"}} {count}"
            ));
        }
        line(format_args!(
            "# HELP train_http_request_duration_seconds Time to answer, without sending the \
                body.\n# TYPE train_http_request_duration_seconds histogram"
        ));
        for (bucket, upper) in self.buckets.iter().zip(BUCKETS) {
            let count = bucket.load(Ordering::Relaxed);
            line(format_args!(
                "train_http_request_duration_seconds_bucket{{le=\"{upper}\"}} {count}"
            ));
        }
        let count = self.count.load(Ordering::Relaxed);
        line(format_args!("train_http_request_duration_seconds_bucket{{le=\"+Inf\"}} {count}"));
        let seconds =
            Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64();
        line(format_args!("train_http_request_duration_seconds_sum {seconds}"));
        line(format_args!("train_http_request_duration_seconds_count {count}"));
        line(format_args!(
            "# HELP train_periodic_job_runs_total Runs of periodic jobs by this server.\n# TYPE \
                train_periodic_job_runs_total counter"
        ));
        for entry in &self.jobs {
            let ((job, succeeded), count) = entry.pair();
            let outcome = if *succeeded { "succeeded" } else { "failed" };
            line(format_args!(
                "train_periodic_job_runs_total{{job=\"{job}\",outcome=\"{outcome}\"}} {count}"
            ));
        }
        let mut gauge = |name: &str, help: &str, value: f64| {
            line(format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"));
        };
        gauge("train_uptime_seconds", "Time since the start.", self.began.elapsed().as_secs_f64());
        gauge(
            "train_database_connections",
            "Open connections to the database.",
            f64::from(connections.0),
        );
        gauge(
            "train_database_connections_idle",
            "Those of them that wait for work.",
            connections.1 as f64,
        );
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory_bytes", "Memory in use.", bytes as f64);
        }
        text
    }
}

/// Linux only; elsewhere the line is missing.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()?;
    Some(kib * 1024)
}
