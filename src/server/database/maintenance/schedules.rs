//! Routine maintenance: queued when its time comes, once for all servers.

use super::{
    MaintenanceService, plan,
    queue::{self, New, parsed},
    subject::Subject,
};
use crate::{
    domain::{
        accounts::TimeZoneName,
        cron::Cron,
        database::{
            ObjectName, OperationKind, OperationOptions, Schedule, ScheduleRequest, ScheduleScope,
            Target,
        },
        field_error::FieldError,
    },
    server::{database::times::Times, foundation::error::ServiceError, postgres::Pool},
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor};
use uuid::Uuid;

const LONGEST_WINDOW: i64 = 24 * 60;

/// A request that was read.
pub(super) struct Planned {
    body: ScheduleRequest,
    cron: Cron,
    zone: Tz,
}

pub(super) fn parse(body: &ScheduleRequest) -> Result<Planned, ServiceError> {
    let mut faults = Vec::new();
    let mut fault = |path: &str, message: String| faults.push(FieldError::new(path, message));
    if !matches!(
        body.operation,
        OperationKind::Vacuum | OperationKind::VacuumAnalyze | OperationKind::Analyze
    ) {
        fault(
            "operation",
            "Only vacuum, vacuum_analyze and analyze are done regularly; the others need somebody \
                to look."
                .into(),
        );
    }
    if let ScheduleScope::Table(name) = &body.scope
        && let Some(problem) = name.problem()
    {
        fault("scope", problem);
    }
    if !(1..=LONGEST_WINDOW).contains(&body.window_minutes) {
        fault("windowMinutes", format!("The window must be 1 to {LONGEST_WINDOW} minutes."));
    }
    let cron = Cron::parse(&body.cron).map_err(|problem| fault("cron", problem)).ok();
    let name = TimeZoneName::parse(&body.time_zone).ok();
    let zone = name.and_then(|name| Some((name.as_str().parse().ok()?, name)));
    if zone.is_none() {
        fault("timeZone", TimeZoneName::UNKNOWN.into());
    }
    match (cron, zone) {
        (Some(cron), Some((zone, name))) if faults.is_empty() => {
            let time_zone = name.as_str().to_owned();
            Ok(Planned { body: ScheduleRequest { time_zone, ..body.clone() }, cron, zone })
        }
        _ => Err(ServiceError::Validation(faults)),
    }
}

pub(super) async fn list(pool: &Pool) -> Result<Vec<Schedule>, sqlx::Error> {
    rows(pool, None).await
}

/// All of them, or the one with this id.
async fn rows(
    executor: impl PgExecutor<'_>,
    id: Option<Uuid>,
) -> Result<Vec<Schedule>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, operation_type, scope, schema_name, table_name, cron, time_zone, window_minutes,
         enabled, next_run,
           last_run, created_by_name
         FROM public.maintenance_schedules WHERE $1::uuid IS NULL OR id = $1 ORDER BY created_at,
         id",
        id
    );
    rows.fetch_all(executor).await?.into_iter().map(Schedule::try_from).collect()
}

/// Makes one, or changes the one with this id.
pub(super) async fn save(
    pool: &Pool,
    id: Option<Uuid>,
    planned: &Planned,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<Schedule, ServiceError> {
    let Planned { body, cron, zone } = planned;
    let (scope, table) = match &body.scope {
        ScheduleScope::Table(table) => {
            Subject::find(pool, body.operation, &Target::Table(table.clone())).await?;
            ("table", Some(table))
        }
        ScheduleScope::DueTables => ("due_tables", None),
        ScheduleScope::WholeDatabase => ("database", None),
    };
    let next = if body.enabled { cron.next_after(now, zone) } else { None };
    let (schema, table) = table.map(|one| (one.schema.as_str(), one.name.as_str())).unzip();
    let window = i32::try_from(body.window_minutes).unwrap_or(i32::MAX);
    let saved = match id {
        Some(id) => {
            sqlx::query_scalar!(
                "UPDATE public.maintenance_schedules SET operation_type = $2, scope = $3,
                 schema_name = $4, table_name = $5,
                   cron = $6, time_zone = $7, window_minutes = $8, enabled = $9, next_run = $10
                 WHERE id = $1 RETURNING id",
                id,
                body.operation.as_str(),
                scope,
                schema,
                table,
                body.cron.trim(),
                zone.name(),
                window,
                body.enabled,
                next
            )
            .fetch_optional(pool)
            .await?
        }
        None => {
            sqlx::query_scalar!(
                "INSERT INTO public.maintenance_schedules (operation_type, scope, schema_name,
                 table_name, cron, time_zone,
                   window_minutes, enabled, next_run, created_by, created_by_name)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                   (SELECT display_name FROM auth.users WHERE id = $10))
                 RETURNING id",
                body.operation.as_str(),
                scope,
                schema,
                table,
                body.cron.trim(),
                zone.name(),
                window,
                body.enabled,
                next,
                by
            )
            .fetch_optional(pool)
            .await?
        }
    };
    let saved = match saved {
        Some(_) => rows(pool, saved).await?.pop(),
        None => None,
    };
    saved.ok_or(ServiceError::NotFound("This schedule"))
}

