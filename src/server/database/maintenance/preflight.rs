//! Everything to know before an operation, each check with its verdict. What says "stop" is refused
//! when it is begun.

use super::{
    MaintenanceService, holders, measure,
    plan::{self, LockLevel},
    queue,
    subject::{REPACK_SINCE, Subject},
};
use crate::{
    domain::{
        database::{
            OperationKind, OperationRequest, Preflight, PreflightCheck, PreflightVerdict as Verdict,
        },
        error_code::ErrorCode,
        quantity::bytes,
    },
    server::{foundation::error::ServiceError, postgres::Pool},
};
use chrono::{DateTime, Timelike, Utc};
use nix::sys::statvfs::statvfs;
use tokio::task::spawn_blocking;

/// Local hours in which nobody is locked out.
const WORKING_HOURS: std::ops::Range<u32> = 9..17;

/// A check, and what the operation is refused with because of it.
pub(super) struct Check {
    pub refusal: Option<ErrorCode>,
    pub check: PreflightCheck,
}

pub(super) struct Looked {
    pub preflight: Preflight,
    pub checks: Vec<Check>,
}

fn check(name: &str, verdict: Verdict, sentence: impl Into<String>) -> Check {
    let check = PreflightCheck { name: name.to_owned(), verdict, sentence: sentence.into() };
    Check { refusal: None, check }
}

fn stop(name: &str, code: ErrorCode, sentence: impl Into<String>) -> Check {
    Check { refusal: Some(code), ..check(name, Verdict::Stop, sentence) }
}

impl MaintenanceService {
    /// Looks at the target as it is now. `now` decides about working hours.
    pub(super) async fn look(
        &self,
        body: &OperationRequest,
        subject: &Subject,
        now: DateTime<Utc>,
    ) -> Result<Looked, ServiceError> {
        let pool = self.database.operations();
        let level = LockLevel::of(body.operation, &body.options);
        let before = measure::measure(pool, &self.health, subject).await?;
        let expected = queue::expected_seconds(pool, subject).await?;
        let given =
            body.options.override_reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        let working = level.blocks()
            && WORKING_HOURS.contains(&now.with_timezone(&self.settings.zone).hour());

        let mut checks = vec![right(subject)];
        checks.extend(version(subject));
        checks.extend(leftover(subject));
        if working {
            checks.push(self.working_hours(given));
        } else if level.blocks() {
            checks.push(check("Working hours", Verdict::Fine, "Nobody is expected to work now."));
        }
        if let Some(table) = subject.table_oid() {
            let blockers = holders::blockers(pool, table, level).await?;
            checks.push(if blockers.is_empty() {
                check("Lock", Verdict::Fine, "Nobody holds a lock that it would wait for.")
            } else {
                let sentence = format!("It has to wait for {}.", blockers.join("; "));
                check("Lock", Verdict::Caution, sentence)
            });
            checks.extend(autovacuum(pool, table).await?);
            let invalid = measure::invalid_indexes(pool, subject).await?;
            checks.push(if invalid.is_empty() {
                check("Leftovers", Verdict::Fine, "No invalid index is left over on the table.")
            } else {
                let sentence = format!(
                    "Invalid indexes are left over: {}. They only cost writing; drop them.",
                    invalid.join(", ")
                );
                check("Leftovers", Verdict::Caution, sentence)
            });
        }
        checks.push(old_transactions(pool, body.operation).await?);
        checks.extend(self.space(body.operation, subject).await?);
        checks.push(match expected {
            Some(seconds) => {
                check("Duration", Verdict::Fine, format!("It took about {seconds:.0} s before."))
            }
            None => check(
                "Duration",
                Verdict::Fine,
                "It was not done here before, so nothing is known.",
            ),
        });
        checks.extend(self.already_open(subject).await?);

        let statement =
            plan::statement(body.operation, &body.options, &subject.target, &subject.database);
        let preflight = Preflight {
            statements: vec![statement],
            lock: level.sentence().to_owned(),
            verdict: checks.iter().map(|check| check.check.verdict).max().unwrap_or(Verdict::Fine),
            checks: checks.iter().map(|check| check.check.clone()).collect(),
            confirmation: plan::confirmation(body.operation, &subject.target, &subject.database),
            needs_override_reason: working,
            expected_seconds: expected,
            before,
        };
        Ok(Looked { preflight, checks })
    }

    fn working_hours(&self, given: bool) -> Check {
        let hours = format!(
            "from {}:00 to {}:00, {}",
            WORKING_HOURS.start, WORKING_HOURS.end, self.settings.zone
        );
        if given {
            let sentence = format!(
                "It locks people out during working hours ({hours}); the reason goes into the log."
            );
            return check("Working hours", Verdict::Caution, sentence);
        }
        let sentence = format!(
            "It would lock people out during working hours ({hours}). Do it later, or give a \
                reason."
        );
        stop("Working hours", ErrorCode::WorkingHours, sentence)
    }

    async fn space(
        &self,
        operation: OperationKind,
        subject: &Subject,
    ) -> Result<Option<Check>, ServiceError> {
        let rewrites = matches!(
            operation,
            OperationKind::VacuumFull | OperationKind::Repack | OperationKind::Reindex
        );
        if !rewrites {
            return Ok(None);
        }
        let Some(needed) = needed(self.database.operations(), operation, subject).await? else {
            let sentence = "How much space it needs cannot be read while the table is locked.";
            return Ok(Some(check("Space", Verdict::Caution, sentence)));
        };
        let needs = format!("It needs about {} more while it runs", bytes(needed));
        Ok(Some(match self.free_space().await {
            Some(free) if free < needed => {
                let sentence = format!("{needs}, and {} are free. Make room first.", bytes(free));
                stop("Space", ErrorCode::NotEnoughSpace, sentence)
            }
            Some(free) => {
                check("Space", Verdict::Fine, format!("{needs}; {} are free.", bytes(free)))
            }
            None => {
                let sentence = format!(
                    "{needs}. PostgreSQL does not tell how much is free: look at its disk first."
                );
                check("Space", Verdict::Caution, sentence)
            }
        }))
    }

    /// Bytes on the disk of our own PostgreSQL; another one's disk cannot be seen from here.
    async fn free_space(&self) -> Option<i64> {
        self.database.cluster()?;
        let directory = sqlx::query_scalar!(
            r#"SELECT setting AS "setting!" FROM pg_settings WHERE name = 'data_directory'"#
        )
        .fetch_optional(self.database.operations())
        .await
        .ok()??;
        let disk = spawn_blocking(move || statvfs(directory.as_str())).await.ok()?.ok()?;
        #[allow(clippy::useless_conversion, reason = "the widths differ between systems")]
        let free =
            u64::from(disk.blocks_available()).checked_mul(u64::from(disk.fragment_size()))?;
        i64::try_from(free).ok()
    }

    async fn already_open(&self, subject: &Subject) -> Result<Option<Check>, ServiceError> {
        let open = queue::open_on(self.database.operations(), subject).await?;
        Ok(open.map(|(kind, status)| {
            let sentence = format!(
                "{} of it is {} already. Wait for its end or cancel it.",
                kind.label(),
                status.label().to_lowercase()
            );
            stop("Other operations", ErrorCode::OperationOpen, sentence)
        }))
    }
}

fn right(subject: &Subject) -> Check {
    match subject.refusal() {
        Some(sentence) => stop("Right", ErrorCode::NotOwner, sentence),
        None if subject.relation.is_none() && !subject.may_all() => {
            let sentence = "Tables of other roles are passed over, because this role does not own \
                the database.";
            check("Right", Verdict::Caution, sentence)
        }
        None => check("Right", Verdict::Fine, "The role may do it."),
    }
}