pub(super) async fn remove(pool: &Pool, id: Uuid) -> Result<(), ServiceError> {
    let done = sqlx::query!("DELETE FROM public.maintenance_schedules WHERE id = $1", id)
        .execute(pool)
        .await?;
    if done.rows_affected() == 0 { Err(ServiceError::NotFound("This schedule")) } else { Ok(()) }
}

impl MaintenanceService {
    /// Queues what is due now, and has this server run it.
    pub async fn queue_scheduled(&self) -> Result<usize, ServiceError> {
        let queued = self.fire_schedules(Utc::now()).await?;
        if queued > 0 {
            self.queued.notify_one();
        }
        Ok(queued)
    }

    /// Queues what is due at `now`; what is later than its window waits for its next time. Answers
    /// how many operations were queued.
    pub async fn fire_schedules(&self, now: DateTime<Utc>) -> Result<usize, ServiceError> {
        self.set_back_schedules(now).await?;
        let mut queued = 0;
        loop {
            let mut transaction = self.database.operations().begin().await?;
            // Another server that has it does the same, and moves it on.
            let due = sqlx::query_scalar!(
                "SELECT id FROM public.maintenance_schedules WHERE enabled AND next_run <= $1
                 ORDER BY next_run, id LIMIT 1 FOR UPDATE SKIP LOCKED",
                now
            );
            let Some(due) = due.fetch_optional(&mut *transaction).await? else { return Ok(queued) };
            let found = rows(&mut *transaction, Some(due)).await?.pop();
            let schedule = found.ok_or(ServiceError::NotFound("This schedule"))?;
            let late = schedule.next_run.map_or(TimeDelta::zero(), |due| now - due);
            let runs = late <= TimeDelta::minutes(schedule.window_minutes);
            if runs {
                queued += enqueue(&mut transaction, &schedule).await?;
            } else {
                tracing::warn!(schedule = %schedule.id, "a maintenance window was missed; it waits \
                    for the next");
            }
            let next = times(&schedule).and_then(|times| times.next_after(now));
            sqlx::query!(
                "UPDATE public.maintenance_schedules SET next_run = $2, last_run = CASE
                 WHEN $3 THEN $4 ELSE last_run END
                 WHERE id = $1",
                schedule.id,
                next,
                runs,
                now
            )
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
        }
    }

    /// A next run that lies beyond one that comes first was kept while the clock was ahead: the
    /// earlier ones were not to be left out.
    async fn set_back_schedules(&self, now: DateTime<Utc>) -> Result<(), ServiceError> {
        let pool = self.database.operations();
        for schedule in list(pool).await? {
            let next = schedule
                .next_run
                .filter(|_| schedule.enabled)
                .and_then(|kept| times(&schedule)?.set_back(kept, now));
            if next.is_some() {
                sqlx::query!(
                    "UPDATE public.maintenance_schedules SET next_run = $3 WHERE id = $1
                     AND next_run = $2",
                    schedule.id,
                    schedule.next_run,
                    next
                )
                .execute(pool)
                .await?;
            }
        }
        Ok(())
    }
}

fn times(schedule: &Schedule) -> Option<Times> {
    Times::of(&schedule.cron, &schedule.time_zone)
}