fn version(subject: &Subject) -> Option<Check> {
    let lacks = subject.operation == OperationKind::Repack && subject.version < REPACK_SINCE;
    lacks.then(|| {
        let sentence = format!(
            "REPACK came with PostgreSQL 19 and this is {}. Use VACUUM FULL, which does the same.",
            subject.version / 10_000
        );
        stop("Version", ErrorCode::NotSupported, sentence)
    })
}

/// Only what a failed build left behind is dropped.
fn leftover(subject: &Subject) -> Option<Check> {
    let relation = subject
        .relation
        .as_ref()
        .filter(|_| subject.operation == OperationKind::DropInvalidIndex)?;
    if relation.building {
        let sentence =
            "An index of the table is being built at this moment. Wait until that is over.";
        return Some(stop("Leftovers", ErrorCode::IndexInProgress, sentence));
    }
    relation.valid.then(|| {
        let sentence = format!(
            "The index {} is valid and in use; only invalid ones are dropped here.",
            subject.name()
        );
        stop("Leftovers", ErrorCode::IndexValid, sentence)
    })
}

async fn autovacuum(pool: &Pool, table: i64) -> Result<Option<Check>, sqlx::Error> {
    let running = sqlx::query_scalar!(
        r#"SELECT v.pid AS "pid!" FROM pg_stat_progress_vacuum v
           JOIN pg_stat_activity a ON a.pid = v.pid
           WHERE v.relid = $1::int8::oid AND a.backend_type = 'autovacuum worker' LIMIT 1"#,
        table
    )
    .fetch_optional(pool)
    .await?;
    Ok(running.map(|pid| {
        let sentence = format!(
            "Autovacuum works on the table now (pid {pid}); it makes way, and what it did is lost."
        );
        check("Autovacuum", Verdict::Caution, sentence)
    }))
}

async fn old_transactions(pool: &Pool, operation: OperationKind) -> Result<Check, sqlx::Error> {
    let what = match operation {
        OperationKind::Reindex | OperationKind::DropInvalidIndex => "it waits for that transaction",
        OperationKind::Analyze => "it does not matter for this",
        _ => "dead rows that it may still see stay",
    };
    let holder = holders::oldest(pool).await?.filter(|holder| holder.lingers);
    Ok(match holder {
        Some(holder) => {
            let verdict =
                if operation == OperationKind::Analyze { Verdict::Fine } else { Verdict::Caution };
            check("Old transactions", verdict, format!("The oldest is {}: {what}.", holder.text))
        }
        None => check("Old transactions", Verdict::Fine, "No old transaction is in the way."),
    })
}

/// A copy of everything that is rewritten. `None` when a lock keeps it from being read, or it was
/// dropped meanwhile.
async fn needed(
    pool: &Pool,
    operation: OperationKind,
    subject: &Subject,
) -> Result<Option<i64>, sqlx::Error> {
    let bytes = match (subject.index_oid(), subject.table_oid()) {
        (Some(index), _) => {
            sqlx::query_scalar!("SELECT pg_relation_size($1::int8::oid)", index)
                .fetch_one(pool)
                .await
        }
        (None, Some(table)) if operation == OperationKind::Reindex => {
            sqlx::query_scalar!("SELECT pg_indexes_size($1::int8::oid)", table)
                .fetch_one(pool)
                .await
        }
        (None, Some(table)) => {
            sqlx::query_scalar!("SELECT pg_total_relation_size($1::int8::oid)", table)
                .fetch_one(pool)
                .await
        }
        // One table after another, so the largest.
        (None, None) => {
            sqlx::query_scalar!(
                "SELECT coalesce(max(relpages::int8 * current_setting('block_size')::int8),
                 0)::int8 AS bytes
                   FROM pg_class WHERE relkind IN ('r', 'm')"
            )
            .fetch_one(pool)
            .await
        }
    };
    match bytes {
        Ok(bytes) => Ok(bytes),
        Err(error) if measure::code(&error).as_deref() == Some("55P03") => Ok(None),
        Err(error) => Err(error),
    }
}