async fn enqueue(connection: &mut PgConnection, schedule: &Schedule) -> Result<usize, sqlx::Error> {
    let tables = match &schedule.scope {
        ScheduleScope::Table(table) => vec![Some(table.clone())],
        ScheduleScope::WholeDatabase => vec![None],
        ScheduleScope::DueTables => {
            due_tables(connection, schedule.operation).await?.into_iter().map(Some).collect()
        }
    };
    let options = OperationOptions::default();
    let mut queued = 0;
    for table in tables {
        let target = table.clone().map_or(Target::WholeDatabase, Target::Table);
        let statement = plan::statement(schedule.operation, &options, &target, "");
        let new = New {
            operation: schedule.operation,
            target: &target,
            table: table.as_ref(),
            options: &options,
            statement: &statement,
            initiated_by: None,
            schedule_id: Some(schedule.id),
        };
        queued += usize::from(queue::insert(connection, new).await?.is_some());
    }
    Ok(queued)
}

/// PostgreSQL's own formulas (manual, "Routine vacuuming: the autovacuum daemon"): a base and a
/// share of the rows, by table or server; from 18 on with a highest threshold, and inserts counted
/// against the share that is not frozen.
async fn due_tables(
    connection: &mut PgConnection,
    operation: OperationKind,
) -> Result<Vec<ObjectName>, sqlx::Error> {
    let version =
        sqlx::query_scalar!(r#"SELECT current_setting('server_version_num')::int4 AS "version!""#)
            .fetch_one(&mut *connection)
            .await?;
    // A column that older versions do not have: so the statement is put together here.
    let unfrozen = if version >= 180_000 {
        "* CASE WHEN c.relpages > 0 THEN 1 - least(c.relallfrozen::float8 / c.relpages, 1) ELSE 1 \
            END"
    } else {
        ""
    };
    let of = |name: &str| {
        format!(
            "coalesce((SELECT option_value::float8 FROM pg_options_to_table(c.reloptions)
             WHERE option_name = 'autovacuum_{name}'),
               current_setting('autovacuum_{name}', true)::float8)"
        )
    };
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_stat_all_tables s ON s.relid = c.oid
           CROSS JOIN LATERAL (SELECT greatest(c.reltuples, 0)::float8 AS rows) AS known
           CROSS JOIN LATERAL (SELECT
             least({} + {} * rows, coalesce(nullif({}, -1), 'infinity')) AS dead,
             nullif({}, -1) + {} * rows {unfrozen} AS inserted,
             {} + {} * rows AS changed) AS threshold
         WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND (pg_has_role(c.relowner, 'USAGE')
             OR (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database
               WHERE datname = current_database())
             OR CASE WHEN $3 THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END)
           AND ($1 AND (s.n_dead_tup > dead OR s.n_ins_since_vacuum > inserted) OR $2
             AND s.n_mod_since_analyze > changed)
         ORDER BY s.n_dead_tup DESC, 1, 2",
        of("vacuum_threshold"),
        of("vacuum_scale_factor"),
        of("vacuum_max_threshold"),
        of("vacuum_insert_threshold"),
        of("vacuum_insert_scale_factor"),
        of("analyze_threshold"),
        of("analyze_scale_factor"),
    );
    let rows: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(operation != OperationKind::Analyze)
        .bind(operation != OperationKind::Vacuum)
        .bind(version >= 170_000)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(schema, table)| ObjectName::new(schema, table)).collect())
}

/// A schedule as it is stored.
struct Row {
    id: Uuid,
    operation_type: String,
    scope: String,
    schema_name: Option<String>,
    table_name: Option<String>,
    cron: String,
    time_zone: String,
    window_minutes: i32,
    enabled: bool,
    next_run: Option<DateTime<Utc>>,
    last_run: Option<DateTime<Utc>>,
    created_by_name: Option<String>,
}

impl TryFrom<Row> for Schedule {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let scope = match (row.scope.as_str(), row.schema_name.zip(row.table_name)) {
            ("table", Some((schema, table))) => {
                ScheduleScope::Table(ObjectName::new(schema, table))
            }
            ("due_tables", _) => ScheduleScope::DueTables,
            _ => ScheduleScope::WholeDatabase,
        };
        Ok(Self {
            id: row.id,
            operation: parsed(&row.operation_type)?,
            scope,
            cron: row.cron,
            time_zone: row.time_zone,
            window_minutes: row.window_minutes.into(),
            enabled: row.enabled,
            next_run: row.next_run,
            last_run: row.last_run,
            created_by_name: row.created_by_name,
        })
    }
}
